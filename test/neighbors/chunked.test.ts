import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Matrix, matrix, rowsBetween } from '../../src/core/matrix.ts';
import { random, shuffled } from '../../src/core/random.ts';
import { cosine } from '../../src/distances/cosine.ts';
import { dot } from '../../src/distances/dot.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import { openNpyRows, writeNpy } from '../../src/formats/npy.ts';
import { kernels } from '../../src/kernels/active.ts';
import type { ScoredIds } from '../../src/neighbors/best-so-far.ts';
import { chunked } from '../../src/neighbors/chunked.ts';
import { eachChunk, type RowSource } from '../../src/neighbors/chunks.ts';
import { exact } from '../../src/neighbors/exact.ts';
import { gaussian, wholeNumbers } from '../matrices.ts';

/** Rows in memory that come late, and never two reads at a time. */
function late(m: Matrix): RowSource & { readonly reads: number[] } {
  const reads: number[] = [];
  let busy = false;
  return {
    rows: m.rows,
    cols: m.cols,
    reads,
    async read(into, start) {
      expect(busy).toBe(false);
      busy = true;
      reads.push(start);
      // what is there before must not be taken for what was read
      into.data.fill(1e9);
      await new Promise((resolve) => setTimeout(resolve, 1));
      into.data.set(rowsBetween(m, start, start + into.rows).data);
      busy = false;
    },
  };
}

function lists({ k, ids, scores, found }: ScoredIds) {
  return Array.from(found, (count, q) => ({
    ids: Array.from(ids.subarray(q * k, q * k + count)),
    scores: Array.from(scores.subarray(q * k, q * k + count)),
  }));
}

const searches = fc.record({
  rows: fc.constantFrom(1, 2, 17, 130),
  queries: fc.constantFrom(1, 3, 70),
  k: fc.constantFrom(1, 5, 40, 200),
  chunk: fc.constantFrom(1, 7, 16, 64, 1000),
  distance: fc.constantFrom(cosine, dot, euclidean),
  whole: fc.boolean(),
  seed: fc.nat(1000),
});

