import { describe, expect, it } from 'vitest';
import { type AdapterOptions, adapters } from '../../pipelines/adapters.ts';
import { through } from '../../src/models/layers.ts';
import { gaussian } from '../matrices.ts';

const usual: AdapterOptions = { model: 'linear', side: 'shared', rank: 2 };
const rows = gaussian(5, 6, 1);
const MODELS = ['linear', 'low-rank', 'mlp'] as const;

describe('adapters', () => {
  it.each(
    MODELS.flatMap((model) => (['shared', 'query', 'towers'] as const).map((side) => [model, side] as const)),
  )('begin as the identity on both sides, %s and %s', (model, side) => {
    const { queries, documents } = adapters(6, { ...usual, model, side }, 0).sides;
    expect(queries.forward(rows).output.data).toEqual(rows.data);
    expect(documents.forward(rows).output.data).toEqual(rows.data);
  });

  it.each(
    MODELS.flatMap((model) => (['shared', 'query', 'towers'] as const).map((side) => [model, side] as const)),
  )('are at rest what they are, %s and %s', (model, side) => {
    const { sides, layers } = adapters(6, { ...usual, model, side }, 0);
    Object.values(sides.parameters).forEach(({ data, rows, cols }, i) =>
      data.set(gaussian(rows, cols, i).data),
    );
    const [query, document] = [through('query', layers.query), through('document', layers.document)];
    expect(query(rows)).toEqual(sides.queries.forward(rows).output);
    expect(document(rows)).toEqual(sides.documents.forward(rows).output);
  });

  it('share what they learn, or not', () => {
    const moved = (side: AdapterOptions['side']) => {
      const { parameters, queries, documents } = adapters(6, { ...usual, side }, 0).sides;
      Object.values(parameters)[0].data.fill(0.5);
      return [queries, documents].map(({ forward }) => forward(rows).output.data[0] !== rows.data[0]);
    };
    expect([moved('shared'), moved('query'), moved('towers')]).toEqual([
      [true, true],
      [true, false],
      [true, false],
    ]);
  });

  it('have as many numbers as were asked for', () => {
    const shapes = (options: Partial<AdapterOptions>) =>
      Object.values(adapters(6, { ...usual, ...options }, 0).sides.parameters).map(({ rows, cols }) => [
        rows,
        cols,
      ]);
    expect(shapes({ model: 'low-rank', rank: 3 })).toEqual([
      [6, 3],
      [3, 6],
    ]);
    expect(shapes({ model: 'mlp', hidden: 9 })).toEqual([
      [6, 9],
      [1, 9],
      [9, 6],
      [1, 6],
    ]);
    expect(shapes({ model: 'mlp' })[0]).toEqual([6, 6]);
  });
});
