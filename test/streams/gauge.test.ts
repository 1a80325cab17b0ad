import { from, lastValueFrom, of, toArray } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { fromRows } from '../../src/core/matrix.ts';
import { exact } from '../../src/neighbors/exact.ts';
import type { EmbeddedBatch } from '../../src/streams/batches.ts';
import { gauge } from '../../src/streams/gauge.ts';
import { embeddedBatch } from './batches.ts';

describe('gauge', () => {
  const filled = async () => {
    const index = exact({ dim: 2 });
    await index.add(
      fromRows([
        [1, 0],
        [0, 1],
        [1, 1],
      ]),
      Uint32Array.of(1, 2, 3),
    );
    return index;
  };

  it('measures every so many batches and passes all on as they are, in order', async () => {
    const shown: number[] = [];
    const batches = Array.from({ length: 5 }, (_, step) => embeddedBatch(step));
    const passed = await lastValueFrom(
      from(batches).pipe(
        gauge(await filled(), { every: 2, k: 1, show: ({ step, own }) => shown.push(step, own.recall) }),
        toArray(),
      ),
    );
    expect(passed).toEqual(batches);
    expect(shown).toEqual([0, 1, 2, 1, 4, 1]);
  });

  it('compares with rows as they are embedded now, where it is told how', async () => {
    const seen: unknown[] = [];
    await lastValueFrom(
      of(embeddedBatch(0)).pipe(
        gauge(await filled(), {
          k: 3,
          // all three are among the three nearest, wherever they have moved
          embedded: (ids) => fromRows(Array.from(ids, (id) => [id, -1])),
          show: ({ now }) => seen.push(now?.recall),
        }),
      ),
    );
    expect(seen).toEqual([1]);
  });

  it('does nothing while the index is empty, and ends with its source', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(
      ({ cold, expectObservable }) => {
        const through = gauge<EmbeddedBatch>(exact({ dim: 2 }), {
          show: () => {
            throw new Error('there is nothing to show');
          },
        });
        const batch = embeddedBatch(0);
        expectObservable(cold<EmbeddedBatch>('a--|', { a: batch }).pipe(through)).toBe('a--|', { a: batch });
        expectObservable(cold<EmbeddedBatch>('--#', {}, new Error('gone')).pipe(through)).toBe(
          '--#',
          {},
          new Error('gone'),
        );
      },
    );
  });
});
