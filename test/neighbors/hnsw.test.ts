import { setImmediate } from 'node:timers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { idLists } from '../../src/core/batches.ts';
import { fromRows, matrix, type Matrix } from '../../src/core/matrix.ts';
import { random } from '../../src/core/random.ts';
import { cosine } from '../../src/distances/cosine.ts';
import { dot } from '../../src/distances/dot.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import type { Exclusion } from '../../src/kernels/kernels.ts';
import { exact } from '../../src/neighbors/exact.ts';
import { hnsw } from '../../src/neighbors/hnsw.ts';
import type { NeighborIndex, Neighbors } from '../../src/neighbors/neighbor-index.ts';

const DIM = 16;
const ids = (...values: number[]) => Uint32Array.from(values);

/** Rows around 40 centres, the centre each is around as its class. */
function clustered(count: number, seed: number): { rows: Matrix; ids: Uint32Array; classes: Int32Array } {
  const classes = Int32Array.from({ length: count }, (_, i) => random(seed, i).below(40));
  const rows = matrix(count, DIM);
  for (let i = 0; i < count; i++) {
    const centre = random(1000, classes[i]);
    const { normal } = random(seed, i, 1);
    for (let k = 0; k < DIM; k++) rows.data[i * DIM + k] = centre.normal() + 0.4 * normal();
  }
  // not the order of the rows, so that a slot taken for an id is seen
  return { rows, ids: Uint32Array.from({ length: count }, (_, i) => count - i + 7), classes };
}

/** The share of what the one found that the other found too. */
function recalled(truth: Neighbors, found: Neighbors): number {
  let [hits, all] = [0, 0];
  truth.found.forEach((count, q) => {
    const start = q * truth.k;
    const got = new Set(found.ids.subarray(start, start + found.found[q]));
    all += count;
    hits += truth.ids.subarray(start, start + count).filter((id) => got.has(id)).length;
  });
  return hits / all;
}

const corpus = clustered(2500, 1);
const queries = clustered(150, 2);

async function filled(index: NeighborIndex): Promise<NeighborIndex> {
  await index.add(corpus.rows, corpus.ids, corpus.classes);
  return index;
}

