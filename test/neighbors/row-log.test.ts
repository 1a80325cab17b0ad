import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idLists } from '../../src/core/batches.ts';
import type { Exclusion } from '../../src/kernels/kernels.ts';
import { fromRows, matrix, type Matrix } from '../../src/core/matrix.ts';
import { checkSearch } from '../../src/neighbors/check-stored.ts';
import { rowLog } from '../../src/neighbors/row-log.ts';

const ids = (...values: number[]) => Uint32Array.from(values);
const classes = (...values: number[]) => Int32Array.from(values);

const bank = (dim: number) => rowLog({ where: 'bank', dim, withInverse: false });

function withClasses() {
  const log = bank(2);
  log.append(
    fromRows([
      [1, 2],
      [3, 4],
    ]),
    ids(1, 2),
    classes(10, 20),
  );
  return log;
}

const deadRows = ({ dead }: { dead?: Uint8Array }) =>
  Array.from(dead ?? [], (byte, b) =>
    [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (byte >> bit) & 1).map((bit) => 8 * b + bit),
  ).flat();

describe('a row log', () => {
  it('keeps rows in the order they came; what is replaced is dead, and the new row comes last', () => {
    const log = bank(2);
    log.append(
      fromRows([
        [1, 2],
        [3, 4],
      ]),
      ids(70, 5),
    );
    log.append(
      fromRows([
        [5, 6],
        [30, 40],
      ]),
      ids(9, 5),
    );
    expect([log.length, log.live]).toEqual([4, 3]);
    expect([...log.now().ids]).toEqual([70, 5, 9, 5]);
    expect([...log.now().rows.data]).toEqual([1, 2, 3, 4, 5, 6, 30, 40]);
    expect(deadRows(log.now())).toEqual([1]);
    expect([...log.liveFrom(1)]).toEqual([2, 3]);
  });

  it('leaves what was looked at as it was, whatever comes after', () => {
    const log = bank(1);
    log.append(fromRows([[1], [2]]), ids(1, 2));
    log.remove(ids(1));
    const before = log.now();
    const copy = structuredClone(before);
    log.append(
      matrix(500, 1),
      Uint32Array.from({ length: 500 }, (_, i) => i),
    );
    log.remove(ids(3));
    expect(before).toEqual(copy);
  });

  it('has a bit for every row, those that came after the last death too', () => {
    const log = bank(1);
    log.append(fromRows([[1], [2]]), ids(1, 2));
    log.remove(ids(1));
    log.append(
      matrix(100, 1),
      Uint32Array.from({ length: 100 }, (_, i) => 10 + i),
    );
    expect(8 * (log.now().dead?.length ?? 0)).toBeGreaterThanOrEqual(102);
    expect(deadRows(log.now())).toEqual([0]);
  });

  it('keeps ids up to 2^32 - 1', () => {
    const log = bank(1);
    log.append(fromRows([[1], [2]]), ids(2 ** 32 - 1, 0));
    expect([...log.read(ids(0, 2 ** 32 - 1)).rows.data]).toEqual([2, 1]);
  });

  it('holds copies and reads copies', () => {
    const log = bank(1);
    const rows = fromRows([[1]]);
    log.append(rows, ids(1));
    rows.data[0] = 7;
    log.read(ids(1)).rows.data[0] = 8;
    expect(log.read(ids(1)).rows.data[0]).toBe(1);
  });

  it('is what a map of rows by id would be, whatever comes and goes, compacted or not', () => {
    const batch = fc.uniqueArray(fc.tuple(fc.nat(60), fc.integer({ min: -9, max: 9 })), {
      selector: ([id]) => id,
      maxLength: 40,
    });
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 8 }), fc.nat(7), (batches, compacting) => {
        let log = bank(2);
        const truth = new Map<number, number[]>();
        batches.forEach((rows, turn) => {
          if (turn === compacting) log = log.compacted();
          const twoWide = rows.map(([id, value]) => [value, id + 0.5]);
          log.append(
            matrix(rows.length, 2, Float32Array.from(twoWide.flat())),
            Uint32Array.from(rows, ([id]) => id),
            Int32Array.from(rows, ([, value]) => value),
          );
          for (const [i, [id]] of rows.entries()) {
            truth.delete(id);
            truth.set(id, twoWide[i]);
          }
          const gone = rows.filter(([, value]) => value === 3).map(([id]) => id);
          log.remove(Uint32Array.from(gone));
          for (const id of gone) truth.delete(id);
        });
        const names = Uint32Array.from(truth.keys());
        expect(log.live).toBe(truth.size);
        expect([...log.ids].sort()).toEqual([...names].sort());
        const { rows, classes: kept } = log.read(names);
        expect([...rows.data]).toEqual([...truth.values()].flat());
        if (truth.size > 0) expect([...(kept ?? [])]).toEqual([...truth.values()].map(([value]) => value));
        const alive = log.compacted().now();
        expect([...alive.ids]).toEqual([...names]);
        expect([...alive.rows.data]).toEqual([...truth.values()].flat());
        expect(alive.dead).toBeUndefined();
      }),
    );
  });

  it('knows one over the length of each row, where it was asked to', () => {
    const log = rowLog({ where: 'bank', dim: 2, withInverse: true });
    log.append(
      fromRows([
        [3, 4],
        [0, 0],
        [1e-44, 0],
        [1e18, 0],
      ]),
      ids(1, 2, 3, 4),
    );
    const inverse = [...(log.now().inverse ?? [])];
    expect(inverse[0]).toBeCloseTo(0.2, 7);
    expect(inverse[1]).toBe(0);
    expect(inverse.every(Number.isFinite)).toBe(true);
    expect(inverse[3] * 1e18).toBeCloseTo(1, 6);
  });
});

