import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows } from '../../src/core/matrix.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import { exact } from '../../src/neighbors/exact.ts';
import { memoryBank } from '../../src/neighbors/memory-bank.ts';
import { gaussian } from '../matrices.ts';

const ids = (...values: number[]) => Uint32Array.from(values);
const line = (...at: number[]) => fromRows(at.map((x) => [x]));

describe('a memory bank', () => {
  it('keeps the last rows that came; one that comes again comes last', async () => {
    const bank = memoryBank({ dim: 1, rows: 3, distance: euclidean });
    await bank.add(line(1, 2), ids(1, 2));
    await bank.add(line(3), ids(3));
    expect([...bank.ids()].sort()).toEqual([1, 2, 3]);
    await bank.add(line(10), ids(1));
    await bank.add(line(4), ids(4));
    expect([...bank.ids()].sort()).toEqual([1, 3, 4]);
    expect([...(await bank.search(line(9), 2)).ids]).toEqual([1, 4]);
  });

  it('keeps the last of a batch that is larger than it', async () => {
    const bank = memoryBank({ dim: 1, rows: 2 });
    await bank.add(line(1, 2, 3, 4), ids(1, 2, 3, 4), Int32Array.of(5, 6, 7, 8));
    expect(bank.read(ids(3, 4)).classes).toEqual(Int32Array.of(7, 8));
    expect(bank.size).toBe(2);
  });

  it('is what an exact index of the last rows is, whatever came before', async () => {
    const batch = fc.record({ from: fc.nat(50), rows: fc.integer({ min: 0, max: 30 }), seed: fc.nat() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(batch, { maxLength: 12 }),
        fc.integer({ min: 1, max: 40 }),
        async (batches, room) => {
          const bank = memoryBank({ dim: 3, rows: room });
          let order: number[] = [];
          const rows = new Map<number, Float32Array>();
          for (const { from, rows: count, seed } of batches) {
            const names = Uint32Array.from({ length: count }, (_, i) => from + i);
            const values = gaussian(count, 3, seed);
            await bank.add(values, names);
            names.forEach((id, i) => rows.set(id, values.data.slice(3 * i, 3 * i + 3)));
            order = [...order.filter((id) => !names.includes(id)), ...names].slice(-room);
          }
          expect([...bank.ids()].sort()).toEqual([...order].sort());
          if (order.length === 0) return;
          const truth = exact({ dim: 3 });
          await truth.add(fromRows(order.map((id) => rows.get(id) ?? [])), Uint32Array.from(order));
          const queries = gaussian(3, 3, 9);
          expect(await bank.search(queries, 5)).toEqual(await truth.search(queries, 5));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('does not grow with what passes through', async () => {
    const bank = memoryBank({ dim: 4, rows: 100 });
    for (let turn = 0; turn < 200; turn++) {
      await bank.add(
        gaussian(50, 4, turn),
        Uint32Array.from({ length: 50 }, (_, i) => 50 * turn + i),
      );
    }
    expect(bank.size).toBe(100);
    expect([...bank.ids()].every((id) => id >= 9900)).toBe(true);
  });

  it('refuses what does not fit, and keeps what it had', async () => {
    const bank = memoryBank({ dim: 2, rows: 2 });
    await bank.add(gaussian(2, 2, 1), ids(1, 2));
    await expect(bank.add(gaussian(3, 3, 1), ids(3, 4, 5))).rejects.toThrow(
      'memoryBank.add: rows.cols must be 2, got 3',
    );
    await expect(bank.add(gaussian(2, 2, 1), ids(3, 3))).rejects.toThrow(
      'memoryBank.add: ids must be distinct, got 3 twice',
    );
    expect([...bank.ids()]).toEqual([1, 2]);
    expect(() => memoryBank({ dim: 2, rows: 0 })).toThrow(
      'memoryBank: rows must be a whole number >= 1, got 0',
    );
  });
});
