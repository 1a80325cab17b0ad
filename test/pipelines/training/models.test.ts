import { describe, expect, it } from 'vitest';
import { type ModelOptions, textModels, vectorModels } from '../../../pipelines/training/models.ts';
import { row } from '../../../src/core/matrix.ts';
import { through } from '../../../src/models/layers.ts';
import { embeddingBag } from '../../../src/models/text/embedding-bag.ts';
import { gaussian } from '../../matrices.ts';

const usual: ModelOptions = { model: 'linear', side: 'shared', rank: 2, seed: 0 };
const rows = gaussian(5, 6, 1);
const MODELS = ['linear', 'low-rank', 'mlp'] as const;

describe('models of vectors', () => {
  it.each(
    MODELS.flatMap((model) => (['shared', 'query', 'towers'] as const).map((side) => [model, side] as const)),
  )('begin as the identity on both sides, %s and %s', (model, side) => {
    const { queries, documents } = vectorModels(6, { ...usual, model, side }).sides;
    expect(queries.forward(rows).output.data).toEqual(rows.data);
    expect(documents.forward(rows).output.data).toEqual(rows.data);
  });

  it.each(
    MODELS.flatMap((model) => (['shared', 'query', 'towers'] as const).map((side) => [model, side] as const)),
  )('are at rest what they are, %s and %s', (model, side) => {
    const { sides, layers } = vectorModels(6, { ...usual, model, side });
    Object.values(sides.parameters).forEach(({ data, rows, cols }, i) =>
      data.set(gaussian(rows, cols, i).data),
    );
    const [query, document] = [through('query', layers.query), through('document', layers.document)];
    expect(query(rows)).toEqual(sides.queries.forward(rows).output);
    expect(document(rows)).toEqual(sides.documents.forward(rows).output);
  });

  it('share what they learn, or not', () => {
    const moved = (side: ModelOptions['side']) => {
      const { parameters, queries, documents } = vectorModels(6, { ...usual, side }).sides;
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
    const shapes = (options: Partial<ModelOptions>) =>
      Object.values(vectorModels(6, { ...usual, ...options }).sides.parameters).map(({ rows, cols }) => [
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

  it.each(
    MODELS.flatMap(
      (model) =>
        [
          [model, 4],
          [model, 9],
        ] as const,
    ),
  )(
    'bring vectors to as many columns as are asked for, %s and %d, and are at rest the same',
    (model, dim) => {
      const { sides, layers } = vectorModels(6, { ...usual, model, dim, side: 'towers' });
      const { output } = sides.queries.forward(rows);
      expect([output.rows, output.cols]).toEqual([5, dim]);
      expect(through('query', layers.query)(rows)).toEqual(output);
      // turned, or padded: where there is room nothing of a length is lost
      if (dim > 6)
        for (let i = 0; i < rows.rows; i++)
          expect(Math.hypot(...row(output, i))).toBeCloseTo(Math.hypot(...row(rows, i)), 4);
    },
  );
});

describe('models of texts', () => {
  const bags = {
    offsets: Uint32Array.of(0, 2, 3),
    ids: Uint32Array.of(0, 4, 2),
    weights: Float32Array.of(0.5, 0.5, 1),
  };
  const made = (side: ModelOptions['side']) => {
    const table = embeddingBag({ rows: 5, dim: 6 });
    const layer = { kind: 'bag', parameters: table.parameters };
    return { table, ...textModels(table, 6, layer, { ...usual, side }) };
  };

  it.each(['shared', 'query', 'towers'] as const)('begin as the sums of one table, %s', (side) => {
    const { table, sides, layers } = made(side);
    const sums = table.forward(bags).output;
    expect(sides.queries.forward(bags).output).toEqual(sums);
    expect(sides.documents.forward(bags).output).toEqual(sums);
    expect(layers.query[0]).toBe(layers.document[0]);
    expect(through('document', layers.document.slice(1))(sums)).toEqual(sums);
  });

  it('learn of both sides in one table, and a model of a side in itself alone', () => {
    const { sides } = made('towers');
    const upstream = gaussian(2, 6, 3);
    const [ofQueries, ofDocuments] = [sides.queries, sides.documents].map((side) =>
      side.forward(bags).backward(upstream),
    );
    expect(Object.keys(ofQueries).sort()).toEqual(['queries.weights', 'table']);
    expect(Object.keys(ofDocuments).sort()).toEqual(['documents.weights', 'table']);
    expect(Object.keys(sides.parameters).sort()).toEqual(['documents.weights', 'queries.weights', 'table']);
  });
});