describe('hnsw', () => {
  it.each([cosine, dot, euclidean])(
    'finds nearly all of the ten true neighbors, measured alike: $name',
    async (distance) => {
      const graph = await filled(hnsw({ dim: DIM, distance }));
      const truth = await (await filled(exact({ dim: DIM, distance }))).search(queries.rows, 10);
      const found = await graph.search(queries.rows, 10);
      expect(recalled(truth, found)).toBeGreaterThanOrEqual(0.95);
      expect(found.found.every((count) => count === 10)).toBe(true);
      const far = new Map(
        Array.from(truth.ids, (id, e) => [`${Math.floor(e / 10)} ${id}`, truth.distances[e]]),
      );
      const differences = Array.from(found.ids, (id, e) => {
        const known = far.get(`${Math.floor(e / 10)} ${id}`) ?? found.distances[e];
        return Math.abs(known - found.distances[e]);
      });
      expect(Math.max(...differences)).toBeLessThan(1e-5);
    },
  );

  it('finds more when it keeps more candidates', async () => {
    const graph = await filled(hnsw({ dim: DIM, M: 4, efConstruction: 20 }));
    const truth = await (await filled(exact({ dim: DIM }))).search(queries.rows, 10);
    const few = recalled(truth, await graph.search(queries.rows, 10, { ef: 10 }));
    const many = recalled(truth, await graph.search(queries.rows, 10, { ef: 300 }));
    expect(few).toBeLessThan(many);
    expect(many).toBeGreaterThanOrEqual(0.95);
  });

  it('gives the same answers for the same rows and seed, in as many calls as it may be', async () => {
    const sparse = { dim: DIM, M: 3, efConstruction: 10, ef: 10 } as const;
    const once = await filled(hnsw({ ...sparse, seed: 5 }));
    const inParts = hnsw({ ...sparse, seed: 5 });
    for (let start = 0; start < 2500; start += 700) {
      const end = Math.min(start + 700, 2500);
      const part = matrix(end - start, DIM, corpus.rows.data.slice(start * DIM, end * DIM));
      await inParts.add(part, corpus.ids.slice(start, end), corpus.classes.slice(start, end));
    }
    const answer = await once.search(queries.rows, 10);
    expect(await inParts.search(queries.rows, 10)).toEqual(answer);
    const otherSeed = await (await filled(hnsw({ ...sparse, seed: 6 }))).search(queries.rows, 10);
    expect(otherSeed).not.toEqual(answer);
  });

  const bitset = Uint8Array.from({ length: 400 }, (_, byte) => (byte % 3 === 0 ? 0b0100_1001 : 0));
  const filters: readonly [name: string, exclude: Exclusion][] = [
    ['rows of the class of the query', { queryClass: queries.classes }],
    ['rows that are not allowed', { allowed: bitset }],
    [
      'ids listed for the query',
      { perQuery: idLists(Array.from(queries.ids, (_, q) => [...corpus.ids.subarray(q, q + 1000)])) },
    ],
    [
      'all of these',
      {
        queryClass: queries.classes,
        allowed: bitset,
        perQuery: idLists(Array.from(queries.ids, () => [8, 9, 1500])),
      },
    ],
  ];
  it.each(filters)('passes over %s and still finds nearly all others', async (_, exclude) => {
    const truth = await (await filled(exact({ dim: DIM }))).search(queries.rows, 10, { exclude });
    const found = await (await filled(hnsw({ dim: DIM }))).search(queries.rows, 10, { exclude });
    expect(recalled(truth, found)).toBeGreaterThanOrEqual(0.95);
    const classOf = new Map(Array.from(corpus.ids, (id, i) => [id, corpus.classes[i]]));
    const passedOver = (id: number, q: number): boolean => {
      const { queryClass, allowed, perQuery } = exclude;
      return (
        classOf.get(id) === queryClass?.[q] ||
        (allowed !== undefined && !(Math.floor(id / 8) % 3 === 0 && [0, 3, 6].includes(id % 8))) ||
        (perQuery !== undefined &&
          perQuery.ids.subarray(perQuery.offsets[q], perQuery.offsets[q + 1]).includes(id))
      );
    };
    const given = Array.from(found.found, (count, q) => [...found.ids.subarray(q * 10, q * 10 + count)]);
    expect(given.map((answer, q) => answer.filter((id) => passedOver(id, q))).flat()).toEqual([]);
  });

  it('says how many it found where there are fewer than k', async () => {
    const index = hnsw({ dim: 2, distance: euclidean });
    await index.add(
      fromRows([
        [0, 0],
        [3, 0],
        [7, 0],
      ]),
      ids(5, 6, 9),
      Int32Array.of(1, 2, 1),
    );
    const all = await index.search(fromRows([[1, 0]]), 5);
    expect([...all.found]).toEqual([3]);
    expect([...all.ids]).toEqual([5, 6, 9, 0, 0]);
    expect([...all.distances]).toEqual([1, 2, 6, Infinity, Infinity]);
    const others = await index.search(fromRows([[1, 0]]), 5, { exclude: { queryClass: Int32Array.of(1) } });
    expect([...others.found, ...others.ids]).toEqual([1, 6, 0, 0, 0, 0]);
    const none = await index.search(fromRows([[1, 0]]), 2, { exclude: { allowed: new Uint8Array(2) } });
    expect([...none.found]).toEqual([0]);
  });

  it('finds nothing while it is empty', async () => {
    const index = hnsw({ dim: 2 });
    expect([...(await index.search(fromRows([[1, 0]]), 3)).found]).toEqual([0]);
    await index.add(matrix(0, 2), ids());
    expect([...(await index.search(fromRows([[1, 0]]), 3)).found]).toEqual([0]);
    await index.refresh();
    expect(index.size).toBe(0);
  });

  it('gives equal distances by id', async () => {
    const index = hnsw({ dim: 2 });
    await index.add(
      fromRows([
        [1, 1],
        [1, 1],
        [1, 1],
        [2, -1],
      ]),
      ids(30, 10, 20, 5),
    );
    expect([...(await index.search(fromRows([[3, 3]]), 4)).ids]).toEqual([10, 20, 30, 5]);
  });
});

