import fc from 'fast-check';
import { setImmediate } from 'node:timers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { idLists } from '../../src/core/batches.ts';
import { fromRows, matrix, type Matrix, rowsBetween } from '../../src/core/matrix.ts';
import { random } from '../../src/core/random.ts';
import { cosine } from '../../src/distances/cosine.ts';
import { dot } from '../../src/distances/dot.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import type { Exclusion } from '../../src/kernels/kernels.ts';
import { exact } from '../../src/neighbors/exact.ts';
import { loadedAddon, setUp } from '../../src/kernels/native/loaded-addon.ts';
import { hnsw, type HnswOptions } from '../../src/neighbors/hnsw.ts';
import type { NeighborIndex, Neighbors } from '../../src/neighbors/neighbor-index.ts';
import { gaussian } from '../matrices.ts';

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
  // so few rows would be looked at one by one
  await index.refresh();
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

  it('finds 99 of 100 true neighbors where a class of ten is excluded, which are the nearest', async () => {
    const rows = clustered(6000, 21);
    const tenths = rows.classes.map((c) => c % 10);
    const asked = clustered(200, 22);
    const exclude = { queryClass: asked.classes.map((c) => c % 10) };
    const index = hnsw({ dim: DIM });
    await index.add(rows.rows, rows.ids, tenths);
    await index.refresh();
    const truth = await index.search(asked.rows, 10, { exclude, exact: true });
    expect(recalled(truth, await index.search(asked.rows, 10, { exclude }))).toBeGreaterThanOrEqual(0.99);
  });

  it('finds more when it keeps more candidates', async () => {
    const graph = await filled(hnsw({ dim: DIM, M: 4, efConstruction: 20 }));
    const truth = await (await filled(exact({ dim: DIM }))).search(queries.rows, 10);
    const few = recalled(truth, await graph.search(queries.rows, 10, { ef: 10 }));
    const many = recalled(truth, await graph.search(queries.rows, 10, { ef: 300 }));
    expect(few).toBeLessThan(many);
    expect(many).toBeGreaterThanOrEqual(0.95);
  });

  it('gives the same answers for the same rows and seed once all are linked, in as many calls as it may be', async () => {
    const sparse = { dim: DIM, M: 3, efConstruction: 10, ef: 10 } as const;
    const once = await filled(hnsw({ ...sparse, seed: 5 }));
    const inParts = hnsw({ ...sparse, seed: 5 });
    for (let start = 0; start < 2500; start += 700) {
      const end = Math.min(start + 700, 2500);
      const part = matrix(end - start, DIM, corpus.rows.data.slice(start * DIM, end * DIM));
      await inParts.add(part, corpus.ids.slice(start, end), corpus.classes.slice(start, end));
    }
    await inParts.refresh();
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

  it('finds all there are where only a few rows are allowed, wherever they lie', async () => {
    const index = await filled(hnsw({ dim: DIM, ef: 10 }));
    await index.remove(ids(16));
    // one of fifty: 8, 16 (removed), 24, …
    const allowed = Uint8Array.from({ length: 60 }, () => 1);
    const found = await index.search(queries.rows, 80, { exclude: { allowed } });
    const truth = await filled(exact({ dim: DIM }));
    await truth.remove(ids(16));
    expect(found).toEqual(await truth.search(queries.rows, 80, { exclude: { allowed } }));
    expect([...new Set(found.found)]).toEqual([58]);
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

describe('rows that come, change and go', () => {
  /** A grid of 60 × 60 points a unit apart; point (x, y) has id 60 x + y. */
  const SIDE = 60;
  const grid = fromRows(Array.from({ length: SIDE * SIDE }, (_, i) => [Math.floor(i / SIDE), i % SIDE]));
  const laidOut = async (options: Partial<HnswOptions> = {}) => {
    const index = hnsw({ dim: 2, distance: euclidean, ...options });
    await index.add(
      grid,
      Uint32Array.from({ length: SIDE * SIDE }, (_, i) => i),
    );
    await index.refresh();
    return index;
  };
  const nearest = async (index: NeighborIndex, k: number, ...points: number[][]) => [
    ...(await index.search(fromRows(points), k)).ids,
  ];

  it('are found where they are as soon as they came, and no longer where they were', async () => {
    const index = await laidOut();
    await index.add(fromRows([[1000, 1000]]), ids(0));
    expect(index.size).toBe(SIDE * SIDE);
    expect([...index.read(ids(0, 61)).rows.data]).toEqual([1000, 1000, 1, 1]);
    const answers = () => nearest(index, 3, [1001, 1001], [0.1, 0]);
    const expected = [0, 3599, 3539, 60, 1, 61];
    // 3539 and 3598 are equally far; ties go to the smaller id
    expect(await answers()).toEqual(expected);
    await index.refresh();
    expect(await answers()).toEqual(expected);
  });

  it('are gone as soon as they are removed', async () => {
    const index = await laidOut();
    await index.remove(ids(0, 1, 60));
    expect(index.size).toBe(SIDE * SIDE - 3);
    expect(await nearest(index, 2, [0.1, 0])).toEqual([61, 120]);
    expect(() => index.read(ids(60))).toThrow('hnsw.read: every id must be stored, got 60');
    await index.refresh();
    expect(await nearest(index, 2, [0.1, 0])).toEqual([61, 120]);
    expect(index.ids().length).toBe(SIDE * SIDE - 3);
  });

  it('are what an exact index has, through any changes and however many graphs that takes', async () => {
    const step = fc.record({
      from: fc.nat(900),
      rows: fc.integer({ min: 1, max: 120 }),
      remove: fc.nat(60),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), fc.nat(3), async (steps, after) => {
        // so few rows and such a large ef that the graph finds all there is
        const rebuild = { least: 50, staged: 0.2, dead: 0.2, after };
        const [graph, truth] = [hnsw({ dim: 4, ef: 400, rebuild }), exact({ dim: 4 })];
        for (const { from, rows, remove, seed } of steps) {
          const names = Uint32Array.from({ length: rows }, (_, i) => from + i);
          const values = gaussian(rows, 4, seed);
          for (const index of [graph, truth]) {
            await index.add(
              values,
              names,
              Int32Array.from(names, (id) => id % 3),
            );
            await index.remove(names.subarray(0, Math.min(remove, rows)));
          }
          const queries = gaussian(5, 4, seed, 9);
          const exclude = { queryClass: Int32Array.of(0, 1, 2, 0, 1) };
          expect(await graph.search(queries, 8, { exclude })).toEqual(
            await truth.search(queries, 8, { exclude }),
          );
          expect(await graph.search(queries, 8, { exact: true })).toEqual(await truth.search(queries, 8));
          expect(graph.size).toBe(truth.size);
        }
        await graph.refresh();
        const queries = gaussian(5, 4, 77);
        expect(await graph.search(queries, 8)).toEqual(await truth.search(queries, 8));
      }),
      { numRuns: 10 },
    );
  }, 30_000);

  it('are taken into the graph at the change that is due, which a search can tell by how little it finds with ef 1', async () => {
    // every third change begins a graph anew, which is seen two changes later
    const options = {
      M: 2,
      efConstruction: 4,
      ef: 1,
      rebuild: { least: 0, staged: Infinity, dead: 0.1, after: 2 },
    };
    const trace = async () => {
      const index = await laidOut(options);
      const found: string[] = [];
      for (let change = 0; change < 12; change++) {
        await index.add(
          gaussian(200, 2, change),
          Uint32Array.from({ length: 200 }, (_, i) => 200 * change + i),
        );
        found.push(String((await index.search(gaussian(40, 2, 99), 1)).ids));
      }
      return found;
    };
    expect(await trace()).toEqual(await trace());
  });

  it('need no graph while they are few: all are looked at', async () => {
    const index = hnsw({ dim: 2, distance: euclidean, M: 2, efConstruction: 2, ef: 1 });
    await index.add(
      rowsBetween(grid, 0, 900),
      Uint32Array.from({ length: 900 }, (_, i) => i),
    );
    const truth = await index.search(rowsBetween(grid, 0, 900), 5, { exact: true });
    expect(await index.search(rowsBetween(grid, 0, 900), 5)).toEqual(truth);
  });

  it('hold at most as many dead rows as live ones while they are few, however often they change', async () => {
    const index = hnsw({ dim: 4 });
    const names = Uint32Array.from({ length: 100 }, (_, i) => i);
    for (let change = 0; change < 12; change++) {
      await index.add(gaussian(100, 4, change), names);
      expect((await index.parts?.())?.rows.rows).toBeLessThanOrEqual(200);
    }
    const last = gaussian(100, 4, 11);
    expect(index.read(names).rows).toEqual(last);
    const found = await index.search(last, 1);
    expect(found.ids).toEqual(names);
  });
});

describe('any number of threads', () => {
  it('links the same graph and gives the same answers', async () => {
    const addon = loadedAddon();
    if (addon === undefined) throw new Error('the addon must be built for this test');
    const answers = [];
    for (const threads of [1, 2, 3]) {
      addon.useThreads(threads);
      const index = await filled(hnsw({ dim: DIM, ef: 20 }));
      answers.push([await index.search(queries.rows, 10), await index.parts?.()]);
    }
    setUp(addon);
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
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
  it('has its turns while rows are linked and while queries are answered', async () => {
    let turns = 0;
    let counting = true;
    const count = () => {
      if (counting) setImmediate(count);
      turns++;
    };
    setImmediate(count);
    const index = hnsw({ dim: DIM });
    await filled(index);
    const whileAdding = turns;
    await index.search(queries.rows, 5, { ef: 2000 });
    counting = false;
    expect(whileAdding).toBeGreaterThan(10);
    expect(turns - whileAdding).toBeGreaterThan(3);
  });
});

describe('what does not fit', () => {
  it.each([
    ['hnsw: dim must be a whole number >= 1, got 0', { dim: 0 }],
    ['hnsw: M must be a whole number >= 2, got 1', { dim: 2, M: 1 }],
    ['hnsw: M must be at most 1024, got 2000', { dim: 2, M: 2000 }],
    ['hnsw: rebuild.staged must be a number >= 0, got -1', { dim: 2, rebuild: { staged: -1 } }],
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

describe('without an addon that has graphs', () => {
  afterEach(() => {
    vi.doUnmock('../../src/kernels/native/loaded-addon.ts');
    vi.resetModules();
  });

  it('is refused when it is made, in a sentence that says what is missing', async () => {
    vi.resetModules();
    vi.doMock('../../src/kernels/native/loaded-addon.ts', () => ({ loadedAddon: () => undefined }));
    const { hnsw: without } = await import('../../src/neighbors/hnsw.ts');
    expect(() => without({ dim: 2 })).toThrow(
      'hnsw: the addon must be built with the headers of hnswlib-node (npm rebuild nearmiss, which needs a C++ compiler), got none; exact works without',
    );
  });
});
