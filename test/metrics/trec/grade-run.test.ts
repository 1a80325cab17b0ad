import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { QueryScores } from '../../../src/formats/trec.ts';
import { gradeRun } from '../../../src/metrics/trec/grade-run.ts';
import { FIXTURES, trecPrinted } from './fixtures.ts';

/** {q: {a: 1}} as maps. */
function scores(of: Readonly<Record<string, Readonly<Record<string, number>>>>): QueryScores {
  return new Map(Object.entries(of).map(([query, documents]) => [query, new Map(Object.entries(documents))]));
}

describe('gradeRun', () => {
  it('gives the values that trec_eval prints, by query and overall', async () => {
    const folder = `${FIXTURES}/unjudged`;
    const { queries, perQuery, overall } = await gradeRun(`${folder}/qrels.txt`, `${folder}/run.txt`, {
      measures: ['all_trec'],
    });
    const expected = trecPrinted('unjudged', 'digits15').trimEnd().split('\n');
    let compared = 0;
    for (const line of expected) {
      const [label, query, text] = line.split('\t').map((field) => field.trim());
      const value = query === 'all' ? overall.get(label) : perQuery.get(label)?.[queries.indexOf(query)];
      if (/^(runid|relstring)/.test(label)) expect(value).toBe(undefined);
      else expect(value).toBeCloseTo(Number(text), 12);
      compared++;
    }
    expect(compared).toBe(expected.length);
    expect(queries).toEqual(
      expected
        .filter((line) => line.startsWith('num_ret '))
        .flatMap((line) => {
          const [, query] = line.split('\t');
          return query === 'all' ? [] : [query];
        }),
    );
  });

  it('grades maps, and says which queries are missing', async () => {
    // the relevant document stands second of three: AP 1/2; the other query is not in the run
    const qrels = scores({ q1: { a: 1, b: 0 }, q2: { a: 1 } });
    const run = scores({ q1: { b: 3, a: 2, c: 1 }, q3: { a: 1 } });
    const { queries, perQuery, overall, missing } = await gradeRun(qrels, run, { measures: ['map', 'P.2'] });
    expect([queries, missing]).toEqual([['q1'], ['q2']]);
    expect([...perQuery]).toEqual([
      ['map', new Float64Array([0.5])],
      ['P_2', new Float64Array([0.5])],
    ]);
    expect(overall.get('map')).toBe(0.5);
    const complete = await gradeRun(qrels, run, { measures: ['map'], complete: true });
    expect(complete.overall.get('map')).toBe(0.25);
  });

  it('counts the documents among the first k that nobody judged', async () => {
    // ranks: a judged, b not judged (-1), c without a judgment, d judged 0
    const qrels = scores({ q: { a: 1, b: -1, d: 0 } });
    const run = scores({ q: { a: 4, b: 3, c: 2, d: 1 } });
    const { overall } = await gradeRun(qrels, run, { measures: ['unjudged.1,2,3,4,8'] });
    expect([...overall.values()]).toEqual([0, 1 / 2, 2 / 3, 2 / 4, 2 / 8]);
  });

  it.each([
    [{ level: 0.5 }, 'gradeRun: level must be a whole number >= 0, got 0.5'],
    [{ most: 0 }, 'gradeRun: most must be a whole number >= 1, got 0'],
    [{ measures: ['P.0'] }, '-m P: a cutoff must be a whole number >= 1, got 0'],
  ])('refuses %j', async (options, sentence) => {
    const one = scores({ q: { a: 1 } });
    await expect(gradeRun(one, one, options)).rejects.toThrow(new RangeError(sentence));
  });

  it('refuses what is no number, by query and document', async () => {
    const one = scores({ q: { a: 1 } });
    await expect(gradeRun(one, scores({ q: { a: NaN } }))).rejects.toThrow(
      new RangeError('run: query q, document a: the score must be a finite number, got NaN'),
    );
    await expect(gradeRun(scores({ q: { a: 0.5 } }), one)).rejects.toThrow(
      new RangeError('qrels: query q, document a: the grade must be a whole number, got 0.5'),
    );
    await expect(gradeRun(new Map(), one)).rejects.toThrow(/^qrels: must have a line, got none$/);
  });
});

