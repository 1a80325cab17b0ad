import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromRows } from '../../src/core/matrix.ts';
import { writeNpy } from '../../src/formats/npy.ts';
import { said } from './command.ts';
import { type Tiny, tinyFolder } from './tiny-folder.ts';

const cli = fileURLToPath(new URL('../../dist/pipelines/cli.js', import.meta.url));
const run = promisify(execFile);

interface Outcome {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** At 0°, 60° and 90°, and one without a vector. */
const compass: Tiny = {
  corpus: [
    { id: 'east', vector: [2, 0] },
    { id: 'steep', vector: [1, Math.sqrt(3)] },
    { id: 'north', vector: [0, 3] },
    { id: 'nowhere', vector: [0, 0] },
  ],
  queries: [
    { id: 'a', vector: [1, 0] },
    { id: 'unasked', vector: [1, 1] },
    { id: 'b', vector: [0, 1] },
  ],
  qrels: {
    test: [
      ['b', 'north', 1],
      ['a', 'east', 0],
    ],
  },
};

describe('nearmiss search', { timeout: 60_000 }, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await tinyFolder(compass);
  });
  const search = async (...words: readonly string[]) =>
    (await run(process.execPath, [cli, 'search', '--data', folder, ...words])).stdout;

  it('ranks the corpus for the queries of a split, in its order, with ties by the greater name', async () => {
    const expected = [
      'b Q0 north 1 1 nearmiss',
      'b Q0 steep 2 0.8660254 nearmiss',
      'b Q0 nowhere 3 0 nearmiss',
      'b Q0 east 4 0 nearmiss',
      'a Q0 east 1 1 nearmiss',
      'a Q0 steep 2 0.5 nearmiss',
      'a Q0 nowhere 3 0 nearmiss',
      'a Q0 north 4 0 nearmiss',
    ];
    expect((await search()).trimEnd().split('\n')).toEqual(expected);
    expect((await search('--index', 'hnsw')).trimEnd().split('\n')).toEqual(expected);
  });

  it('ranks it for the rows of a file, by other distances and to a depth, into a file', async () => {
    const asks = join(folder, 'asks.npy');
    await writeNpy(
      asks,
      [
        fromRows([
          [0, 1],
          [3, 0],
        ]),
      ],
      { rows: 2, cols: 2 },
    );
    const out = join(folder, 'run.txt');
    const words = [
      '--queries',
      asks,
      '--distance',
      'euclidean',
      '--depth',
      '2',
      '--tag',
      'far',
      '--out',
      out,
    ];
    const facts: unknown = JSON.parse(await search(...words, '--json'));
    expect(facts).toMatchObject({ queries: 2, lines: 4, depth: 2, out });
    // |(0, 1) - (0, 0)| = 1, |(0, 1) - (1, √3)| = 1.23931; |(3, 0) - (2, 0)| = 1, |(3, 0) - (1, √3)| = √7
    const lines = (await readFile(out, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' '));
    expect(
      lines.map(([query, , document, rank, score, tag]) => [query, document, rank, Number(score), tag]),
    ).toEqual([
      ['0', 'nowhere', '1', -1, 'far'],
      ['0', 'steep', '2', expect.closeTo(-1.239314, 5), 'far'],
      ['1', 'east', '1', -1, 'far'],
      ['1', 'steep', '2', expect.closeTo(-Math.sqrt(7), 5), 'far'],
    ]);
  });

  it.each([
    [['--depth', '5'], 'search: --depth must be at most 4, the documents in '],
    [['--depth', '0'], 'search: --depth must be a whole number >= 1, got 0'],
    [['--tag', 'two words'], "search: --tag must be a word, got 'two words'"],
    [['--split', 'none'], 'must be a file (or the same with .gz), got none'],
    [['--out', '/no/such/folder/run'], 'search: --out must be in a folder that exists, got '],
    [['--queries', '/no/such.npy'], '/no/such.npy: must be a file that can be read'],
  ])('refuses %j in one sentence, with exit 2 and nothing written', async (words, sentence) => {
    const before = await readdir(folder);
    const { code, stdout, stderr } = await new Promise<Outcome>((resolve) => {
      execFile(process.execPath, [cli, 'search', '--data', folder, ...words], (error, stdout, stderr) =>
        resolve({ code: error?.code, stdout, stderr }),
      );
    });
    expect(stderr).toContain(sentence);
    expect(said(stderr)).not.toContain('\n');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(await readdir(folder)).toEqual(before);
  });
});
