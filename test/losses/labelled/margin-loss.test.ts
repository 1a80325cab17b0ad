import { describe, expect, it } from 'vitest';
import type { MarginLabelled } from '../../../src/core/batches.ts';
import { fromRows, matrix } from '../../../src/core/matrix.ts';
import { marginLoss } from '../../../src/losses/labelled/margin-loss.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian, noise } from '../../matrices.ts';

/** Unit rows at √0.8 (rows 0, 1 and 2, 3), √2 (0, 2), √0.4 (0, 3 and 1, 2) and √0.08 (1, 3). */
const byHand: MarginLabelled = {
  embeddings: fromRows([
    [1, 0],
    [0.6, 0.8],
    [0, 1],
    [0.8, 0.6],
  ]),
  labels: Int32Array.of(1, 1, 2, 2),
};

const learned = (...beta: number[]) => matrix(beta.length, 1, Float32Array.from(beta));

describe('marginLoss', () => {
  // hinges about 0.8: each of four positives 0.2944272, in two triplets; negatives 0.3675445, 0.3675445 and 0.7171573 in both orders
  const sum = 8 * 0.2944272 + 2 * (0.3675445 * 2 + 0.7171573);

  it('is, worked by hand, the mean over hinges above zero', () => {
    const { value, active, terms } = marginLoss({ beta: 0.8 })(byHand);
    expect(value).toBeCloseTo(sum / 14, 6);
    expect(active).toBe(14);
    const [first, second] = [2 * 0.2944272 + 0.3675445, 2 * 0.2944272 + 0.3675445 + 0.7171573];
    expectClose(terms ?? [], [first, second, first, second], 1e-6);
    expect(marginLoss({ beta: 0.8, reduction: 'mean' })(byHand).value).toBeCloseTo(sum / 8, 6);
    expect(marginLoss({ beta: 0.8 })(byHand).gradients.beta).toBeUndefined();
  });

  it('of a learned beta has its slope, and once what it costs', () => {
    const { value, gradients } = marginLoss({ nu: 0.5 })({ ...byHand, beta: learned(0.8) });
    expect(value).toBeCloseTo(sum / 14 + 0.4, 6);
    // eight hinges of positives fall with it and six of negatives rise
    expectClose(gradients.beta?.data ?? [], [-2 / 14 + 0.5], 1e-6);
  });

  it('of a beta for each class has their slopes, and costs each triplet its anchor’s', () => {
    const { value, gradients } = marginLoss({ nu: 0.5 })({ ...byHand, beta: learned(7, 0.8, 0.8) });
    expect(value).toBeCloseTo((sum + 0.5 * 8 * 0.8) / 14, 6);
    // the same of either class: four hinges fall, three rise, four triplets
    expectClose(gradients.beta?.data ?? [], [0, (-4 + 3 + 2) / 14, (-4 + 3 + 2) / 14], 1e-6);
  });

  it('has the gradient of its value along beta', () => {
    const labels = Int32Array.of(0, 1, 2, 0, 1, 2, 0, 1);
    for (const geometry of ['chord', 'dot'] as const) {
      for (const beta of [() => learned(1.5), () => learned(1, 1.5, 2)]) {
        const batch = () => ({ embeddings: gaussian(8, 4, 3), labels, beta: beta() });
        const loss = marginLoss({ margin: 100, nu: 2, geometry, reduction: 'mean' });
        expectGradient(loss, batch(), ['embeddings', 'beta']);
        expectSignsMatter(loss, batch(), ['embeddings', 'beta']);
      }
    }
  });

  it('without triplets costs nothing', () => {
    const into = { embeddings: noise(4, 2), beta: noise(1, 1) };
    const { value, active, gradients } = marginLoss({ nu: 1 })(
      { ...byHand, labels: Int32Array.of(1, 1, 1, 1), beta: learned(0.8) },
      into,
    );
    expect([value, active]).toEqual([0, 0]);
    expect(gradients.beta).toBe(into.beta);
    expectClose([...into.beta.data, ...into.embeddings.data], new Float32Array(9));
  });

  it('refuses what does not fit in one sentence', () => {
    const refused: readonly [() => unknown, string][] = [
      [() => marginLoss({ nu: -1 }), 'marginLoss: nu must be a finite number >= 0, got -1'],
      [() => marginLoss({ beta: NaN }), 'marginLoss: beta must be a finite number, got NaN'],
      [
        () => marginLoss()({ ...byHand, beta: learned(1, 1) }),
        'marginLoss: labels[2] must be a class in [0, 2), got 2',
      ],
      [() => marginLoss()({ ...byHand, beta: matrix(1, 3) }), 'marginLoss: beta.cols must be 1, got 3'],
      [
        () => marginLoss()({ ...byHand, beta: matrix(0, 1) }),
        'marginLoss: beta.rows must be a whole number >= 1, got 0',
      ],
      [
        () => marginLoss()({ ...byHand, beta: learned(NaN) }),
        'marginLoss: beta row 0 must be finite, got NaN in column 0',
      ],
    ];
    for (const [call, sentence] of refused) expect(call).toThrow(new RangeError(sentence));
  });
});