describe('chunked', () => {
  it('gives what one search of all rows gives, to the bit, with ties, whatever the chunk', async () => {
    await fc.assert(
      fc.asyncProperty(searches, async ({ rows, queries, k, chunk, distance, whole, seed }) => {
        const stored = whole ? wholeNumbers(rows, 4, 1, seed) : gaussian(rows, 4, seed);
        const asked = whole ? wholeNumbers(queries, 4, 1, seed, 2) : gaussian(queries, 4, seed, 2);
        const ids = shuffled(rows, random(seed));
        const index = chunked(late(stored), ids, { distance, chunk });
        const { similarity } = distance;
        const all = kernels.topK(asked, { rows: stored, ids }, Math.min(k, rows), { similarity });
        const expected = lists({ ...all, k: Math.min(k, rows), ids: all.rows.map((row) => ids[row]) });
        expect(lists(await index.search(asked, k))).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('gives the same where a sample is looked at before, whatever it says of the rest', async () => {
    const [rows, k] = [6000, 600];
    const ids = shuffled(rows, random(3));
    const misleading = gaussian(rows, 4, 2);
    const source = late(misleading);
    await chunked(source, ids, { chunk: rows }).search(gaussian(1, 4, 5), k);
    const drawn = source.reads.slice(0, -1);
    expect(drawn.length).toBeGreaterThan(100);
    // the rows that are drawn are near the first query, and no others
    for (const first of drawn) misleading.data.fill(1, 4 * first, 4 * (first + 4));
    for (const stored of [wholeNumbers(rows, 4, 1, 1), gaussian(rows, 4, 1), misleading]) {
      for (const distance of [cosine, euclidean]) {
        const asked = wholeNumbers(9, 4, 2, 7);
        asked.data.fill(1, 0, 4);
        const read = late(stored);
        const seen: number[] = [];
        const index = chunked(read, ids, {
          distance,
          chunk: 2000,
          onChunk: (_, first) => void seen.push(first),
        });
        const { similarity } = distance;
        const all = kernels.topK(asked, { rows: stored, ids }, k, { similarity });
        const found = await index.search(asked, k);
        expect(lists(found)).toEqual(lists({ ...all, k, ids: all.rows.map((row) => ids[row]) }));
        expect(seen).toEqual([0, 2000, 4000]);
        // who was misled was asked again
        if (stored === misleading) expect(read.reads.length).toBe(drawn.length + 6);
      }
    }
  });

  it('answers as an exact index does, by ids and distances', async () => {
    const [stored, asked] = [gaussian(300, 8, 1), gaussian(20, 8, 2)];
    const ids = Uint32Array.from({ length: 300 }, (_, i) => 3 * i);
    for (const distance of [cosine, dot, euclidean]) {
      const index = exact({ dim: 8, distance });
      await index.add(stored, ids);
      const expected = await index.search(asked, 50);
      const { scores, ...found } = await chunked(late(stored), ids, { distance, chunk: 64 }).search(
        asked,
        50,
      );
      expect(found).toEqual({ k: 50, ids: expected.ids, found: expected.found });
      expect(Float32Array.from(scores, distance.fromScore)).toEqual(expected.distances);
    }
  });

  it('reads each row once a search, in order; searches that overlap take turns', async () => {
    const source = late(gaussian(100, 3, 1));
    const index = chunked(
      source,
      Uint32Array.from({ length: 100 }, (_, i) => i),
      { chunk: 40 },
    );
    const [one, other] = await Promise.all([
      index.search(gaussian(2, 3, 5), 3),
      index.search(gaussian(2, 3, 6), 3),
    ]);
    expect(source.reads).toEqual([0, 40, 80, 0, 40, 80]);
    expect(one).toEqual(await index.search(gaussian(2, 3, 5), 3));
    expect(other).toEqual(await index.search(gaussian(2, 3, 6), 3));
  });

  it('shows each chunk as it was read and searches what is made of it', async () => {
    const seen: number[] = [];
    const stored = gaussian(50, 3, 1);
    const index = chunked(
      late(stored),
      Uint32Array.from({ length: 50 }, (_, i) => i),
      {
        chunk: 20,
        distance: dot,
        encode: (rows) =>
          matrix(
            rows.rows,
            1,
            Float32Array.from({ length: rows.rows }, (_, i) => -rows.data[3 * i]),
          ),
        onChunk: (rows, first) => seen.push(first, rows.rows),
      },
    );
    const { ids } = await index.search(matrix(1, 1, Float32Array.of(1)), 1);
    const firsts = Array.from({ length: 50 }, (_, i) => stored.data[3 * i]);
    expect(ids[0]).toBe(firsts.indexOf(Math.min(...firsts)));
    expect(seen).toEqual([0, 20, 20, 20, 40, 10]);
  });

  it('ends with what a read throws, and can be asked again', async () => {
    let broken = true;
    const good = late(gaussian(30, 2, 1));
    const source: RowSource = {
      ...good,
      read: (into, start) =>
        broken && start === 20 ? Promise.reject(new RangeError('the disk is gone')) : good.read(into, start),
    };
    const index = chunked(
      source,
      Uint32Array.from({ length: 30 }, (_, i) => i),
      { chunk: 10 },
    );
    await expect(index.search(gaussian(1, 2, 2), 3)).rejects.toThrow('the disk is gone');
    broken = false;
    expect((await index.search(gaussian(1, 2, 2), 3)).found[0]).toBe(3);
  });

  it('stops before the next chunk when it is aborted', async () => {
    const stop = new AbortController();
    const source = late(gaussian(100, 2, 1));
    const index = chunked(
      source,
      Uint32Array.from({ length: 100 }, (_, i) => i),
      {
        chunk: 10,
        signal: stop.signal,
        onChunk: (_, first) => first === 20 && stop.abort(new Error('enough')),
      },
    );
    await expect(index.search(gaussian(1, 2, 2), 3)).rejects.toThrow('enough');
    expect(source.reads.length).toBeLessThan(6);
  });

  it('finds nothing among no rows', async () => {
    const index = chunked(late(matrix(0, 3)), new Uint32Array(0));
    expect(Array.from((await index.search(gaussian(2, 3, 1), 4)).found)).toEqual([0, 0]);
  });

  it.each([
    [() => chunked(late(gaussian(3, 2, 1)), new Uint32Array(2)), 'chunked: ids.length must be 3, got 2'],
    [
      () => chunked(late(gaussian(3, 2, 1)), new Uint32Array(3), { chunk: 0 }),
      'chunked: chunk must be a whole number >= 1, got 0',
    ],
  ])('refuses what does not fit', (make, sentence) => {
    expect(make).toThrow(sentence);
  });

  it('refuses queries that do not fit', async () => {
    const index = chunked(late(gaussian(3, 2, 1)), Uint32Array.of(0, 1, 2));
    await expect(index.search(gaussian(1, 3, 1), 1)).rejects.toThrow(
      'chunked.search: queries.cols must be 2, got 3',
    );
    await expect(index.search(gaussian(1, 2, 1), 0)).rejects.toThrow(
      'chunked.search: k must be a whole number >= 1',
    );
    const odd = matrix(1, 2, Float32Array.of(1, NaN));
    await expect(index.search(odd, 1)).rejects.toThrow(
      /chunked.search: queries row 0 must be finite, got NaN/,
    );
  });
});

describe('chunks of a .npy file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nearmiss-chunked-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(['float16', 'float32'] as const)('are the rows of the file, of %s', async (dtype) => {
    const path = join(folder, `${dtype}.npy`);
    const stored = wholeNumbers(55, 3, 5, 1);
    await writeNpy(path, [stored], { rows: 55, cols: 3, dtype });
    const file = await openNpyRows(path);
    const read = matrix(55, 3);
    await eachChunk(file, { chunk: 8 }, (rows, first) => read.data.set(rows.data, 3 * first));
    await file.close();
    expect(read).toEqual(stored);
  });
});
