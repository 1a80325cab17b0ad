import { from, lastValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import type { Bags } from '../../src/core/bags.ts';
import { matrix, type Matrix, rowsBetween } from '../../src/core/matrix.ts';
import { isOfRows } from '../../src/core/parameters.ts';
import { linear } from '../../src/models/linear.ts';
import type { Encoder } from '../../src/models/model.ts';
import { projected } from '../../src/models/stacked.ts';
import { embeddingBag } from '../../src/models/text/embedding-bag.ts';
import { embed } from '../../src/streams/embed.ts';
import { expectClose, gaussian } from '../matrices.ts';

const bags = (offsets: number[], ids: number[]): Bags => ({
  offsets: Uint32Array.from(offsets),
  ids: Uint32Array.from(ids),
  weights: gaussian(1, ids.length, 7).data,
});
// row 2 is in both, row 1 in anchors alone, rows 0 and 5 in positives alone, row 3 in none; an anchor is empty
const anchors = bags([0, 2, 2, 3], [1, 2, 4]);
const positives = bags([0, 1, 3, 5], [2, 0, 5, 4, 2]);

async function passed(encoder: Encoder<Bags>) {
  const ids = Uint32Array.of(3, 1, 2);
  const batch = { step: 0, queryIds: ids, features: { anchors, positives, ids } };
  const { views, backward } = await lastValueFrom(from([batch]).pipe(embed(encoder)));
  const { table, ...others } = backward({ anchors: gaussian(3, 4, 1), positives: gaussian(3, 4, 2) });
  return { views, table: isOfRows(table) ? table : { numbers: [], values: matrix(0, 0) }, others };
}

it('takes both sides through an encoder at once that can, to what they come to one by one', async () => {
  const encoder = projected(embeddingBag({ rows: 6, dim: 5 }), linear({ from: 5, to: 4, seed: 3 }));
  expect(encoder.joined).toBeDefined();
  const [once, oneByOne] = [await passed(encoder), await passed({ ...encoder, joined: undefined })];
  expectClose(once.views.anchors.data, oneByOne.views.anchors.data);
  expectClose(once.views.positives.data, oneByOne.views.positives.data);
  expect(once.table.numbers).toEqual(Uint32Array.of(0, 1, 2, 4, 5));
  expect(oneByOne.table.numbers).toEqual(once.table.numbers);
  expectClose(once.table.values.data, oneByOne.table.values.data);
  expect(Object.keys(once.others)).toEqual(['projection.weights']);
});

it('takes vectors that stand one behind the other through a projection at once, to what they come to one by one', async () => {
  const model = linear({ from: 5, to: 4, seed: 3 });
  const forwards: number[] = [];
  const counted = {
    ...model,
    forward: (input: Matrix) => (forwards.push(input.rows), model.forward(input)),
  };
  const all = gaussian(6, 5, 4);
  const [first, second] = [rowsBetween(all, 0, 3), rowsBetween(all, 3, 6)];
  const ids = Uint32Array.of(3, 1, 2);
  const passedThrough = async (features: { anchors: Matrix; positives: Matrix }) => {
    const batch = { step: 0, queryIds: ids, features: { ...features, ids } };
    const { views, backward } = await lastValueFrom(from([batch]).pipe(embed(counted)));
    const { weights } = backward({ anchors: gaussian(3, 4, 1), positives: gaussian(3, 4, 2) });
    return { views, weights: isOfRows(weights) ? weights.values : weights };
  };
  const once = await passedThrough({ anchors: first, positives: second });
  expect(forwards).toEqual([6]);
  const oneByOne = await passedThrough({
    anchors: matrix(3, 5, first.data.slice()),
    positives: matrix(3, 5, second.data.slice()),
  });
  expect(forwards).toEqual([6, 3, 3]);
  expectClose(once.views.anchors.data, oneByOne.views.anchors.data);
  expectClose(once.views.positives.data, oneByOne.views.positives.data);
  expectClose(once.weights.data, oneByOne.weights.data);
});
