import { lastValueFrom, of } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { fromRows } from '../../src/core/matrix.ts';
import { exact } from '../../src/neighbors/exact.ts';
import type { NeighborIndex } from '../../src/neighbors/neighbor-index.ts';
import type { EmbeddedBatch } from '../../src/streams/batches.ts';
import { remember } from '../../src/streams/remember.ts';
import { embeddedBatch } from './batches.ts';

describe('remember', () => {
  it('passes a batch on only once it is stored, one batch at a time', async () => {
    const log: string[] = [];
    const index: NeighborIndex = {
      ...exact({ dim: 2 }),
      async add(_, [id]) {
        log.push(`storing ${id}`);
        await new Promise((resolve) => setTimeout(resolve, id === 0 ? 6 : 1));
        log.push(`stored ${id}`);
      },
    };
    await lastValueFrom(of(embeddedBatch(0), embeddedBatch(1)).pipe(remember(index)));
    expect(log).toEqual(['storing 0', 'stored 0', 'storing 2', 'stored 2']);
  });

  it('emits the very batches it was given, and their end', async () => {
    const [a, b] = [embeddedBatch(0), embeddedBatch(1)];
    const passed: unknown[] = [];
    await lastValueFrom(of(a, b).pipe(remember(exact({ dim: 2 })))).then((last) => passed.push(last));
    expect(passed[0]).toBe(b);
  });

  it('does nothing before a batch and ends with a source that has none', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(
      ({ cold, expectObservable }) => {
        const index = exact({ dim: 2 });
        expectObservable(cold<EmbeddedBatch>('---|').pipe(remember(index))).toBe('---|');
        expectObservable(cold<EmbeddedBatch>('--#', {}, new Error('gone')).pipe(remember(index))).toBe(
          '--#',
          {},
          new Error('gone'),
        );
      },
    );
  });

  it('stores positives under their ids, the first of an id that comes twice, and labels as classes', async () => {
    const index = exact({ dim: 2 });
    const batch = embeddedBatch(0, [7, 5, 7]);
    const positives = fromRows([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const labels = Int32Array.of(70, 50, 70);
    const labelled = {
      ...batch,
      views: { ...batch.views, positives, labels },
    };
    await lastValueFrom(of(labelled).pipe(remember(index)));
    expect(index.size).toBe(2);
    const { rows, classes } = index.read(Uint32Array.of(5, 7));
    expect([...rows.data]).toEqual([3, 4, 1, 2]);
    expect(classes).toEqual(Int32Array.of(50, 70));
  });

  it('stores the rows of a collection as they are', async () => {
    const index = exact({ dim: 2 });
    await lastValueFrom(
      of({ step: 0, rows: fromRows([[8, 9]]), ids: Uint32Array.of(3) }).pipe(remember(index)),
    );
    expect([...index.read(Uint32Array.of(3)).rows.data]).toEqual([8, 9]);
  });

  it('ends with the refusal of the index', async () => {
    await expect(lastValueFrom(of(embeddedBatch(0)).pipe(remember(exact({ dim: 3 }))))).rejects.toThrow(
      'exact.add: rows.cols must be 3, got 2',
    );
  });
});
