import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nearmiss } from './command.ts';

let folder = '';
const file = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nearmiss-fuse-'));
  // the ranks are by score and name: b before a in q1, whatever the rank says
  await writeFile(file('one.txt'), 'q1 Q0 a 1 1 x\nq1 Q0 b 2 1 x\nq1 Q0 c 3 0.5 x\n');
  await writeFile(file('two.json.gz'), gzipSync('{"q2":{"d":1},"q1":{"c":9,"b":3}}'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The fields of each line, the score apart: it has the digits that keep float32s apart. */
function linesOf(text: string): { readonly fields: string; readonly score: number }[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([query, q0, document, rank, score, tag]) => ({
      fields: [query, q0, document, rank, tag].join(' '),
      score: Number(score),
    }));
}

describe('nearmiss fuse', () => {
  it('ranks each run as trec_eval does and sums the reciprocal ranks', async () => {
    const { code, stdout, stderr } = await nearmiss(
      'fuse',
      '--run',
      file('one.txt'),
      '--run',
      file('two.json.gz'),
    );
    expect([code, stderr]).toEqual([0, '']);
    const lines = linesOf(stdout);
    expect(lines.map(({ fields }) => fields)).toEqual([
      'q1 Q0 b 1 rrf',
      'q1 Q0 c 2 rrf',
      'q1 Q0 a 3 rrf',
      'q2 Q0 d 1 rrf',
    ]);
    const expected = [1 / 61 + 1 / 62, 1 / 63 + 1 / 61, 1 / 62, 1 / 61];
    lines.forEach(({ score }, i) => expect(score).toBeCloseTo(expected[i], 8));
  });

  it('writes a file, packed by its name, of so many documents a query', async () => {
    const words = ['--run', file('one.txt'), '--run', file('two.json.gz'), '--depth', '1', '--tag', 'both'];
    const { code, stdout } = await nearmiss('fuse', ...words, '--out', file('out.txt.gz'));
    expect([code, stdout]).toEqual([0, '']);
    const text = gunzipSync(await readFile(file('out.txt.gz'))).toString();
    expect(linesOf(text).map(({ fields }) => fields)).toEqual(['q1 Q0 b 1 both', 'q2 Q0 d 1 both']);
  });

  it.each([
    [['--run', 'x'], /^fuse: --run must be given twice or more, got once\n$/],
    [['--run', 'x', '--run', 'y', '--k', '-1'], /^fuse: --k must be a finite number >= 0, got -1\n$/],
    [['--run', 'x', '--run', 'y', '--depth', '0'], /^fuse: --depth must be a whole number >= 1, got 0\n$/],
    [
      ['--run', 'x', '--run', 'y', '--tag', 'a', '--tag', 'b'],
      /^fuse: --tag must be given once, got 2 times\n$/,
    ],
    [['--run', '/nowhere', '--run', 'y'], /^\/nowhere: must be a file that can be read, got ENOENT.*\n$/],
    [[], /^nearmiss: Missing required argument: run\n$/],
  ])('refuses %j in one sentence', async (words, sentence) => {
    const { code, stdout, stderr } = await nearmiss('fuse', ...words);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(sentence);
  });
});
