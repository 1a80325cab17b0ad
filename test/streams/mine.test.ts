import { lastValueFrom, of, toArray } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import type { Views } from '../../src/core/batches.ts';
import { fromRows } from '../../src/core/matrix.ts';
import type { Mined } from '../../src/miners/miner.ts';
import { mine } from '../../src/streams/mine.ts';
import { embeddedBatch } from './batches.ts';

/** One negative for the first anchor: its mirror image. */
function mirrored(views: Views): Mined<Views> {
  const [x, y] = views.anchors.data;
  return {
    ...views,
    negatives: fromRows([[-x, -y]]),
    owned: Uint32Array.of(1, 0),
    negativeIds: Uint32Array.of(99),
    negativeScores: Float32Array.of(-1),
    negativeRanks: Uint32Array.of(1),
    positiveScores: Float32Array.of(1, 1),
  };
}

const scheduler = () => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));

describe('mine', () => {
  it('gives each batch its negatives when the batch comes', () => {
    scheduler().run(({ cold, expectObservable }) => {
      const [a, b] = [embeddedBatch(0), embeddedBatch(1)];
      const mined = { a: { ...a, views: mirrored(a.views) }, b: { ...b, views: mirrored(b.views) } };
      expectObservable(cold('-a--b-|', { a, b }).pipe(mine(mirrored))).toBe('-a--b-|', mined);
    });
  });

  it('ends with the error of a miner', () => {
    scheduler().run(({ cold, expectObservable }) => {
      const failing = mine(() => {
        throw new RangeError('hnsw: no');
      });
      expectObservable(cold('-a--a-|', { a: embeddedBatch(0) }).pipe(failing)).toBe(
        '-#',
        {},
        new RangeError('hnsw: no'),
      );
    });
  });

  it('keeps the order of batches and mines one at a time, however long each takes', async () => {
    let [mining, most] = [0, 0];
    const slow = async (views: Views): Promise<Mined<Views>> => {
      most = Math.max(most, ++mining);
      // the first takes longest
      await new Promise((resolve) => setTimeout(resolve, 8 - 2 * views.anchors.data[1]));
      mining--;
      return mirrored(views);
    };
    const batches = of(embeddedBatch(0), embeddedBatch(1), embeddedBatch(2), embeddedBatch(3));
    const steps = await lastValueFrom(batches.pipe(mine(slow), toArray()));
    expect(steps.map(({ step }) => step)).toEqual([0, 1, 2, 3]);
    expect(most).toBe(1);
  });
});
