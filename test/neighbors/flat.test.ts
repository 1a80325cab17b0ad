import { describe, expect, it } from 'vitest';
import { idLists } from '../../src/core/batches.ts';
import { fromRows, matrix } from '../../src/core/matrix.ts';
import { cosine } from '../../src/distances/cosine.ts';
import type { Distance } from '../../src/distances/distance.ts';
import { dot } from '../../src/distances/dot.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import { exact } from '../../src/neighbors/exact.ts';
import { flat } from '../../src/neighbors/flat.ts';
import { gaussian } from '../matrices.ts';

const ids = (...values: number[]) => Uint32Array.from(values);

const BELOW: readonly (readonly [Distance, number[][], number[], number, number[], number])[] = [
  // similarities 1, 0.8, 0.6, -1 by cosine
  [
    cosine,
    [
      [1, 0],
      [0.8, 0.6],
      [0.6, 0.8],
      [-1, 0],
    ],
    [1, 0],
    0.7,
    [0.6, -1],
    2,
  ],
  // 4, 3, 2, -4
  [
    dot,
    [
      [4, 0],
      [3, 9],
      [2, 0],
      [-4, 1],
    ],
    [1, 0],
    3,
    [3, 2, -4],
    1,
  ],
  // minus the distances: -1, -2, -2, -5
  [
    euclidean,
    [
      [1, 0],
      [2, 0],
      [0, 2],
      [5, 0],
    ],
    [0, 0],
    -2,
    [-2, -2, -5],
    1,
  ],
  [
    euclidean,
    [
      [1, 0],
      [0, 0],
    ],
    [0, 0],
    3,
    [0, -1],
    0,
  ],
];

describe('flat', () => {
  it.each([cosine, dot, euclidean])('finds what an exact index finds: $name', async (distance) => {
    const rows = gaussian(50, 4, 1);
    const names = Uint32Array.from({ length: 50 }, (_, i) => 3 * i);
    const classes = Int32Array.from({ length: 50 }, (_, i) => i % 3);
    const stored = exact({ dim: 4, distance });
    await stored.add(rows, names, classes);
    const index = flat({ rows, ids: names, classes }, { distance });
    const exclude = { queryClass: Int32Array.of(0, 1), perQuery: idLists([[3], [6, 9]]) };
    for (const options of [{}, { exclude }]) {
      expect(await index.search(gaussian(2, 4, 2), 60, options)).toEqual(
        await stored.search(gaussian(2, 4, 2), 60, options),
      );
    }
    expect(index.read(ids(9, 0, 9))).toEqual(stored.read(ids(9, 0, 9)));
    expect({ dim: index.dim, size: index.size }).toEqual({ dim: 4, size: 50 });
  });

  it.each(BELOW)(
    'passes over rows more similar than a ceiling and counts them: %s',
    async (distance, rows, query, ceiling, left, passed) => {
      const index = flat({ rows: fromRows(rows), ids: Uint32Array.from(rows, (_, i) => i) }, { distance });
      const found = await index.searchBelow(fromRows([query, query]), 4, Float64Array.of(ceiling, Infinity));
      expect([...found.passed]).toEqual([passed, 0]);
      expect([...found.found]).toEqual([left.length, rows.length]);
      expect([...found.similarities.subarray(0, left.length)]).toEqual(
        left.map((value) => expect.closeTo(value, 6)),
      );
    },
  );

  it('lets a row that is as similar as the ceiling pass, and gives none above it', async () => {
    const rows = gaussian(200, 3, 4);
    const index = flat(
      { rows, ids: Uint32Array.from({ length: 200 }, (_, i) => i) },
      { distance: euclidean },
    );
    const [query] = [gaussian(1, 3, 5)];
    const { distances } = await index.search(query, 200);
    for (const rank of [0, 7, 100, 199]) {
      const ceiling = -distances[rank];
      const { similarities, passed, found } = await index.searchBelow(query, 200, Float64Array.of(ceiling));
      expect(passed[0] + found[0]).toBe(200);
      expect(Math.abs(passed[0] - rank)).toBeLessThanOrEqual(1);
      expect(Math.max(...similarities)).toBeLessThanOrEqual(ceiling);
    }
  });

  it('has answers where there are no rows and no queries', async () => {
    const empty = flat({ rows: matrix(0, 3), ids: ids() });
    expect([...(await empty.search(matrix(2, 3), 5)).found]).toEqual([0, 0]);
    expect((await empty.searchBelow(matrix(0, 3), 5, new Float64Array())).passed).toHaveLength(0);
  });

  it('refuses what does not fit', async () => {
    const index = flat({ rows: fromRows([[1, 2]]), ids: ids(4) });
    expect(() => flat({ rows: matrix(2, 2), ids: ids(4) })).toThrow('flat: ids.length must be 2, got 1');
    expect(() => flat({ rows: fromRows([[NaN]]), ids: ids(4) })).toThrow('flat: rows row 0 must be finite');
    await expect(index.search(fromRows([[1]]), 1)).rejects.toThrow(
      'flat.search: queries.cols must be 2, got 1',
    );
    await expect(index.search(fromRows([[1, 1]]), 0)).rejects.toThrow(
      'flat.search: k must be a whole number >= 1',
    );
    await expect(index.searchBelow(fromRows([[1, 1]]), 1, Float64Array.of(NaN))).rejects.toThrow(
      'flat.searchBelow: ceilings must be numbers, got NaN',
    );
    await expect(
      index.search(fromRows([[1, 1]]), 1, { exclude: { queryClass: Int32Array.of(1) } }),
    ).rejects.toThrow('flat.search: exclude.queryClass needs rows with classes, got rows without');
    expect(() => index.read(ids(5))).toThrow('flat.read: every id must be stored, got 5');
  });
});
