import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Measures } from './answer.ts';
import { referenceCases, type ReferenceCase } from './case.ts';
import { compareMeasures } from './compare-measures.ts';

const CASES = referenceCases(fileURLToPath(new URL('../fixtures/reference', import.meta.url)));

function named(name: string): ReferenceCase {
  const found = CASES.find((given) => given.name === name);
  if (found === undefined) throw new TypeError(`no case is ${name}`);
  return found;
}

function failures(name: string, measures: Measures): readonly string[] {
  return compareMeasures(named(name), { measures }).failures;
}

describe('compareMeasures', () => {
  const right = { lrap: 0.4966666666666667, coverage: 4.8, ranking_loss: 0.5855555555555556 };

  it('passes what the source has, and no other number', () => {
    expect(failures('multilabel_ranking__000_normal', right)).toEqual([]);
    expect(failures('multilabel_ranking__000_normal', { ...right, coverage: 4.80001 })).toEqual([
      'coverage: expected 4.8, got 4.80001',
    ]);
  });

  it('fails what is missing, and lists of another length', () => {
    const { coverage, ranking_loss } = right;
    expect(failures('multilabel_ranking__000_normal', { coverage, ranking_loss })).toEqual([
      'lrap: expected 1 numbers, got 0',
    ]);
    expect(failures('multilabel_ranking__000_normal', { ...right, lrap: [1, 2] })).toEqual([
      'lrap: expected 1 numbers, got 2',
    ]);
  });

  it('wants NaN where the source has it, and nowhere else', () => {
    const ranks_x = [1, 9, 4, 7, 3, 10, 8, 2, 5, 6];
    const constant = { spearman: NaN, pearson: NaN, kendall: NaN, ranks_x };
    expect(failures('correlation__004_const', constant)).toEqual([]);
    expect(failures('correlation__004_const', { ...constant, pearson: 0 })).toEqual([
      'pearson: expected NaN, got 0',
    ]);
    expect(failures('multilabel_ranking__000_normal', { ...right, lrap: NaN })).toEqual([
      'lrap: expected 0.4966666666666667, got NaN',
    ]);
  });

  it('looks into names within names', () => {
    const [name, most] = ['calibration_multiclass__000_top_label', 0.5817191004753113];
    const torchmetrics = { l1: 0.25206735730171204, l2: 0.30352139472961426, max: most };
    expect(failures(name, { ece: 0.2520673537347749, torchmetrics })).toEqual([]);
    expect(failures(name, { ece: 0.2520673537347749, torchmetrics: { ...torchmetrics, max: 1 } })).toEqual([
      `torchmetrics.max: expected ${most}, got 1`,
    ]);
  });
});
