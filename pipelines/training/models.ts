import type { Bags } from '../../src/core/bags.ts';
import type { Matrix } from '../../src/core/matrix.ts';
import type { Layer } from '../../src/models/layers.ts';
import { linear } from '../../src/models/linear.ts';
import { lowRank } from '../../src/models/low-rank.ts';
import { mlp } from '../../src/models/mlp.ts';
import type { Encoder, Model } from '../../src/models/model.ts';
import { headsOn, querySide, sharedSides, type Sides, twoTowers } from '../../src/models/sides.ts';
import { projected, stacked } from '../../src/models/stacked.ts';
import type { JobOptions } from './options.ts';

export type ModelOptions = Pick<JobOptions, 'model' | 'side' | 'rank' | 'hidden' | 'dim' | 'seed'>;

/** What is learned, and the same at rest, side by side. */
export interface Models<Query, Document = Query> {
  readonly sides: Sides<Query, Document>;
  readonly layers: { readonly query: readonly Layer[]; readonly document: readonly Layer[] };
}

/** Models of vectors. */
export function vectorModels(cols: number, options: ModelOptions): Models<Matrix> {
  const { side, seed } = options;
  const [first, second] = [head(cols, options, seed), head(cols, options, seed + 1)];
  const made: Readonly<Record<ModelOptions['side'], () => Models<Matrix>>> = {
    shared: () => ({
      sides: sharedSides(first.model),
      layers: { query: first.layers, document: first.layers },
    }),
    query: () => ({ sides: querySide(first.model), layers: { query: first.layers, document: [] } }),
    towers: () => ({
      sides: twoTowers(first.model, second.model),
      layers: { query: first.layers, document: second.layers },
    }),
  };
  return made[side]();
}

/** One table for the texts of both sides, and what stands on it. @param layer the table at rest */
export function textModels(
  table: Encoder<Bags>,
  cols: number,
  layer: Layer,
  options: ModelOptions,
): Models<Bags> {
  const { side, seed } = options;
  const at = { ...options, dim: undefined };
  const first = head(cols, at, seed);
  if (side === 'shared') {
    const layers = [layer, ...first.layers];
    return { sides: sharedSides(projected(table, first.model)), layers: { query: layers, document: layers } };
  }
  const second = side === 'towers' ? head(cols, at, seed + 1) : { model: stacked(), layers: [] };
  return {
    sides: headsOn(table, { queries: first.model, documents: second.model }),
    layers: { query: [layer, ...first.layers], document: [layer, ...second.layers] },
  };
}

interface Head {
  readonly model: Model;
  readonly layers: readonly Layer[];
}

/** A model of vectors of so many columns that keeps them, or brings them to `dim` first. */
function head(cols: number, { model, rank, hidden, dim = cols }: ModelOptions, seed: number): Head {
  if (model === 'linear') return one('linear', projection(cols, dim, seed));
  const brought = dim === cols ? [] : [one('linear', projection(cols, dim, seed))];
  const kept =
    model === 'none'
      ? []
      : [
          model === 'mlp'
            ? one('mlp', mlp({ from: dim, hidden, seed }))
            : one('lowRank', lowRank({ dim, rank, seed })),
        ];
  const all = [...brought, ...kept];
  if (all.length === 1) return all[0];
  return { model: stacked(...all.map((each) => each.model)), layers: all.flatMap((each) => each.layers) };
}

/** Vectors as they are, padded where there is room, and otherwise turned at random into fewer columns. */
function projection(from: number, to: number, seed: number): Model {
  return linear({ from, to, start: to < from ? 'orthogonal' : 'identity', seed });
}

function one(kind: string, model: Model): Head {
  return { model, layers: [{ kind, parameters: model.parameters }] };
}