describe('a replaced row', () => {
  /** A grid of 20 × 20 points a unit apart; point (x, y) has id 20 x + y. */
  const grid = fromRows(Array.from({ length: 400 }, (_, i) => [Math.floor(i / 20), i % 20]));
  const moved = async () => {
    const index = hnsw({ dim: 2, distance: euclidean });
    await index.add(
      grid,
      Uint32Array.from({ length: 400 }, (_, i) => i),
    );
    await index.add(fromRows([[1000, 1000]]), ids(0));
    return index;
  };

  it('is read as it is now and counted once', async () => {
    const index = await moved();
    expect([...index.read(ids(0, 399)).rows.data]).toEqual([1000, 1000, 19, 19]);
    expect(index.size).toBe(400);
  });

  it('is measured as it is now: found where it was, it comes last', async () => {
    const index = await moved();
    const { ids: found, distances } = await index.search(fromRows([[0.1, 0]]), 4);
    // the four that are linked nearest were 0, 20, 1 and 21
    expect([...found]).toEqual([20, 1, 21, 0]);
    expect([...distances]).toEqual(
      [0.9, Math.hypot(0.1, 1), Math.hypot(0.9, 1), Math.hypot(999.9, 1000)].map((far) =>
        expect.closeTo(far, 3),
      ),
    );
  });

  it('is found where it is now once the index is refreshed, and no longer where it was', async () => {
    const index = await moved();
    const before = await index.search(fromRows([[1001, 1001]]), 1, { ef: 1 });
    expect(before.ids[0]).not.toBe(0);
    await index.refresh();
    const after = await index.search(
      fromRows([
        [1001, 1001],
        [0.1, 0],
      ]),
      4,
    );
    expect([after.ids[0], after.distances[0]]).toEqual([0, expect.closeTo(Math.SQRT2, 3)]);
    expect([...after.ids.subarray(4)]).toEqual([20, 1, 21, 40]);
  });
});

describe('calls that do not wait for one another', () => {
  it('are answered in the order they were made', async () => {
    const index = hnsw({ dim: 1, distance: euclidean });
    const nothing = index.search(fromRows([[0]]), 3);
    const first = index.add(fromRows([[1], [2]]), ids(1, 2));
    const two = index.search(fromRows([[0]]), 3);
    const refreshed = index.refresh();
    const second = index.add(fromRows([[0.5]]), ids(3));
    const three = index.search(fromRows([[0]]), 3);
    await Promise.all([first, refreshed, second]);
    expect([...(await nothing).found]).toEqual([0]);
    expect([...(await two).ids]).toEqual([1, 2, 0]);
    expect([...(await three).ids]).toEqual([3, 1, 2]);
  });

  it('are not held up by one that is refused', async () => {
    const index = hnsw({ dim: 1, distance: euclidean });
    const refused = index.add(fromRows([[NaN]]), ids(1));
    const sound = index.add(fromRows([[1]]), ids(1));
    await expect(refused).rejects.toThrow(RangeError);
    await sound;
    expect(index.size).toBe(1);
  });
});

describe('the event loop', () => {
  afterEach(() => vi.restoreAllMocks());

  it('has its turns while rows are linked and while queries are answered', async () => {
    // a clock by which each row takes 5 ms; a turn every 20 ms is one every four rows
    let clock = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (clock += 5));
    let turns = 0;
    let counting = true;
    const count = () => {
      if (counting) setImmediate(count);
      turns++;
    };
    setImmediate(count);
    const index = hnsw({ dim: DIM });
    await index.add(matrix(600, DIM, corpus.rows.data.slice(0, 600 * DIM)), corpus.ids.slice(0, 600));
    const [whileAdding, rows] = [turns, 600];
    await index.search(queries.rows, 5);
    counting = false;
    expect(whileAdding).toBeGreaterThanOrEqual(rows / 4 - 5);
    expect(turns - whileAdding).toBeGreaterThanOrEqual(queries.rows.rows / 4 - 5);
  });
});

