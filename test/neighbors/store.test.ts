import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idLists } from '../../src/core/batches.ts';
import { fromRows, matrix } from '../../src/core/matrix.ts';
import { store } from '../../src/neighbors/store.ts';

const ids = (...values: number[]) => Uint32Array.from(values);
const classes = (...values: number[]) => Int32Array.from(values);

function withClasses() {
  const stored = store('bank', 2);
  stored.put(
    fromRows([
      [1, 2],
      [3, 4],
    ]),
    ids(1, 2),
    classes(10, 20),
  );
  return stored;
}

function withoutClasses() {
  const stored = store('bank', 2);
  stored.put(fromRows([[1, 2]]), ids(1));
  return stored;
}

describe('a store', () => {
  it('keeps rows in the order their ids first came', () => {
    const stored = store('bank', 2);
    stored.put(
      fromRows([
        [1, 2],
        [3, 4],
      ]),
      ids(70, 5),
    );
    stored.put(
      fromRows([
        [5, 6],
        [30, 40],
        [7, 8],
      ]),
      ids(9, 5, 1),
    );
    expect(stored.size).toBe(4);
    expect([...stored.ids]).toEqual([70, 5, 9, 1]);
    expect(stored.rows).toEqual(
      fromRows([
        [1, 2],
        [30, 40],
        [5, 6],
        [7, 8],
      ]),
    );
  });

  it('keeps ids up to 2^32 - 1', () => {
    const stored = store('bank', 1);
    stored.put(fromRows([[1], [2]]), ids(2 ** 32 - 1, 0));
    expect([...stored.read(ids(2 ** 32 - 1)).rows.data]).toEqual([1]);
  });

  it('holds copies and reads copies', () => {
    const stored = store('bank', 2);
    const rows = fromRows([[1, 2]]);
    stored.put(rows, ids(0));
    rows.data[0] = 9;
    const read = stored.read(ids(0));
    read.rows.data[1] = 9;
    expect([...stored.read(ids(0)).rows.data]).toEqual([1, 2]);
  });

  it('reads in the order asked, one of them twice, with classes where rows have them', () => {
    const stored = store('bank', 1);
    stored.put(fromRows([[1], [2], [3]]), ids(4, 5, 6), classes(40, -1, 60));
    expect(stored.read(ids(6, 4, 6))).toEqual({
      rows: fromRows([[3], [1], [3]]),
      classes: classes(60, 40, 60),
    });
    expect(stored.read(ids())).toEqual({ rows: matrix(0, 1), classes: classes() });
    stored.put(fromRows([[22]]), ids(5), classes(50));
    expect(stored.read(ids(5))).toEqual({ rows: fromRows([[22]]), classes: classes(50) });
  });

  it('is what a map of rows by id would be, whatever comes in', () => {
    const batch = fc.uniqueArray(fc.tuple(fc.nat(60), fc.integer({ min: -9, max: 9 })), {
      selector: ([id]) => id,
      maxLength: 40,
    });
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 8 }), (batches) => {
        const stored = store('bank', 2);
        const truth = new Map<number, number[]>();
        for (const rows of batches) {
          const twoWide = rows.map(([id, value]) => [value, id + 0.5]);
          stored.put(
            matrix(rows.length, 2, Float32Array.from(twoWide.flat())),
            Uint32Array.from(rows, ([id]) => id),
            Int32Array.from(rows, ([, value]) => value),
          );
          rows.forEach(([id], i) => truth.set(id, twoWide[i]));
        }
        expect([...stored.ids]).toEqual([...truth.keys()]);
        expect([...stored.rows.data]).toEqual([...truth.values()].flat());
        expect([...(stored.classes ?? [])]).toEqual([...truth.values()].map(([value]) => value));
      }),
    );
  });
});

