import { describe, expect, it } from 'vitest';
import { chosen } from '../../../src/metrics/trec/chosen.ts';
import { MEASURES } from '../../../src/metrics/trec/measures.ts';

const labels = (...names: readonly string[]) => chosen(names).flatMap((measure) => measure.labels);

describe('chosen', () => {
  it('goes in the order of trec_eval, whatever the order of -m', () => {
    expect(labels('ndcg_cut.10,5', 'map', 'P.5')).toEqual(['map', 'P_5', 'ndcg_cut_5', 'ndcg_cut_10']);
  });

  it('lets a parameter stand before or after a name for several measures', () => {
    expect(labels('official', 'P.7')).toContain('P_7');
    expect(labels('P.7', 'official')).toEqual(labels('official', 'P.7'));
    expect(labels('official', 'P.7')).not.toContain('P_5');
  });

  it('names shares with two decimals and gains as they were given', () => {
    expect(labels('iprec_at_recall.0.125,1', 'ndcg.2=9,1=3.5')).toEqual([
      'iprec_at_recall_0.12',
      'iprec_at_recall_1.00',
      'ndcg_2=9,1=3.5',
    ]);
  });

  it('has a definition in one sentence for every measure', () => {
    for (const { definition } of MEASURES) expect(definition).toMatch(/^\S.*\S[.]$/);
  });

  it.each([
    [['P.0'], '-m P: a cutoff must be a whole number >= 1, got 0'],
    [['P.'], '-m P: a parameter must be a finite number, got ""'],
    [['P.5,x'], '-m P: a parameter must be a finite number, got "x"'],
    [['P.5,5'], '-m P: each cutoff must be given once, got 5,5'],
    [['map.3'], '-m map: must have no parameters, got 3'],
    [['official.3'], '-m official: must have no parameters, got 3'],
    [['utility.1,2'], '-m utility: the number of parameters must be 4, got 2'],
    [['ndcg.1'], '-m ndcg: gains must be of the form grade=gain,grade=gain, got 1'],
    [['ndcg.-1=2'], '-m ndcg: a gain must be of a grade that is a whole number >= 0, each once, got -1'],
    [['relstring.-1'], '-m relstring: the length must be a whole number >= 0, got -1'],
    [['P.5', 'P.10'], '-m P: must have its parameters in one, with commas between, got 5 and 10'],
  ])('refuses %j', (names, sentence) => {
    expect(() => chosen(names)).toThrow(new RangeError(sentence));
  });

  it('refuses a name it does not know, and says which it does', () => {
    expect(() => chosen(['nDCG'])).toThrow(
      /^-m: must be one of official, set, all_trec, runid, .*, unjudged, got nDCG$/,
    );
  });
});