describe("gradeRun by another system's definitions", () => {
  // grades 2 1 0 -1, of which the run has the lesser relevant one at rank 1 and the judged below 0 above the greater
  const qrels = scores({ q: { best: 2, good: 1, bad: 0, skipped: -1 }, none: { bad: 0 }, gone: { good: 1 } });
  const run = scores({ q: { good: 5, skipped: 4, best: 3, other: 2 }, none: { bad: 1 } });
  const by = async (
    compat: 'ranx' | 'beir' | 'sentence-transformers' | 'pytorch-metric-learning',
    ...measures: string[]
  ) => gradeRun(qrels, run, { measures, compat, level: compat === 'ranx' ? 2 : 1 });
  const log2 = Math.log2;

  it('ranx: nDCG drops grades below the level, and a judgment below 0 is nonrelevant to bpref', async () => {
    const { perQuery, queries } = await by('ranx', 'ndcg', 'ndcg_cut.3', 'bpref');
    const q = queries.indexOf('q');
    expect(perQuery.get('ndcg')?.[q]).toBeCloseTo(2 / log2(4) / 2, 12);
    expect(perQuery.get('ndcg_cut_3')?.[q]).toBeCloseTo(2 / log2(4) / 2, 12);
    // of the one relevant document, above it two that are not: 1 - min(2, 1) / min(3, 1)
    expect(perQuery.get('bpref')?.[q]).toBe(0);
    // trec_eval passes over the one judged below 0, and has one above of two nonrelevant: the same 0 here, but not at level 1
    const atOne = await gradeRun(qrels, run, { measures: ['bpref'], compat: 'ranx' });
    expect(atOne.perQuery.get('bpref')?.[q]).toBe((1 + (1 - 1 / 2)) / 2);
    const trec = await gradeRun(qrels, run, { measures: ['bpref'] });
    expect(trec.perQuery.get('bpref')?.[q]).toBe(1);
  });

  it('BEIR: MRR@k goes over all queries of the qrels', async () => {
    const { overall, perQuery } = await by('beir', 'recip_rank.1,10', 'map');
    expect([...(perQuery.get('recip_rank_10') ?? [])].toSorted()).toEqual([0, 1]);
    expect(overall.get('recip_rank_10')).toBeCloseTo(1 / 3, 12);
    expect(overall.get('map')).toBeCloseTo((1 + 2 / 3) / 2 / 2, 12);
  });

  it('pytorch-metric-learning: MAP@R, of queries that have something to find', async () => {
    const { queries, overall } = await by('pytorch-metric-learning', 'map');
    expect(queries).toEqual(['q']);
    // of the first two, one is relevant
    expect(overall.get('map')).toBe(1 / 2);
  });

  it('sentence-transformers: equal scores by name ascending', async () => {
    const tied = scores({ q: { bad: 1, best: 1 } });
    const { overall } = await gradeRun(qrels, tied, {
      measures: ['success.1'],
      compat: 'sentence-transformers',
    });
    expect(overall.get('success_1')).toBe(0);
    const trec = await gradeRun(qrels, tied, { measures: ['success.1'] });
    expect(trec.overall.get('success_1')).toBe(1);
  });

  const CASES = fileURLToPath(new URL('../../fixtures/reference/cases/eval/', import.meta.url));
  it.each(['001', '003', '004', '006'])('sentence-transformers: its own figures, case %s', async (number) => {
    const file = readFileSync(`${CASES}ir_metrics__${number}_binary.json`, 'utf8');
    const { inputs, expected, meta } = JSON.parse(file);
    const table = (rows: number[][]) =>
      new Map(rows.map((row, q) => [`q${q}`, new Map(row.map((value, d) => [`d${d}`, Number(value)]))]));
    const ks: string = meta.options.ks.join(',');
    const measures = ['success', 'P', 'recall', 'ndcg_cut', 'recip_rank', 'map_cut'].map(
      (name) => `${name}.${ks}`,
    );
    const { overall } = await gradeRun(table(inputs.relevant), table(inputs.scores), {
      measures,
      compat: 'sentence-transformers',
    });
    const theirs = ['accuracy', 'precision', 'recall', 'ndcg', 'mrr', 'map'];
    const names = ['success', 'P', 'recall', 'ndcg_cut', 'recip_rank', 'map_cut'];
    for (const k of meta.options.ks) {
      names.forEach((name, n) =>
        expect(overall.get(`${name}_${k}`)).toBeCloseTo(expected.value[`${theirs[n]}@k`][k], 9),
      );
    }
  });
});