describe('what does not fit a store', () => {
  const refusals: readonly [sentence: string, put: (stored: ReturnType<typeof store>) => void][] = [
    ['bank.add: rows.cols must be 2, got 3', (s) => s.put(fromRows([[1, 2, 3]]), ids(7), classes(0))],
    ['bank.add: ids.length must be 1, got 2', (s) => s.put(fromRows([[1, 2]]), ids(7, 8), classes(0))],
    ['bank.add: classes.length must be 1, got 2', (s) => s.put(fromRows([[1, 2]]), ids(7), classes(0, 0))],
    [
      'bank.add: classes must come with all rows or with none, got rows with and rows without',
      (s) => s.put(fromRows([[9, 9]]), ids(1)),
    ],
    [
      'bank.add: rows row 1 must be finite, got NaN in column 0',
      (s) =>
        s.put(
          fromRows([
            [9, 9],
            [NaN, 9],
          ]),
          ids(1, 8),
          classes(0, 0),
        ),
    ],
    [
      'bank.add: ids must be distinct, got 7 twice',
      (s) =>
        s.put(
          fromRows([
            [9, 9],
            [8, 8],
            [7, 7],
          ]),
          ids(7, 1, 7),
          classes(0, 0, 0),
        ),
    ],
    ['bank.read: every id must be stored, got 3', (s) => s.read(ids(1, 3))],
  ];
  it.each(refusals)('is refused, and nothing is stored: %s', (sentence, put) => {
    const stored = withClasses();
    expect(() => put(stored)).toThrow(new RangeError(sentence));
    expect([...stored.ids]).toEqual([1, 2]);
    expect([...stored.rows.data]).toEqual([1, 2, 3, 4]);
    expect([...(stored.classes ?? [])]).toEqual([10, 20]);
  });

  it('classes for rows whose fellows have none', () => {
    const stored = store('bank', 1);
    stored.put(fromRows([[1]]), ids(1));
    expect(() => stored.put(fromRows([[2]]), ids(2), classes(5))).toThrow(
      new RangeError(
        'bank.add: classes must come with all rows or with none, got rows with and rows without',
      ),
    );
    expect(stored.size).toBe(1);
  });

  it('but no rows at all say nothing about classes', () => {
    const stored = store('bank', 1);
    stored.put(matrix(0, 1), ids(), classes());
    stored.put(fromRows([[1]]), ids(1));
    expect(stored.classes).toBeUndefined();
    stored.put(matrix(0, 1), ids(), classes());
    expect(stored.read(ids(1)).classes).toBeUndefined();
  });
});

describe('queries', () => {
  const queries = fromRows([
    [1, 2],
    [3, 4],
  ]);
  const refusals: readonly [sentence: string, check: (stored: ReturnType<typeof store>) => void][] = [
    ['bank.search: queries.cols must be 2, got 1', (s) => s.checkQueries(fromRows([[1]]), 1)],
    [
      'bank.search: queries row 0 must be finite, got Infinity in column 1',
      (s) => s.checkQueries(fromRows([[1, Infinity]]), 1),
    ],
    ['bank.search: k must be a whole number >= 1, got 0', (s) => s.checkQueries(queries, 0)],
    ['bank.search: k must be a whole number >= 1, got 1.5', (s) => s.checkQueries(queries, 1.5)],
    [
      'bank.search: exclude.queryClass.length must be 2, got 1',
      (s) => s.checkQueries(queries, 1, { queryClass: classes(1) }),
    ],
    [
      'bank.search: exclude.queryClass needs rows with classes, got rows without',
      (s) => s.checkQueries(queries, 1, { queryClass: classes(1, 2) }),
    ],
    [
      'bank.search: exclude.perQuery.offsets.length must be 3, got 2',
      (s) => s.checkQueries(queries, 1, { perQuery: idLists([[1]]) }),
    ],
    [
      'bank.search: exclude.perQuery.ids.length must be 2, got 3',
      (s) => s.checkQueries(queries, 1, { perQuery: { offsets: ids(0, 1, 2), ids: ids(1, 2, 3) } }),
    ],
  ];
  it.each(refusals)('that do not fit are refused: %s', (sentence, check) => {
    expect(() => check(withoutClasses())).toThrow(new RangeError(sentence));
  });

  it('may name classes while nothing is stored', () => {
    expect(() => store('bank', 2).checkQueries(queries, 1, { queryClass: classes(1, 2) })).not.toThrow();
  });
});
