import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cosine } from '../../src/distances/cosine.ts';
import { dot } from '../../src/distances/dot.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import { exact } from '../../src/neighbors/exact.ts';
import { hnsw } from '../../src/neighbors/hnsw.ts';
import { loadIndex } from '../../src/neighbors/load-index.ts';
import type { NeighborIndex } from '../../src/neighbors/neighbor-index.ts';
import { gaussian } from '../matrices.ts';

let folder = '';
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'nearmiss-index-'))));
afterAll(() => rm(folder, { recursive: true }));

const names = (from: number, count: number) => Uint32Array.from({ length: count }, (_, i) => from + i);
const classed = (ids: Uint32Array) => Int32Array.from(ids, (id) => id % 5);

/** Rows in a graph, staged ones, replaced ones and removed ones. */
async function lived(index: NeighborIndex): Promise<NeighborIndex> {
  await index.add(gaussian(1500, 8, 1), names(0, 1500), classed(names(0, 1500)));
  await index.add(gaussian(90, 8, 2), names(1450, 90), classed(names(1450, 90)));
  await index.remove(names(100, 20));
  return index;
}

const queries = gaussian(40, 8, 3);
const makers = [
  ...[cosine, dot, euclidean].map(
    (distance) =>
      [
        `hnsw by ${distance.name}`,
        () => hnsw({ dim: 8, distance, M: 8, ef: 40, seed: 4, rebuild: { least: 1000 } }),
      ] as const,
  ),
  ['hnsw, not yet linked', () => hnsw({ dim: 8 })],
  ['exact', () => exact({ dim: 8, distance: dot })],
] as const;

describe('a saved index', () => {
  it.each(makers)(
    'answers as before once it is loaded, now and after the same changes: %s',
    async (name, make) => {
      const [path, index] = [join(folder, name), await lived(make())];
      await index.save(path);
      const options = name.includes('not yet') ? {} : { rebuild: { least: 1000 } };
      const loaded = await loadIndex(path, options);
      expect([loaded.size, loaded.dim, loaded.distance]).toEqual([index.size, 8, index.distance]);
      const exclude = { queryClass: Int32Array.from({ length: 40 }, (_, q) => q % 5) };
      const same = async () => {
        expect(await loaded.search(queries, 9, { exclude })).toEqual(
          await index.search(queries, 9, { exclude }),
        );
      };
      await same();
      for (let turn = 0; turn < 6; turn++) {
        for (const each of [index, loaded]) {
          await each.add(
            gaussian(300, 8, 10 + turn),
            names(500 * turn, 300),
            classed(names(500 * turn, 300)),
          );
        }
        await same();
      }
    },
  );

  it('is the same file each time', async () => {
    const paths = [join(folder, 'once'), join(folder, 'again')];
    for (const path of paths) await (await lived(hnsw({ dim: 8 }))).save(path);
    expect((await readFile(paths[0])).equals(await readFile(paths[1]))).toBe(true);
  });

  it('may hold nothing', async () => {
    const path = join(folder, 'empty');
    await hnsw({ dim: 3 }).save(path);
    const loaded = await loadIndex(path);
    expect([loaded.size, loaded.dim]).toEqual([0, 3]);
    await loaded.add(gaussian(2, 3, 1), names(0, 2));
    expect([...(await loaded.search(gaussian(1, 3, 1), 1)).ids]).toEqual([0]);
  });
});

describe('a file that is no saved index', () => {
  const altered = async (name: string, change: (bytes: Buffer) => Buffer) => {
    const path = join(folder, name);
    await (await lived(hnsw({ dim: 8 }))).save(path);
    await writeFile(path, change(await readFile(path)));
    return path;
  };
  const cases: readonly [what: string, change: (bytes: Buffer) => Buffer, sentence: string][] = [
    [
      'missing its end',
      (bytes) => bytes.subarray(0, bytes.length - 1),
      'must be as it was written, got a file that was altered or cut off',
    ],
    [
      'cut off in its header',
      (bytes) => bytes.subarray(0, 60),
      'must be as it was written, got a file that was altered or cut off',
    ],
    ['empty', () => Buffer.alloc(0), 'must be a file of kind nearmiss, got another, or one that was cut off'],
    [
      'of another kind',
      () => Buffer.alloc(5000, 7),
      'must be a file of kind nearmiss, got another, or one that was cut off',
    ],
    ['of an older version', (bytes) => (bytes.writeUInt32LE(0, 8), bytes), 'must be of version 2, got 0'],
    [
      'altered in a link',
      (bytes) => (bytes.writeUInt8(bytes[bytes.length - 40] ^ 1, bytes.length - 40), bytes),
      'must be as it was written, got another checksum: the file was altered',
    ],
    [
      'altered in its header',
      (bytes) => (bytes.write(bytes.toString('latin1').replace('"ef":100', '"ef":101'), 'latin1'), bytes),
      'must be as it was written, got another checksum: the file was altered',
    ],
  ];
  it.each(cases)('is refused in a sentence: %s', async (what, change, sentence) => {
    const path = await altered(`refused ${what}`, change);
    await expect(loadIndex(path)).rejects.toThrow(new RangeError(`${path}: ${sentence}`));
  });

  it('or is not there', async () => {
    await expect(loadIndex(join(folder, 'nowhere'))).rejects.toThrow(
      /nowhere: must be a file that can be read, got ENOENT/,
    );
  });

  it('is not left behind where it cannot be written', async () => {
    const index = await lived(hnsw({ dim: 8 }));
    await expect(index.save(join(folder, 'no', 'folder'))).rejects.toThrow(
      /must be where a file can be written/,
    );
  });
});
