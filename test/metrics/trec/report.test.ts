import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFINITIONS } from '../../../src/metrics/trec/definitions.ts';
import { FIXTURES, fixturePrinted, printedOf, trecPrinted } from './fixtures.ts';

const CASES = [
  'ties',
  'unjudged',
  'no_relevant',
  'missing_queries',
  'scientific',
  'whitespace',
  'recall_points',
  'bytes_and_grades',
];

describe('report', () => {
  it.each(CASES)(
    'prints every line that trec_eval prints for -q -m all_trec, and with -c: %s',
    async (name) => {
      expect(await fixturePrinted(name, ['all_trec'], { each: true })).toBe(trecPrinted(name, 'all'));
      const complete = await fixturePrinted(name, ['all_trec'], { each: true, complete: true });
      expect(complete).toBe(trecPrinted(name, 'all_c'));
    },
  );

  it.each(CASES)('prints what trec_eval 10 prints with -c, but for rbp: %s', async (name) => {
    const options = { each: true, complete: true };
    const ours = await fixturePrinted(name, ['all_trec'], options, DEFINITIONS.get('trec_eval10'));
    expect(ours).toBe(trecPrinted(name, 'trec_eval10_c'));
  });

  it.each(['unjudged', 'bytes_and_grades'])(
    'prints what it prints with -l 2, -J and -M 10: %s',
    async (name) => {
      const all = ['all_trec'];
      expect(await fixturePrinted(name, all, { each: true, level: 2 })).toBe(trecPrinted(name, 'all_l2'));
      expect(await fixturePrinted(name, all, { each: true, judgedOnly: true })).toBe(
        trecPrinted(name, 'all_J'),
      );
      expect(await fixturePrinted(name, all, { each: true, most: 10 })).toBe(trecPrinted(name, 'all_M10'));
    },
  );

  it.each(CASES.slice(0, -1))('has the values of trec_eval to 1e-12: %s', async (name) => {
    for (const complete of [false, true]) {
      const ours = await fixturePrinted(name, ['all_trec'], { each: true, complete, decimals: 15 });
      const lines = ours.trimEnd().split('\n');
      const theirs = trecPrinted(name, complete ? 'digits15_c' : 'digits15')
        .trimEnd()
        .split('\n');
      expect(lines).toHaveLength(theirs.length);
      const far = lines.filter((line, i) => {
        const [value, expected] = [line, theirs[i]].map((text) => text.split('\t')[2]);
        const names = [line, theirs[i]].map((text) => text.split('\t').slice(0, 2).join(' '));
        // texts, such as relstring, are equal
        const near = value === expected || Math.abs(Number(value) - Number(expected)) < 1e-12;
        return names[0] !== names[1] || !near;
      });
      expect(far).toEqual([]);
    }
  });

  it('takes the parameters of a measure as trec_eval does, gains and cutoffs in any order among them', async () => {
    const measures = [
      'P.7,3',
      'recall.1,1000',
      'success.2',
      'iprec_at_recall.0.33,.66,1',
      'Rprec_mult.0.5,1.5,3',
      'utility.1,-0.5,0.25,0.001',
      'set_F.0.5',
      '11pt_avg.0.2,0.5,0.8',
      'ndcg.1=4,2=9,3=20',
      'ndcg_rel.0=1,1=2,3=8',
      'Rndcg.1=5,2=2',
      'G.1=3,2=1',
      'relstring.20',
      'yaap',
      'map_cut.4',
      'ndcg_cut.2,9',
      'relative_P.8',
    ];
    const ours = await fixturePrinted('bytes_and_grades', measures, { each: true, collection: 1000 });
    expect(ours).toBe(trecPrinted('bytes_and_grades', 'parameters'));
  });

  it.each(['official', 'set'])('knows the measures of %s', async (name) => {
    const ours = await fixturePrinted('bytes_and_grades', [name], { each: true });
    expect(ours).toBe(trecPrinted('bytes_and_grades', name));
  });

  it('prints the mean alone where queries are not asked for', async () => {
    const ofAll = trecPrinted('ties', 'all')
      .split('\n')
      .filter((line) => line === '' || line.includes('\tall\t'));
    expect(await fixturePrinted('ties', ['all_trec'], {})).toBe(ofAll.join('\n'));
  });

  it('refuses a run without a query that is judged', async () => {
    const of = printedOf(`${FIXTURES}/unjudged/qrels.txt`, `${FIXTURES}/ties/run.txt`, ['map'], {});
    await expect(of).rejects.toThrow(
      new RangeError('evaluate: the run must have a query that the qrels judge, got none'),
    );
  });

  describe('from other files of the same judgments', () => {
    let folder = '';
    beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'nearmiss-trec-'))));
    afterAll(() => rm(folder, { recursive: true }));

    it('is the same for lines in any order', async () => {
      for (const file of ['qrels.txt', 'run.txt']) {
        const lines = readFileSync(`${FIXTURES}/ties/${file}`, 'utf8').trimEnd().split('\n');
        await writeFile(join(folder, file), `${lines.toReversed().join('\n')}\n`);
      }
      const ours = await printedOf(join(folder, 'qrels.txt'), join(folder, 'run.txt'), ['all_trec'], {
        each: true,
      });
      expect(ours).toBe(trecPrinted('ties', 'all'));
    });

    it('is the same for BEIR qrels and a run in JSON', async () => {
      const fields = (file: string): string[][] =>
        readFileSync(`${FIXTURES}/unjudged/${file}`, 'utf8')
          .trimEnd()
          .split('\n')
          .map((line) => line.split(/\s+/));
      const heading = 'query-id\tcorpus-id\tscore';
      const qrels = fields('qrels.txt').map(
        ([query, , document, grade]) => `${query}\t${document}\t${grade}`,
      );
      await writeFile(join(folder, 'test.tsv'), [heading, ...qrels].join('\r\n'));
      const run: Record<string, Record<string, number>> = {};
      for (const [query, , document, , score] of fields('run.txt'))
        (run[query] ??= {})[document] = Number(score);
      await writeFile(join(folder, 'run.json'), JSON.stringify(run, undefined, 1));
      const ours = await printedOf(join(folder, 'test.tsv'), join(folder, 'run.json'), ['all_trec'], {
        each: true,
      });
      // JSON has no tag
      const withoutTag = (text: string): string => text.replace(/^runid.*\n/m, '');
      expect(withoutTag(ours)).toBe(withoutTag(trecPrinted('unjudged', 'all')));
    });
  });
});
