import { copyFile, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { FIXTURES, trecPrinted } from '../metrics/trec/fixtures.ts';
import { nearmiss } from './command.ts';

let folder: string;
const at = (name: string): string => join(folder, name);

/** A run that ranks the relevant document of each query at a rank, 0 for not at all; the others have no judgment but n. */
function runOf(ranks: Readonly<Record<string, number>>): string {
  const lines = Object.entries(ranks).flatMap(([query, rank]) =>
    Array.from({ length: 4 }, (_, i) => {
      const document = i + 1 === rank ? `r${query}` : i === 3 ? `n${query}` : `u${i}`;
      return `${query} Q0 ${document} ${i + 1} ${10 - i} tag`;
    }),
  );
  return `${lines.join('\n')}\n`;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nearmiss-compare-'));
  const queries = ['1', '2', '3', '4', '5', '6'];
  const judged = queries.flatMap((q) => [`${q} 0 r${q} 1`, `${q} 0 n${q} 0`]);
  await writeFile(at('qrels.txt'), `${judged.join('\n')}\n`);
  await writeFile(at('base.run'), runOf({ 1: 2, 2: 2, 3: 2, 4: 2, 5: 2, 6: 2 }));
  await writeFile(at('best.run'), runOf({ 1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 1 }));
  await writeFile(at('short.run'), runOf({ 1: 1, 2: 1, 3: 2 }));
  await writeFile(at('fields.tsv'), 'query\ttopic\n1\ta\n2\ta\n3\tb\n4\tb\n5\tb\n');
});

const compare = (...words: readonly string[]) => nearmiss('compare', '--qrels', at('qrels.txt'), ...words);
const runs = (...names: readonly string[]) => names.flatMap((name) => ['--run', at(name)]);

interface Figures {
  readonly measures: readonly { readonly measure: string; readonly runs: readonly unknown[] }[];
}

