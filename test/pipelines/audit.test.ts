import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { said } from './command.ts';
import { tinyFolder } from './tiny-folder.ts';

const cli = fileURLToPath(new URL('../../dist/pipelines/cli.js', import.meta.url));

interface Outcome {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

function nearmiss(...words: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...words], (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

async function json(...words: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await nearmiss(...words, '--json');
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

/** A pair whose positive scores 0.5, and its candidates: what each scores, what became of it, and its cosine to the positive. */
const pair = (
  query: string,
  candidates: readonly (readonly [id: string, score: number, verdict: string, near?: number])[],
) =>
  JSON.stringify({
    query,
    positive: `p-${query}`,
    positive_score: 0.5,
    passed_over: 0,
    candidates: candidates.map(([id, score, verdict, near]) => ({
      id,
      rank: 1,
      score,
      verdict,
      to_positive: near,
    })),
  });

const by = (rows: readonly string[]) => `${rows.join('\n')}\n`;

describe('nearmiss audit', { timeout: 60_000 }, () => {
  let folder: string;
  let small: string;
  let large: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nearmiss-'));
    small = join(folder, 'small.jsonl');
    await writeFile(
      small,
      by([
        pair('a', [
          ['p-a', 0.5, 'positive'],
          ['twin', 0.9, 'same-class'],
          ['near', 0.75, 'relative-margin'],
          ['n1', 0.45, 'kept', 0.97],
          ['n2', 0.25, 'kept', 0.5],
          ['n3', 0.2, 'not-drawn'],
        ]),
        pair('b', [['n4', 0.125, 'kept', 0.95]]),
      ]),
    );
    // 200 pairs of a kept negative each, margins 0.001 … 0.2
    large = join(folder, 'large.jsonl');
    await writeFile(
      large,
      by(
        Array.from({ length: 200 }, (_, i) => pair(`q${i}`, [[`d${i}`, 0.5 - (i + 1) / 1000, 'kept', 0.1]])),
      ),
    );
  });

  it('counts what is above its positive, what nearly is it, and margins', async () => {
    expect(await json('audit', small, '--bins', '2')).toEqual({
      pairs: 2,
      kept: 3,
      // near, n1, n2, n3 and n4
      candidates: 5,
      above: 1,
      outranked: 1,
      nearDuplicates: 2,
      // 0.05, 0.25 and 0.375
      margins: [
        { from: expect.closeTo(0.05, 9), to: expect.closeTo(0.2125, 9), count: 1 },
        { from: expect.closeTo(0.2125, 9), to: expect.closeTo(0.375, 9), count: 2 },
      ],
      threshold: 0.95,
    });
    expect(await json('audit', small, '--near-duplicate', '0.96')).toMatchObject({ nearDuplicates: 1 });
    const { stdout } = await nearmiss('audit', small);
    expect(stdout).toContain(
      'candidates above their positive: 1 of 5 listed (20.00 %), for 1 of the pairs (50.00 %)',
    );
    expect(stdout).toContain('cosine 0.95 or more: 2 (66.67 %)');
  });

  const rowsOf = async (path: string) =>
    (await readFile(path, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line): Record<string, unknown> => JSON.parse(line));
  const drawn = async (name: string, ...words: readonly string[]) => {
    const out = join(folder, name);
    await json('audit', large, '--sample', '40', '--out', out, ...words);
    return rowsOf(out);
  };

  it('draws a sample of as many rows from each stratum, the same for a seed', async () => {
    const [header, ...rows] = await drawn('s.jsonl');
    expect(header).toMatchObject({ nearmiss_audit: { size: 40, seed: 0 } });
    const strata = rows.map(({ stratum }) => Number(stratum));
    expect([0, 1, 2, 3, 4].map((h) => strata.filter((each) => each === h).length)).toEqual([8, 8, 8, 8, 8]);
    // strata are cut by margin: of 200, about 40 each
    rows.forEach(({ query, stratum }) => {
      const place = Number(String(query).slice(1));
      expect(Math.abs(place / 40 - 0.5 - Number(stratum))).toBeLessThan(0.6);
    });
    expect(new Set(rows.map(({ query }) => query)).size).toBe(40);
    expect(rows[0]).toMatchObject({ false_negative: null, positive_score: 0.5 });
    expect(await drawn('again.jsonl')).toEqual([header, ...rows]);
    expect((await drawn('other.jsonl', '--seed', '1')).slice(1)).not.toEqual(rows);
    const [, ...simple] = await drawn('simple.jsonl', '--strata', '1');
    expect(new Set(simple.map(({ stratum }) => stratum))).toEqual(new Set([0]));
  });

  it('puts texts beside the names', async () => {
    const data = await tinyFolder({
      corpus: ['p-a', 'p-b', 'n1', 'n2', 'n4'].map((id) => ({ id, vector: [1] })),
      queries: ['a', 'b'].map((id) => ({ id, vector: [1] })),
      qrels: {},
    });
    const out = join(folder, 'texts.jsonl');
    await json('audit', small, '--sample', '3', '--strata', '1', '--out', out, '--data', data);
    const [, ...rows] = await rowsOf(out);
    expect(rows.find(({ candidate }) => candidate === 'n4')).toMatchObject({
      query_text: 'text b',
      positive_text: 'text p-b',
      candidate_text: 'text n4',
    });
  });

  it('gives the rate of judged rows, weighted by stratum, and leaves out those that were not drawn', async () => {
    const [header, ...rows] = await drawn('judge.jsonl');
    // all of the nearest stratum are false negatives, one of the next, none of the others; two are not judged
    const judged = rows.map((row, i): Record<string, unknown> => ({
      ...row,
      false_negative:
        i < 2
          ? null
          : row.stratum === 0 || (row.stratum === 1 && row === rows.findLast(({ stratum }) => stratum === 1)),
    }));
    const picked = [3, 5, 7].map((i) => ({
      query: `q${i}`,
      positive: `p-q${i}`,
      candidate: `d${i + 500}`,
      false_negative: true,
    }));
    const path = join(folder, 'judged.jsonl');
    await writeFile(path, by([header, ...picked, ...judged.toReversed()].map((row) => JSON.stringify(row))));
    const result = await json('audit', large, '--judged', path);
    const { populations } = Object(header.nearmiss_audit);
    const counts = [0, 1, 2, 3, 4].map((h) =>
      judged.filter(({ stratum, false_negative: f }) => stratum === h && f !== null),
    );
    const shares = counts.map(
      (some) => some.filter(({ false_negative: f }) => f === true).length / some.length,
    );
    const rate = shares.reduce((sum, share, h) => sum + (populations[h] / 200) * share, 0);
    expect(rate).toBeGreaterThan(0.2);
    expect(result).toMatchObject({ rate: expect.closeTo(rate, 12), judged: 38, unjudged: 2, outside: 3 });
    expect(Object(result).interval[0]).toBeLessThan(rate);
    expect(Object(result).interval[1]).toBeGreaterThan(rate);
    const { stdout } = await nearmiss('audit', large, '--judged', path);
    expect(stdout).toContain('2 of it are not judged; 3 judged rows are not of it and left out');
  });

  it('refuses judgments that tell nothing of the rate', async () => {
    const [header, ...rows] = await drawn('none.jsonl');
    const refused = async (lines: readonly object[], explained = large): Promise<string> => {
      const path = join(folder, 'refused.jsonl');
      await writeFile(path, by(lines.map((row) => JSON.stringify(row))));
      const { code, stdout, stderr } = await nearmiss('audit', explained, '--judged', path);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(said(stderr)).not.toContain('\n');
      return said(stderr);
    };
    const judged = rows.map((row): Record<string, unknown> => ({ ...row, false_negative: false }));
    expect(await refused([header, ...rows])).toMatch(
      /stratum 0 must have a judged row of the sample, got none/,
    );
    expect(await refused([header, ...judged.filter(({ stratum }) => stratum !== 3)])).toMatch(
      /stratum 3 must have/,
    );
    expect(await refused(judged)).toMatch(/must have the line that says how the sample was drawn/);
    expect(await refused([header, ...judged, judged[0]])).toMatch(/line 42: a row must be judged once/);
    expect(await refused([header, { ...judged[0], false_negative: 'maybe' }])).toMatch(
      /line 2: false_negative must be true, false or null, got "maybe"/,
    );
    expect(await refused([header, ...judged], small)).toMatch(
      /must be of a sample of .*small\.jsonl, got one of strata of/,
    );
  });

  it.each([
    [['--sample', '40'], 'audit: --sample and --out must come together, got one of them'],
    [
      ['--sample', '3', '--out', 'x'],
      'audit: --sample must be a whole number of at least 5, one a stratum, got 3',
    ],
    [['--near-duplicate', '2'], 'audit: --near-duplicate must be a number in [-1, 1], got 2'],
    [['--bins', '0'], 'audit: --bins must be a whole number >= 1, got 0'],
    [
      ['--judged', 'x', '--sample', '5', '--out', 'y'],
      'audit: --judged must come without --sample, got both',
    ],
  ])('refuses %j', async (words, sentence) => {
    const before = await readdir(folder);
    expect(await nearmiss('audit', small, ...words)).toEqual({
      code: 2,
      stdout: '',
      stderr: `${sentence}\n`,
    });
    expect(await readdir(folder)).toEqual(before);
  });

  it('refuses a file that mine did not write', async () => {
    const other = join(folder, 'other.txt');
    await writeFile(
      other,
      '{"query": "a", "positive": "b", "positive_score": 1, "candidates": [{"id": 3}]}\n',
    );
    expect((await nearmiss('audit', other)).stderr).toBe(`${other} line 1: id must be a string, got 3\n`);
    await writeFile(other, 'a,b,c\n');
    expect((await nearmiss('audit', other)).stderr).toMatch(/other\.txt line 1: must be a JSON object/);
    expect((await nearmiss('audit', join(folder, 'nothing'))).stderr).toMatch(
      /nothing: must be a file that can be read/,
    );
  });
});
