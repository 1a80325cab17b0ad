import { describe, expect, it } from 'vitest';
import {
  fromRows,
  gather,
  matrix,
  row,
  rowsBetween,
  stack,
  stackedView,
  unwritten,
} from '../../src/core/matrix.ts';

const small = () =>
  fromRows([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);

describe('matrix', () => {
  it('is zeros, or the data it is given, not copied', () => {
    expect(matrix(2, 2)).toEqual({ rows: 2, cols: 2, data: Float32Array.of(0, 0, 0, 0) });
    const data = Float32Array.of(7, 8);
    expect(matrix(1, 2, data).data).toBe(data);
  });

  it('may be empty on either side', () => {
    expect(matrix(0, 5).data).toHaveLength(0);
    expect(matrix(5, 0).data).toHaveLength(0);
  });

  it('refuses sides and data that do not fit', () => {
    expect(() => matrix(-1, 2)).toThrow(new RangeError('matrix: rows must be a whole number >= 0, got -1'));
    expect(() => matrix(1, 1.5)).toThrow(new RangeError('matrix: cols must be a whole number >= 0, got 1.5'));
    expect(() => matrix(2, 3, new Float32Array(5))).toThrow(
      new RangeError('matrix: data.length must be 6, got 5'),
    );
  });
});

describe('unwritten', () => {
  it('has room of its own for each entry', () => {
    const [first, second] = [unwritten(3, 5), unwritten(3, 5)];
    expect([first.rows, first.cols, first.data.length]).toEqual([3, 5, 15]);
    expect(first.data.buffer.byteLength).toBe(60);
    first.data.fill(1);
    second.data.fill(2);
    expect(new Set(first.data)).toEqual(new Set([1]));
    expect(unwritten(0, 5).data).toHaveLength(0);
  });

  it('refuses sides that are none', () => {
    expect(() => unwritten(-1, 2)).toThrow(
      new RangeError('unwritten: rows must be a whole number >= 0, got -1'),
    );
    expect(() => unwritten(2, 0.5)).toThrow(
      new RangeError('unwritten: cols must be a whole number >= 0, got 0.5'),
    );
  });
});

describe('stackedView', () => {
  const [above, below] = [rowsBetween(small(), 0, 1), rowsBetween(small(), 1, 3)];

  it('is both, where the second stands behind the first', () => {
    const all = small();
    const both = stackedView(rowsBetween(all, 0, 1), rowsBetween(all, 1, 3));
    expect(both).toEqual(all);
    all.data[5] = 7;
    expect(both?.data[5]).toBe(7);
  });

  it('is none where it does not: in another memory, before it, with rows between, of other columns', () => {
    expect(stackedView(above, below)).toBeUndefined();
    const all = small();
    expect(stackedView(rowsBetween(all, 1, 3), rowsBetween(all, 0, 1))).toBeUndefined();
    expect(stackedView(rowsBetween(all, 0, 1), rowsBetween(all, 2, 3))).toBeUndefined();
    expect(stackedView(rowsBetween(all, 0, 1), matrix(4, 1, all.data.subarray(2)))).toBeUndefined();
  });
});

describe('fromRows', () => {
  it('lays rows one after the other, rounded to float32', () => {
    const m = fromRows([[0.1, 2], Int32Array.of(3, 4)]);
    // the float32 nearest to 0.1 is 13421773 / 2^27
    expect([...m.data]).toEqual([13421773 / 2 ** 27, 2, 3, 4]);
    expect([m.rows, m.cols]).toEqual([2, 2]);
  });

  it('is a copy', () => {
    const source = Float32Array.of(1, 2);
    const m = fromRows([source]);
    source[0] = 9;
    expect([...m.data]).toEqual([1, 2]);
  });

  it('of nothing is 0 × 0', () => expect(fromRows([])).toEqual(matrix(0, 0)));

  it('refuses a row of another length by its number', () => {
    expect(() => fromRows([[1, 2], [3]])).toThrow(new RangeError('fromRows: row 1 length must be 2, got 1'));
  });
});

describe('views', () => {
  it('row i is a window on the matrix', () => {
    const m = small();
    expect([...row(m, 1)]).toEqual([3, 4]);
    row(m, 1)[0] = 30;
    expect([...m.data]).toEqual([1, 2, 30, 4, 5, 6]);
  });

  it('rows between are a window on the matrix, the end not included', () => {
    const m = small();
    const last = rowsBetween(m, 1, 3);
    expect(last).toEqual(
      fromRows([
        [3, 4],
        [5, 6],
      ]),
    );
    last.data[3] = 60;
    expect(m.data[5]).toBe(60);
    expect(rowsBetween(m, 2, 2).rows).toBe(0);
  });
});

describe('copies', () => {
  it('gathers rows in the order named, one of them twice', () => {
    const m = small();
    const gathered = gather(m, [2, 0, 2]);
    expect(gathered).toEqual(
      fromRows([
        [5, 6],
        [1, 2],
        [5, 6],
      ]),
    );
    gathered.data.fill(0);
    expect(m).toEqual(small());
  });

  it('gathers into what it is handed', () => {
    const out = matrix(1, 2);
    expect(gather(small(), Uint32Array.of(1), out)).toBe(out);
    expect([...out.data]).toEqual([3, 4]);
  });

  it('stacks one above the other', () => {
    const m = small();
    const stacked = stack(m, matrix(0, 2), fromRows([[7, 8]]));
    expect(stacked).toEqual(
      fromRows([
        [1, 2],
        [3, 4],
        [5, 6],
        [7, 8],
      ]),
    );
    stacked.data[0] = 100;
    expect(m).toEqual(small());
  });

  it('refuses to stack matrices of other widths', () => {
    expect(() => stack(small(), matrix(1, 3))).toThrow(new RangeError('stack: cols must be 2, got 3'));
  });
});
