import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Column } from '../../src/catalog/input.ts';
import { lossNamed } from '../../src/catalog/catalog.ts';
import { calls, shortName, theirName } from './calls.ts';
import { referenceCases } from './case.ts';
import { notes } from './notes.ts';

/** A call as it stands on the page, by the catalog. */
function made(call: string) {
  const [, name, options = ''] = /^(\w+)\((?:\{ (.*) \})?\)$/.exec(call) ?? [];
  // by its name on the command line
  const plain = options.replace('lp({ eps: 1e-6 })', 'torchPairwise');
  const texts = plain.split(', ').map((option) => option.replaceAll("'", '').split(': '));
  return lossNamed(call, name).make(new Map(plain === '' ? [] : texts.map(([key, value]) => [key, value])));
}

const CASES = referenceCases(fileURLToPath(new URL('../fixtures/reference', import.meta.url)));

describe('the calls of docs/reference.md', () => {
  it('are of kinds that there are, and can be made', () => {
    const kinds = new Set(CASES.flatMap(({ loss, system }) => [loss, `${loss} ${shortName(system)}`]));
    for (const [kind, { ours }] of Object.entries(calls)) {
      expect(kinds, kind).toContain(kind);
      expect(typeof made(ours), ours).toBe('function');
      // of another loss than the row they stand in
      if (kind !== 'large_batch_hard_triplet')
        expect(notes[kind.split(' ')[0]].ours).toContain(ours.split('(')[0]);
    }
  });

  const called = Object.entries(calls).flatMap(([kind, { ours, defaults }]) =>
    CASES.filter(
      (given) =>
        given.loss === kind &&
        defaults !== undefined &&
        given.inputs.join() === 'embeddings,labels' &&
        Object.entries(defaults).every(
          ([option, value]) =>
            (typeof value === 'number' ? given.number(option) : given.text(option)) === value,
        ) &&
        !given.has('swap') &&
        !given.has('smooth_loss') &&
        given.expected.value.every(Number.isFinite),
    ).map((given) => [given.name, ours, given] as const),
  );

  it('are found in cases that were called with their defaults', () => {
    expect(new Set(called.map(([, ours]) => ours)).size).toBeGreaterThanOrEqual(18);
  });

  it.each(called)('give the value of %s: %s', async (_, ours, given) => {
    const { value } = await made(ours)(
      new Map<string, Column>([
        ['embeddings', given.rows('embeddings')],
        ['labels', given.labels('labels')],
      ]),
    );
    const { value: [expected], valueTolerance } = given.expected; // prettier-ignore
    expect(Math.abs(value - expected)).toBeLessThanOrEqual(
      valueTolerance.atol + valueTolerance.rtol * Math.abs(expected),
    );
  });

  it('name what was called', () => {
    expect(
      theirName('cosface', 'pytorch-metric-learning 2.8.1 @ x', 'a.losses.CosFaceLoss(margin=0.35)(e, l)'),
    ).toBe('CosFaceLoss');
    expect(theirName('vicreg', 'facebookresearch/vicreg @ x', 'main_vicreg.VICReg.forward(x, y) with')).toBe(
      'VICReg',
    );
    expect(
      theirName('ndcg', 'scikit-learn 1.2.1 (Debian)', 'sklearn.metrics.ndcg_score(y_true, y_score)'),
    ).toBe('ndcg_score, dcg_score');
    expect(shortName('PyTorch 1.13.0a0 (Debian)')).toBe('PyTorch');
  });
});
