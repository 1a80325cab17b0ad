import { describe, expect, it } from 'vitest';
import { random } from '../../src/core/random.ts';
import { native } from '../../src/kernels/native/native.ts';
import { plain } from '../../src/kernels/plain/plain.ts';
import { everyWay } from './every-way.ts';

const all = [plain, native()].filter((kernels) => kernels !== undefined);

describe.each(all)('resample by $name', ({ resample, later }) => {
  const SEED = 7;

  /** The rows of each resample, one list after the other. */
  function drawn(rows: number, resamples: number): readonly (readonly number[])[] {
    const { below } = random(SEED);
    return Array.from({ length: resamples }, () => Array.from({ length: rows }, () => below(rows)));
  }

  it('sums what the random numbers of its seed draw, each resample going on where the last one stopped', () => {
    // powers of two, of which any sum is exact
    const values = Float64Array.of(1, 2 ** 8, 2 ** 16, 2 ** 24, 2 ** 32);
    const draws = drawn(5, 19);
    const sums = draws.map((rows) => rows.reduce((sum, row) => sum + values[row], 0));
    expect(new Set(sums).size).toBeGreaterThan(15);
    expect([...resample(values, 1, 19, SEED)]).toEqual(sums);
  });

  it('sums each column of the same draws', () => {
    const [rows, cols, resamples] = [40, 6, 21];
    const values = Float64Array.from({ length: rows * cols }, (_, e) => e ** 2);
    const sums = drawn(rows, resamples).flatMap((draws) =>
      Array.from({ length: cols }, (_, k) => draws.reduce((sum, row) => sum + values[row * cols + k], 0)),
    );
    expect([...resample(values, cols, resamples, SEED)]).toEqual(sums);
  });

  it('draws one row as often as asked, and none of none', () => {
    expect([...resample(Float64Array.of(3, 4), 2, 3, SEED)]).toEqual([3, 4, 3, 4, 3, 4]);
    expect([...resample(new Float64Array(0), 2, 2, SEED)]).toEqual([0, 0, 0, 0]);
  });

  it('has the same as a promise', async () => {
    const values = Float64Array.from({ length: 300 }, (_, e) => Math.sin(e));
    expect(await later.resample(values, 3, 50, -1)).toEqual(resample(values, 3, 50, -1));
  });
});

describe('resample', () => {
  it('has the bytes of the plain kernel: no product is fused, and no sum is in another order', () => {
    const { uniform } = random(3);
    for (const [rows, cols, resamples] of [
      [1, 1, 1],
      [257, 4, 33],
      [1000, 7, 30],
      [70_000, 5, 9],
    ]) {
      const values = Float64Array.from({ length: rows * cols }, uniform);
      const expected = plain.resample(values, cols, resamples, rows);
      everyWay((way) => {
        expect(native()?.resample(values, cols, resamples, rows), `${way}, ${rows} x ${cols}`).toEqual(
          expected,
        );
      });
    }
  });

  it('draws of more rows than 53 bits have room for beside 32 as the plain kernel does', () => {
    const values = Float64Array.from({ length: 2 ** 21 + 12_345 }, (_, row) => row);
    const expected = plain.resample(values, 1, 2, 5);
    everyWay((way) => expect(native()?.resample(values, 1, 2, 5), way).toEqual(expected));
  });
});
