import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Labelled, LabelledGradients } from '../../src/core/batches.ts';
import { matrix, type Matrix } from '../../src/core/matrix.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import { blended } from '../../src/losses/blended.ts';
import { contrastive } from '../../src/losses/labelled/contrastive.ts';
import { supCon } from '../../src/losses/labelled/sup-con.ts';
import { infoNce } from '../../src/losses/views/info-nce.ts';
import { sigLip } from '../../src/losses/views/sig-lip.ts';
import type { Loss } from '../../src/losses/loss.ts';
import { tripletRows } from '../../src/losses/views/triplet-rows.ts';
import { expectGradient, expectSignsMatter } from '../gradient.ts';
import { expectClose, gaussian, noise } from '../matrices.ts';

const names = ['anchors', 'positives', 'negatives'] as const;
const views = {
  anchors: gaussian(4, 3, 1, 1),
  positives: gaussian(4, 3, 1, 2),
  negatives: gaussian(4, 3, 1, 3),
};
const contrast = infoNce({ temperature: 0.5 });
const hinge = tripletRows({ margin: 10, distance: euclidean });

interface Two {
  readonly x?: Matrix;
  readonly y?: Matrix;
}

/** A loss of no input, with what it is to give. */
const constant =
  (value: number, gradients: Two, active: number): Loss<null, Two> =>
  () => ({ value, gradients, active });
const one = (entry: number) => matrix(1, 1, Float32Array.of(entry));

describe('blended', () => {
  it('adds weighted values and gradients', () => {
    const { value, gradients } = blended(
      [2, constant(3, { x: one(5), y: one(7) }, 4)],
      [0.5, constant(10, { x: one(-4), y: one(1) }, 9)],
    )(null);
    expect(value).toBe(11);
    expect(gradients).toEqual({ x: one(8), y: one(14.5) });
  });

  it('counts what is active in the first loss, and gives no terms', () => {
    const result = blended([2, contrast], [0.5, hinge])(views);
    expect(result.active).toBe(contrast(views).active);
    expect(result.terms).toBeUndefined();
    expect(blended([0, constant(3, {}, 4)], [1, constant(3, {}, 9)])(null).active).toBe(4);
  });

  it('keeps the gradient of a name that only one loss has', () => {
    const [left, right] = [constant(1, { x: one(5) }, 0), constant(1, { y: one(7) }, 0)];
    expect(blended([2, left], [3, right])(null).gradients).toEqual({ x: one(10), y: one(21) });
  });

  it('adds weighted gradients of learned numbers, whatever is handed in under their names', () => {
    const learned = { ...views, logScale: 1, bias: -2 };
    const [first, second] = [infoNce()(learned).gradients, sigLip()(learned).gradients];
    const { gradients } = blended([2, infoNce()], [0.5, sigLip()])(learned, first);
    expect(gradients.logScale).toBe(2 * (first.logScale ?? NaN) + 0.5 * (second.logScale ?? NaN));
    expect(gradients.bias).toBe(0.5 * (second.bias ?? NaN));
    expect(gradients.anchors).toBe(first.anchors);
  });

  it('is linear in its weights', () => {
    const weights = fc.double({ min: 0, max: 4, noNaN: true });
    fc.assert(
      fc.property(weights, weights, weights, (a, b, c) => {
        const { value, gradients } = blended([a, contrast], [b, hinge], [c, contrast])(views);
        const [first, second] = [contrast(views), hinge(views)];
        expect(value).toBeCloseTo((a + c) * first.value + b * second.value, 10);
        for (const name of names) {
          const [x, y] = [first.gradients[name], second.gradients[name]];
          const sum = x?.data.map((slope, e) => (a + c) * slope + b * (y?.data[e] ?? NaN));
          expectClose(gradients[name]?.data ?? [], sum ?? [], 1e-6);
        }
      }),
    );
  });

  it('of one loss at weight 1 is that loss', () => {
    const { value, gradients, active } = contrast(views);
    expect(blended([1, contrast])(views)).toEqual({ value, gradients, active });
  });

  it('has the slopes of its value for gradients', () =>
    expectGradient(blended([1, contrast], [0.5, hinge]), views, names));

  it('would be told from one with opposite gradients', () => {
    expectSignsMatter(blended([1, contrast], [0.5, hinge]), views, names);
  });

  it('writes into what it is handed, with the same numbers as fresh matrices get', () => {
    const loss = blended([0.5, hinge], [2, contrast]);
    const into = { anchors: noise(4, 3), positives: noise(4, 3), negatives: noise(4, 3) };
    const written = loss(views, into);
    for (const name of names) expect(written.gradients[name]).toBe(into[name]);
    expect(written).toEqual(loss(views));
  });

  it('asks every loss for a gradient that is given only where it is handed in', () => {
    const references = { embeddings: gaussian(3, 3, 4), labels: Int32Array.of(0, 1, 2) };
    const batch = { embeddings: gaussian(4, 3, 5), labels: Int32Array.of(0, 0, 1, 1), references };
    const slopesOf = (loss: Loss<Labelled, LabelledGradients>) => {
      const into = { references: noise(3, 3) };
      loss(batch, into);
      return into.references.data;
    };
    const [one, other] = [supCon(), contrastive({ negativeMargin: 3 })];
    const [ofOne, ofOther] = [slopesOf(one), slopesOf(other)];
    expectClose(
      slopesOf(blended([2, one], [3, other])),
      ofOne.map((slope, e) => 2 * slope + 3 * ofOther[e]),
    );
  });

  it('takes views without negatives, whether its losses then give their gradient or not', () => {
    const { anchors, positives } = views;
    const { value, gradients } = blended([1, contrast], [1, hinge])({ anchors, positives });
    expect(value).toBe(contrast({ anchors, positives }).value);
    expect(gradients.anchors).toEqual(contrast({ anchors, positives }).gradients.anchors);
  });

  it('refuses to blend nothing', () => {
    expect(() => blended()).toThrow(new RangeError('blended: losses must be at least 1, got 0'));
  });

  it('refuses a weight that is not a finite number >= 0', () => {
    for (const weight of [-1, NaN, Infinity]) {
      expect(() => blended([1, contrast], [weight, hinge])).toThrow(
        new RangeError(`blended: weight 1 must be a finite number >= 0, got ${weight}`),
      );
    }
  });
});
