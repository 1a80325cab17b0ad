import { lastValueFrom, of, pipe, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { fromRows } from '../../src/core/matrix.ts';
import { nearMisses } from '../../src/miners/near-misses.ts';
import { exact } from '../../src/neighbors/exact.ts';
import { meter } from '../../src/streams/meter.ts';
import { mine } from '../../src/streams/mine.ts';
import { remember } from '../../src/streams/remember.ts';
import { rowSteps } from '../../src/streams/row-steps.ts';
import { embeddedBatch } from './batches.ts';

const ids = (...values: number[]) => Uint32Array.from(values);

describe('rowSteps', () => {
  it('says how many steps ago rows were embedded, each as often as it is named', () => {
    const steps = rowSteps();
    steps.note(ids(1, 2, 3), 4);
    steps.note(ids(2), 9);
    expect(steps.staleness(ids(1, 2, 2, 3), 10)).toEqual({ mean: (6 + 1 + 1 + 6) / 4, max: 6 });
    expect(steps.staleness(ids(), 10)).toEqual({ mean: 0, max: 0 });
    expect(steps.staleness(ids(77, 2), 10)).toEqual({ mean: 1, max: 1 });
  });

  it('goes from remember to mine, and on to what is measured', async () => {
    const index = exact({ dim: 2 });
    const steps = rowSteps();
    // two rows of a collection, embedded as of step 3
    const collection = {
      step: 0,
      rows: fromRows([
        [9, 1],
        [1, 9],
      ]),
      ids: ids(100, 101),
    };
    await lastValueFrom(of(collection).pipe(remember(index, { steps, at: 3 })));
    const miner = nearMisses(index, { relativeMargin: 'none', negatives: 9 });
    const turn = pipe(mine(miner, { steps }), remember(index, { steps }));
    const [first, second] = await lastValueFrom(
      of(embeddedBatch(5, [1, 2]), embeddedBatch(7, [3, 4])).pipe(turn, toArray()),
    );
    // each of two anchors is given both rows of the collection
    expect(first.staleness).toEqual({ mean: 2, max: 2 });
    // and then also both of step 5
    expect(second.staleness).toEqual({ mean: (4 + 4 + 2 + 2) / 4, max: 4 });
    const scored = [first, second].map((batch) => ({
      ...batch,
      value: 1,
      active: 1,
      gradients: batch.views,
      learned: {},
    }));
    const readings = await lastValueFrom(of(...scored).pipe(meter({ every: 2 })));
    expect(readings.staleness).toEqual({ mean: 2.5, max: 4 });
  });
});
