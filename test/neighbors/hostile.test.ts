import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Random, random } from '../../src/core/random.ts';
import { dot } from '../../src/distances/dot.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import { exact } from '../../src/neighbors/exact.ts';
import { exportHnswlib, importHnswlib } from '../../src/neighbors/hnswlib-file.ts';
import { hnsw } from '../../src/neighbors/hnsw.ts';
import { loadIndex } from '../../src/neighbors/load-index.ts';
import type { NeighborIndex } from '../../src/neighbors/neighbor-index.ts';
import { gaussian } from '../matrices.ts';

// Calls as no compiler has looked at them and files that were altered: a process that dies takes this whole file with it. NEARMISS_HOSTILE
// says how many of each; the seed is always the same.
const COUNT = Number(process.env.NEARMISS_HOSTILE ?? 400);
const DIM = 5;

let folder = '';
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'nearmiss-hostile-'))));
afterAll(() => rm(folder, { recursive: true }));

const names = (from: number, count: number) => Uint32Array.from({ length: count }, (_, i) => from + i);

/** Anything but what is asked for, or nearly it. */
function junk(draw: Random): unknown {
  const numbers = [NaN, Infinity, -1, 0, 1.5, 2 ** 31, 2 ** 32 + 7, 2 ** 53, 1e300, 3];
  const values: readonly (() => unknown)[] = [
    () => undefined,
    () => null,
    () => numbers[draw.below(numbers.length)],
    () => 'abc',
    () => true,
    () => [],
    () => [1, undefined, 'x'],
    () => ({}),
    () => [[1, 2], [3]],
    () => new Float64Array(DIM),
    () => new Uint8Array(draw.below(9)),
    () => Int32Array.of(-1, 5),
    () => new Float32Array(3),
    () => () => true,
    () => 10n,
    () => new Date(0),
  ];
  return values[draw.below(values.length)]();
}

function rowsOf(draw: Random, count: number): unknown {
  const good = gaussian(count, DIM, draw.below(1000));
  switch (draw.below(8)) {
    case 0:
      return { ...good, rows: count + 1 };
    case 1:
      return { ...good, cols: DIM + 1 };
    case 2:
      return { ...good, data: Array.from(good.data) };
    case 3:
      good.data[draw.below(good.data.length || 1)] = [NaN, Infinity, -Infinity, 3e38][draw.below(4)];
      return good;
    case 4:
      return junk(draw);
    default:
      return good;
  }
}

const often = (draw: Random, good: () => unknown): unknown => (draw.below(4) === 0 ? junk(draw) : good());

function exclusion(draw: Random, queries: number): unknown {
  const offsets = () =>
    Uint32Array.from({ length: queries + 1 }, (_, q) => (draw.below(6) === 0 ? draw.below(1e9) : 2 * q));
  return {
    ...(draw.below(3) === 0 && { queryClass: often(draw, () => new Int32Array(queries)) }),
    ...(draw.below(3) === 0 && { allowed: often(draw, () => new Uint8Array(draw.below(40)).fill(0x5a)) }),
    ...(draw.below(3) === 0 && {
      perQuery: often(draw, () => ({
        offsets: often(draw, offsets),
        ids: often(draw, () => names(0, 2 * queries)),
      })),
    }),
  };
}

/** A call of some method with some arguments. */
function call(index: NeighborIndex, draw: Random): unknown {
  const count = draw.below(12);
  const ids = (): unknown => often(draw, () => names(draw.below(300), count));
  const methods: readonly (readonly [name: string, ...given: readonly unknown[]])[] = [
    [
      'add',
      rowsOf(draw, count),
      ids(),
      draw.below(2) === 0 ? new Int32Array(count) : often(draw, () => undefined),
    ],
    ['remove', ids()],
    ['read', ids()],
    [
      'search',
      rowsOf(draw, count),
      often(draw, () => 1 + draw.below(400)),
      often(draw, () => ({
        exclude: often(draw, () => exclusion(draw, count)),
        ef: often(draw, () => 1 + draw.below(50)),
        exact: draw.below(2) === 0,
      })),
    ],
    ['refresh'],
  ];
  const [name, ...given] = methods[draw.below(methods.length)];
  const method: unknown = Reflect.get(index, name);
  return typeof method === 'function' ? Reflect.apply(method, index, given) : undefined;
}

/** `where: what must be, got actual`, or nothing is wrong. */
async function expectSentence(attempt: () => unknown): Promise<boolean> {
  try {
    await attempt();
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
    expect(String(error)).toMatch(/^RangeError: \S.*: \S.+, got .*$/s);
    return true;
  }
}

