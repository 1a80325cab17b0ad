import { checkWhole } from '../src/core/check.ts';
import type { Matrix } from '../src/core/matrix.ts';
import type { Layer } from '../src/models/layers.ts';
import { linear } from '../src/models/linear.ts';
import { lowRank } from '../src/models/low-rank.ts';
import { mlp } from '../src/models/mlp.ts';
import type { Model } from '../src/models/model.ts';
import { querySide, sharedSides, type Sides, twoTowers } from '../src/models/sides.ts';

export const ADAPTER_OPTIONS = {
  model: {
    choices: ['linear', 'low-rank', 'mlp'],
    describe: 'what is learned on the vectors: each begins as the identity',
    default: 'linear',
  },
  side: {
    choices: ['shared', 'query', 'towers'],
    describe:
      'one model for queries and documents, one for queries alone, so that documents stay as they are, or one for each',
    default: 'shared',
  },
  rank: { type: 'number', describe: 'of the low-rank model', default: 16, requiresArg: true },
  hidden: {
    type: 'number',
    describe: "numbers between the layers of the mlp: as many as a vector's unless said",
    defaultDescription: 'the columns',
    requiresArg: true,
  },
} as const;

export interface AdapterOptions {
  readonly model: 'linear' | 'low-rank' | 'mlp';
  readonly side: 'shared' | 'query' | 'towers';
  readonly rank: number;
  readonly hidden?: number;
}

/** What is learned, and the same at rest, side by side. */
export interface Adapters {
  readonly sides: Sides<Matrix, Matrix>;
  readonly layers: { readonly query: readonly Layer[]; readonly document: readonly Layer[] };
}

const KINDS = { linear: 'linear', 'low-rank': 'lowRank', mlp: 'mlp' } as const;

/** Models of vectors that keep their width. */
export function adapters(dim: number, options: AdapterOptions, seed: number): Adapters {
  const [first, second] = [adapter(dim, options, seed), adapter(dim, options, seed + 1)];
  const layer = ({ parameters }: Model): readonly Layer[] => [{ kind: KINDS[options.model], parameters }];
  const query = layer(first);
  const made: Readonly<Record<AdapterOptions['side'], Adapters>> = {
    shared: { sides: sharedSides(first), layers: { query, document: query } },
    query: { sides: querySide(first), layers: { query, document: [] } },
    towers: { sides: twoTowers(first, second), layers: { query, document: layer(second) } },
  };
  return made[options.side];
}

function adapter(dim: number, { model, rank, hidden }: AdapterOptions, seed: number): Model {
  if (model === 'low-rank') return lowRank({ dim, rank, seed });
  if (model === 'mlp') return mlp({ from: dim, hidden, seed });
  return linear({ from: dim, to: dim, start: 'identity' });
}

export function checkAdapterOptions(command: string, { rank, hidden }: AdapterOptions): void {
  checkWhole(command, '--rank', rank, 1);
  if (hidden !== undefined) checkWhole(command, '--hidden', hidden, 1);
}
