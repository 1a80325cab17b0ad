import { describe, expect, it } from 'vitest';
import { FIXTURES, trecPrinted } from '../metrics/trec/fixtures.ts';
import { nearmiss } from './command.ts';

const evaluate = (words: readonly string[]) => nearmiss('evaluate', ...words);

function files(name: string): string[] {
  return ['--qrels', `${FIXTURES}/${name}/qrels.txt`, '--run', `${FIXTURES}/${name}/run.txt`];
}

describe('nearmiss evaluate --qrels --run', () => {
  it("takes trec_eval's letters and prints its lines", async () => {
    const { code, stdout, stderr } = await evaluate([
      ...files('unjudged'),
      '-q',
      '-m',
      'all_trec',
      '-l',
      '2',
    ]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(trecPrinted('unjudged', 'all_l2'));
  });

  it('takes -m again and again, and digits', async () => {
    const words = ['-m', 'ndcg_cut.5', '-m', 'num_q', '-m', 'map', '-c', '-J', '-M10', '--digits', '2'];
    const { stdout } = await evaluate([...files('bytes_and_grades'), ...words]);
    expect(stdout).toMatch(/^num_q {17}\tall\t\d+\nmap {19}\tall\t0\.\d\d\nndcg_cut_5 {12}\tall\t0\.\d\d\n$/);
  });

  it('says over how many queries means go where some are missing in the run', async () => {
    const { code, stderr } = await evaluate([...files('missing_queries'), '-m', 'map']);
    expect([code, stderr]).toEqual([
      0,
      'evaluate: 4 of 18 judged queries are not in the run: means go over 14 (with -c over 18, where these count as 0)\n',
    ]);
  });

  it("computes another system's definitions", async () => {
    const words = [...files('unjudged'), '-m', 'recip_rank', '--compat'];
    expect((await evaluate([...words, 'sentence-transformers'])).stdout).toMatch(/^recip_rank_10 {9}\tall\t/);
    expect((await evaluate([...words, 'pandas'])).stderr).toMatch(
      /^evaluate: --compat must be one of trec_eval10, ranx, .*, got pandas\n$/,
    );
  });

  it('refuses a document twice in one line that names the file and the line', async () => {
    const { code, stdout, stderr } = await evaluate(files('twice'));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe(
      `${FIXTURES}/twice/run.txt line 3: query 1 must have each document once, got a again\n`,
    );
  });

  it.each([
    [['--qrels', 'x'], /^nearmiss: .*qrels -> run\n$/],
    [['-m', 'map'], /^nearmiss: .*measure -> qrels\n$/],
    [[...files('ties'), '--split', 'test'], /^nearmiss: .*qrels and split are mutually exclusive\n$/],
    [[...files('ties'), '--json'], /^nearmiss: .*qrels and json are mutually exclusive\n$/],
    [[...files('ties'), '-l', '1.5'], /^evaluate: --level \(-l\) must be a whole number >= 0, got 1.5\n$/],
    [[...files('ties'), '-M', '0'], /^evaluate: --most \(-M\) must be a whole number >= 1, got 0\n$/],
    [[...files('ties'), '-l', '1', '-l', '2'], /^evaluate: -?-l(evel)? must be given once, got 2 times\n$/],
    [[...files('ties'), '--digits', '-1'], /^evaluate: --digits must be a whole number >= 0, got -1\n$/],
    [[...files('ties'), '-m', 'NDCG'], /^-m: must be one of .*, got NDCG\n$/],
  ])('refuses %j in one sentence', async (words, sentence) => {
    const { code, stdout, stderr } = await evaluate(words);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(sentence);
  });
});