describe.each([
  ['hnsw', () => hnsw({ dim: DIM, distance: euclidean, M: 3, rebuild: { least: 20, after: 1 } })],
  ['hnsw by dot', () => hnsw({ dim: DIM, distance: dot, M: 2, rebuild: { least: 5 } })],
  ['exact', () => exact({ dim: DIM })],
])('hostile calls of %s', (_, make) => {
  it(
    'are refused in a sentence or answered, and the index is sound after',
    { timeout: 600_000 },
    async () => {
      const index = make();
      let refused = 0;
      for (let i = 0; i < COUNT; i++) {
        if (await expectSentence(() => call(index, random(1, i)))) refused++;
      }
      expect(refused).toBeGreaterThan(COUNT / 5);
      expect(refused).toBeLessThan(0.95 * COUNT);
      const stored = index.ids();
      expect(stored.length).toBe(index.size);
      const { rows } = index.read(stored);
      const nearest = await index.search(rows, Math.max(1, index.size), { exact: true });
      expect(nearest.found.every((count) => count === index.size)).toBe(true);
    },
  );
});

describe('altered files', () => {
  const filled = async () => {
    const index = hnsw({ dim: DIM, distance: euclidean, M: 4, rebuild: { least: 10 } });
    await index.add(gaussian(300, DIM, 1), names(0, 300), new Int32Array(300));
    await index.remove(names(40, 5));
    await index.add(gaussian(20, DIM, 2), names(290, 20), new Int32Array(20));
    return index;
  };
  /** Some bits or words of it changed, or cut off, or something added. */
  const altered = (bytes: Buffer, draw: Random): Buffer => {
    const copy = Buffer.from(bytes);
    if (draw.below(6) === 0) return copy.subarray(0, draw.below(copy.length));
    if (draw.below(12) === 0) return Buffer.concat([copy, Buffer.alloc(1 + draw.below(9), 1)]);
    for (let times = 1 + draw.below(4); times > 0; times--) {
      if (draw.below(2) === 0) copy[draw.below(copy.length)] ^= 1 << draw.below(8);
      else
        copy.writeUInt32LE(
          [0, 1, 299, 300, 0xffff, 0xffffffff][draw.below(6)],
          4 * draw.below(copy.length >> 2),
        );
    }
    return copy;
  };
  const works = async (index: NeighborIndex) => {
    await index.search(gaussian(10, DIM, 3), 7, { ef: 30 });
    await index.add(
      gaussian(30, DIM, 4),
      names(1000, 30),
      index.read(index.ids()).classes && new Int32Array(30),
    );
    await index.refresh();
    await index.search(gaussian(10, DIM, 5), 7);
  };

  it('of ours are refused in a sentence', { timeout: 600_000 }, async () => {
    const path = join(folder, 'ours');
    await (await filled()).save(path);
    const bytes = await readFile(path);
    for (let i = 0; i < COUNT; i++) {
      const other = altered(bytes, random(2, i));
      if (other.equals(bytes)) continue;
      await writeFile(path, other);
      expect(await expectSentence(() => loadIndex(path))).toBe(true);
    }
  });

  it(
    'of ours whose checksum was made to fit are refused in a sentence, or work',
    { timeout: 600_000 },
    async () => {
      const path = join(folder, 'forged');
      await (await filled()).save(path);
      const bytes = await readFile(path);
      let worked = 0;
      for (let i = 0; i < COUNT; i++) {
        const other = altered(bytes, random(3, i));
        if (other.length > 20)
          other.writeUInt32LE(crc32(other.subarray(20), crc32(other.subarray(0, 16))), 16);
        await writeFile(path, other);
        const refused = await expectSentence(async () => works(await loadIndex(path)));
        if (!refused) worked++;
      }
      expect(worked).toBeGreaterThan(0);
    },
  );

  it('of hnswlib’s are refused in a sentence, or work', { timeout: 600_000 }, async () => {
    const path = join(folder, 'theirs');
    await exportHnswlib(await filled(), path);
    const bytes = await readFile(path);
    let worked = 0;
    for (let i = 0; i < COUNT; i++) {
      await writeFile(path, altered(bytes, random(4, i)));
      const refused = await expectSentence(async () =>
        works(await importHnswlib(path, { dim: DIM, space: 'l2', rows: 305 })),
      );
      if (!refused) worked++;
    }
    expect(worked).toBeGreaterThan(0);
  });
});
