import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { matrix } from '../../src/core/matrix.ts';
import type { ScoredBatch } from '../../src/streams/batches.ts';
import { meter } from '../../src/streams/meter.ts';
import { embeddedBatch } from './batches.ts';

function scored(step: number, value: number, active: number, negatives: number): ScoredBatch {
  const batch = embeddedBatch(step);
  const views = { ...batch.views, negatives: matrix(negatives, 2) };
  return { ...batch, views, value, active, gradients: batch.views, learned: {} };
}

describe('meter', () => {
  it('reads means over so many batches, and over what is left at the end', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(
      ({ cold, expectObservable }) => {
        const batches = { a: scored(0, 3, 2, 4), b: scored(1, 2, 1, 0), c: scored(2, 7, 2, 2) };
        const readings = {
          x: { step: 1, loss: 2.5, active: 1.5, negatives: 1 },
          y: { step: 2, loss: 7, active: 2, negatives: 1 },
        };
        expectObservable(cold('-a-b--c-|', batches).pipe(meter({ every: 2 }))).toBe('---x----(y|)', readings);
      },
    );
  });

  it('refuses to read over nothing', () => {
    expect(() => meter({ every: 0 })).toThrow('meter: every must be a whole number >= 1, got 0');
  });
});