describe('what does not fit a row log', () => {
  const four: unknown = { rows: 2, cols: 2, data: [1, 2, 3, 4] };
  const short: unknown = { rows: 2, cols: 2, data: Float32Array.of(1, 2) };
  const refusals: readonly [sentence: string, put: (log: ReturnType<typeof bank>) => void][] = [
    ['bank.add: rows.cols must be 2, got 3', (log) => log.append(fromRows([[1, 2, 3]]), ids(7), classes(0))],
    ['bank.add: ids.length must be 1, got 2', (log) => log.append(fromRows([[1, 2]]), ids(7, 8), classes(0))],
    [
      'bank.add: classes.length must be 1, got 2',
      (log) => log.append(fromRows([[1, 2]]), ids(7), classes(0, 0)),
    ],
    [
      'bank.add: classes must come with all rows or with none, got rows with and rows without',
      (log) => log.append(fromRows([[9, 9]]), ids(1)),
    ],
    [
      'bank.add: rows row 1 must be finite, got NaN in column 0',
      (log) =>
        log.append(
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
      (log) =>
        log.append(
          fromRows([
            [9, 9],
            [8, 8],
            [7, 7],
          ]),
          ids(7, 1, 7),
          classes(0, 0, 0),
        ),
    ],
    ['bank.read: every id must be stored, got 3', (log) => log.read(ids(1, 3))],
    ['bank.remove: every id must be stored, got 3', (log) => log.remove(ids(1, 3))],
    ['bank.remove: ids must be distinct, got 1 twice', (log) => log.remove(ids(1, 1))],
    [
      'bank.add: rows.data must be of type Float32Array, got Array',
      (log) => fromJavaScript(log).append(four, ids(7, 8), classes(0, 0)),
    ],
    [
      'bank.add: rows.data.length must be 4, got 2',
      (log) => fromJavaScript(log).append(short, ids(7, 8), classes(0, 0)),
    ],
    [
      'bank.add: ids must be of type Uint32Array, got Int32Array',
      (log) => fromJavaScript(log).append(fromRows([[1, 2]]), Int32Array.of(-1), classes(0)),
    ],
  ];
  it.each(refusals)('is refused, and nothing is changed: %s', (sentence, put) => {
    const log = withClasses();
    expect(() => put(log)).toThrow(new RangeError(sentence));
    const { rows, ids: held, classes: kept, dead } = log.now();
    expect([...held, ...rows.data, ...(kept ?? [])]).toEqual([1, 2, 1, 2, 3, 4, 10, 20]);
    expect(dead).toBeUndefined();
  });

  it('classes for rows whose fellows have none', () => {
    const log = bank(1);
    log.append(fromRows([[1]]), ids(1));
    expect(() => log.append(fromRows([[2]]), ids(2), classes(5))).toThrow(
      new RangeError(
        'bank.add: classes must come with all rows or with none, got rows with and rows without',
      ),
    );
    expect(log.length).toBe(1);
  });

  it('but no rows at all say nothing about classes', () => {
    const log = bank(1);
    log.append(matrix(0, 1), ids(), classes());
    log.append(fromRows([[1]]), ids(1));
    expect(log.now().classes).toBeUndefined();
    log.append(matrix(0, 1), ids(), classes());
    expect(log.read(ids(1)).classes).toBeUndefined();
  });
});

/** As a program that no compiler has looked at calls it. */
function fromJavaScript(log: ReturnType<typeof bank>): { append(...given: readonly unknown[]): void } {
  return { append: (...given) => Reflect.apply(log.append, log, given) };
}

describe('queries', () => {
  const queries = fromRows([
    [1, 2],
    [3, 4],
  ]);
  const asked = (q: Matrix, k: number, exclude?: Exclusion) => {
    const log = bank(2);
    log.append(fromRows([[1, 2]]), ids(1));
    checkSearch('bank.search', { dim: 2, all: log.now() }, q, k, exclude);
  };
  const refusals: readonly [sentence: string, check: () => void][] = [
    ['bank.search: queries.cols must be 2, got 1', () => asked(fromRows([[1]]), 1)],
    [
      'bank.search: queries row 0 must be finite, got Infinity in column 1',
      () => asked(fromRows([[1, Infinity]]), 1),
    ],
    ['bank.search: k must be a whole number >= 1, got 0', () => asked(queries, 0)],
    ['bank.search: k must be a whole number >= 1, got 1.5', () => asked(queries, 1.5)],
    [
      'bank.search: k times the queries must be at most 1073741824, got 2000000000',
      () => asked(queries, 1e9),
    ],
    [
      'bank.search: exclude.queryClass.length must be 2, got 1',
      () => asked(queries, 1, { queryClass: classes(1) }),
    ],
    [
      'bank.search: exclude.queryClass needs rows with classes, got rows without',
      () => asked(queries, 1, { queryClass: classes(1, 2) }),
    ],
    [
      'bank.search: exclude.perQuery.offsets.length must be 3, got 2',
      () => asked(queries, 1, { perQuery: idLists([[1]]) }),
    ],
    [
      'bank.search: exclude.perQuery.ids.length must be 2, got 3',
      () => asked(queries, 1, { perQuery: { offsets: ids(0, 1, 2), ids: ids(1, 2, 3) } }),
    ],
    [
      'bank.search: exclude.perQuery.offsets must not fall, got 4 before 2',
      () => asked(queries, 1, { perQuery: { offsets: ids(0, 4, 2), ids: ids(1, 2) } }),
    ],
  ];
  it.each(refusals)('that do not fit are refused: %s', (sentence, check) => {
    expect(check).toThrow(new RangeError(sentence));
  });

  it('may name classes while nothing is stored', () => {
    const all = bank(2).now();
    expect(() =>
      checkSearch('bank.search', { dim: 2, all }, queries, 1, { queryClass: classes(1, 2) }),
    ).not.toThrow();
  });
});