describe('what does not fit', () => {
  it.each([
    ['hnsw: dim must be a whole number >= 1, got 0', { dim: 0 }],
    ['hnsw: M must be a whole number >= 2, got 1', { dim: 2, M: 1 }],
    ['hnsw: efConstruction must be a whole number >= 1, got 0', { dim: 2, efConstruction: 0 }],
    ['hnsw: ef must be a whole number >= 1, got 0.5', { dim: 2, ef: 0.5 }],
    ['hnsw: seed must be a whole number >= 0, got -1', { dim: 2, seed: -1 }],
  ])('is refused when the index is made: %s', (sentence, options) => {
    expect(() => hnsw(options)).toThrow(new RangeError(sentence));
  });

  const one = fromRows([[1, 2]]);
  const calls: readonly [sentence: string, call: (index: NeighborIndex) => Promise<unknown>][] = [
    ['hnsw.add: rows.cols must be 2, got 1', (index) => index.add(fromRows([[1]]), ids(4), Int32Array.of(0))],
    [
      'hnsw.add: rows row 0 must be finite, got NaN in column 1',
      (index) => index.add(fromRows([[1, NaN]]), ids(4), Int32Array.of(0)),
    ],
    [
      'hnsw.add: ids must be distinct, got 4 twice',
      (index) =>
        index.add(
          fromRows([
            [1, 2],
            [3, 4],
          ]),
          ids(4, 4),
          Int32Array.of(0, 0),
        ),
    ],
    [
      'hnsw.add: classes must come with all rows or with none, got rows with and rows without',
      (index) => index.add(one, ids(4)),
    ],
    ['hnsw.search: queries.cols must be 2, got 3', (index) => index.search(fromRows([[1, 2, 3]]), 1)],
    [
      'hnsw.search: queries row 0 must be finite, got NaN in column 0',
      (index) => index.search(fromRows([[NaN, 2]]), 1),
    ],
    ['hnsw.search: k must be a whole number >= 1, got 0', (index) => index.search(one, 0)],
    ['hnsw.search: ef must be a whole number >= 1, got 0', (index) => index.search(one, 1, { ef: 0 })],
    ['hnsw.read: every id must be stored, got 4', async (index) => index.read(ids(4))],
  ];
  it.each(calls)('is refused, and the index is as before: %s', async (sentence, call) => {
    const index = hnsw({ dim: 2, distance: euclidean });
    await index.add(
      fromRows([
        [1, 2],
        [5, 5],
      ]),
      ids(1, 2),
      Int32Array.of(3, 3),
    );
    await expect(call(index)).rejects.toThrow(new RangeError(sentence));
    expect(index.size).toBe(2);
    const { ids: found, found: count } = await index.search(one, 5);
    expect([count[0], ...found.subarray(0, count[0])]).toEqual([2, 1, 2]);
    expect(index.read(ids(1))).toEqual({ rows: one, classes: Int32Array.of(3) });
  });
});

describe('without hnswlib-node', () => {
  afterEach(() => {
    vi.doUnmock('hnswlib-node');
    vi.resetModules();
  });

  it('the first call that needs it says so in a sentence, and nothing is stored', async () => {
    vi.doMock('hnswlib-node', () => ({
      get default() {
        throw new Error('Could not locate the bindings file. Tried:\n one\n another');
      },
    }));
    const index = hnsw({ dim: 2 });
    const message = await index.add(fromRows([[1, 2]]), ids(1)).then(
      () => 'no error',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    expect(message).toBe(
      'hnsw: hnswlib-node must be installed and built (it needs a C++ compiler), got Could not locate the bindings file. Tried:',
    );
    expect(index.size).toBe(0);
  });
});