async function json(...words: readonly string[]): Promise<Figures & Readonly<Record<string, unknown>>> {
  const { code, stdout, stderr } = await compare(...words, '--json');
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

describe('nearmiss compare', () => {
  it('has differences, signs and p that follow by hand', async () => {
    const { measures, ...facts } = await json(
      ...runs('base.run', 'best.run', 'short.run'),
      '-m',
      'recip_rank',
    );
    expect(facts).toMatchObject({ queries: 6, without_relevant: 0, units: 6, level: 1, slices: [] });
    const [{ measure, runs: compared }] = measures;
    expect(measure).toBe('recip_rank');
    expect(compared[0]).toEqual({ mean: 0.5, interval: [0.5, 0.5], over_ranked: 0.5 });
    // six queries that each gain a half: 2 of 64 assignments; two tests
    expect(compared[1]).toMatchObject({
      mean: 1,
      against: {
        mean: 0.5,
        interval: [0.5, 0.5],
        better: 6,
        equal: 0,
        worse: 0,
        p: 2 / 64,
        adjusted: 4 / 64,
      },
      significant: false,
    });
    // +½ +½ 0 and three missing ones that count as 0, -½ each: the sum is -½ in size or more for all 32
    expect(compared[2]).toMatchObject({
      mean: 2.5 / 6,
      over_ranked: 2.5 / 3,
      against: { better: 2, equal: 1, worse: 3, p: 1, adjusted: 1 },
    });
    // of four documents two or, where the relevant one is missing, three have no judgment
    expect(facts.runs).toMatchObject([
      { queries: 6, missing: 0, 'unjudged@10': 0.5 },
      { queries: 6, missing: 0, 'unjudged@10': 0.5 },
      { queries: 3, missing: 3, 'unjudged@10': 0.5, tag: 'tag' },
    ]);
  });

  it('resamples and tests clusters whole, and gives figures by the values of a field', async () => {
    const fields = ['--metadata', at('fields.tsv'), '--cluster', 'topic', '--slice', 'topic'];
    const { measures, ...facts } = await json(...runs('base.run', 'best.run'), '-m', 'recip_rank', ...fields);
    // topics a and b, and query 6 by itself
    expect(facts.units).toBe(3);
    expect(measures[0].runs[1]).toMatchObject({ against: { p: 2 / 8, adjusted: 2 / 8 } });
    expect(facts.slices).toMatchObject([
      { field: 'topic', value: 'b', queries: 3 },
      { field: 'topic', value: 'a', queries: 2 },
      { field: 'topic', value: null, queries: 1, measures: [{ runs: [{ mean: 0.5 }, { mean: 1 }] }] },
    ]);
  });

  it("has the means that trec_eval prints with -c, and without it those over the run's own queries", async () => {
    const [qrels, run] = ['qrels', 'run'].map((name) => `${FIXTURES}/missing_queries/${name}.txt`);
    // the same run again, by another name
    await copyFile(run, at('again.run'));
    const words = ['--qrels', qrels, '--run', run, '--run', at('again.run'), '-m', 'official', '--json'];
    const { stdout } = await nearmiss('compare', ...words);
    const { measures }: Figures = JSON.parse(stdout);
    const all = (output: string, measure: string) =>
      Number(
        trecPrinted('missing_queries', output).match(new RegExp(`^${measure} *\\tall\\t(\\S+)$`, 'm'))?.[1],
      );
    expect(measures.map(({ measure }) => measure)).toContain('P_100');
    for (const { measure, runs: compared } of measures) {
      expect(compared[1]).toMatchObject({
        mean: expect.closeTo(all('all_c', measure), 3),
        over_ranked: expect.closeTo(all('all', measure), 3),
        against: { mean: 0, interval: [0, 0], p: 1 },
      });
    }
  });

  it('says in words what is not significant, what is missing and what was done', async () => {
    const { stdout } = await compare(...runs('base.run', 'best.run', 'short.run'));
    expect(stdout).toMatch(
      /^ndcg_cut_10 +mean \[95 %\] +less baseline \[95 %\] +better\/equal\/worse +p +Holm +unjudged@10/m,
    );
    expect(stdout).toMatch(
      /best\.run +1\.0000 .* 6\/0\/0 +0\.0313 +0\.0625 +0\.5000 +not significant at 0\.05$/m,
    );
    expect(stdout).toMatch(
      /^\S+short\.run has no ranking for 3 of 6 judged queries, which count as 0 above; over the 3 it has: .*recip_rank 0\.8333/m,
    );
    expect(stdout).toContain('p adjusted for 2 comparisons');
  });

  it.each([
    [['--run', 'x'], /^compare: --run must be given for two runs or more, got 1\n$/],
    [['--run', 'x', '--run', 'x'], /^compare: each --run must be another file, got x twice\n$/],
    [
      ['--run', 'x', '--run', 'y', '-m', 'num_q'],
      /^-m num_q: must be a measure whose mean .*, got queries\n$/,
    ],
    [['--run', 'x', '--run', 'y', '--slice', 'class'], /^nearmiss: .*slice -> metadata\n$/],
    [['--run', 'x', '--run', 'y', '--qrels', 'z'], /^compare: --qrels must be given once, got 2 times\n$/],
    [
      ['--run', 'x', '--run', 'y', '-l', '.5'],
      /^compare: --level \(-l\) must be a whole number >= 0, got 0.5\n$/,
    ],
  ])('refuses %j in one sentence', async (words, sentence) => {
    const { code, stdout, stderr } = await compare(...words);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(sentence);
  });

  it('refuses a field that no query has, and a table that is none', async () => {
    const given = runs('base.run', 'best.run');
    const { stderr } = await compare(...given, '--metadata', at('fields.tsv'), '--slice', 'lang');
    expect(stderr).toBe('compare: a field must be one of topic, got lang\n');
    await writeFile(at('twice.tsv'), 'query\ttopic\n1\ta\n1\tb\n');
    const twice = await compare(...given, '--metadata', at('twice.tsv'), '--slice', 'topic');
    expect(twice.stderr).toBe(`${at('twice.tsv')} line 3: each query must come once, got '1' again\n`);
  });
});
