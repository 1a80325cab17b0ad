import { checkNonNegative, checkOneOf, checkPositive } from '../../core/check.ts';
import { REDUCTIONS, type Reduction } from '../loss.ts';

export type DiceOptions = SmpDice | MonaiDice | OptaxDice;

interface DiceShared {
  /** What makes probabilities of predictions. @default 'softmax', and 'sigmoid' where there is one class */
  readonly activation?: 'softmax' | 'sigmoid' | 'none';
  /** @default 'mean' over the terms */
  readonly reduction?: Reduction;
}

/** segmentation_models_pytorch's: one term a class, over the pixels of all samples; 0 for a class that no pixel is of. */
export interface SmpDice extends DiceShared {
  readonly convention: 'smp';
  /** Added above and below. @default 0 */
  readonly smooth?: number;
  /** The least the denominator is, and the least the logarithm is taken of. @default 1e-7 */
  readonly floor?: number;
  /** Minus the logarithm of the overlap, instead of 1 minus it. @default false */
  readonly logarithm?: boolean;
}

/** MONAI's: one term a sample and class, samples first, or one a class over the pixels of all samples. */
export interface MonaiDice extends DiceShared {
  readonly convention: 'monai';
  /** Whose pixels are summed up together. @default 'sample' */
  readonly over?: 'sample' | 'batch';
  /** Added above. @default 1e-5 */
  readonly smoothAbove?: number;
  /** Added below. @default 1e-5 */
  readonly smoothBelow?: number;
  /** Whether P and T are sums of squares. @default false */
  readonly squared?: boolean;
  /** Below stands twice the union, which makes it the Jaccard index. @default false */
  readonly jaccard?: boolean;
  /** Whether class 0 has terms, where there are others. @default true */
  readonly background?: boolean;
}

/** optax's: one term a sample, of the losses of its classes. */
export interface OptaxDice extends DiceShared {
  readonly convention: 'optax';
  /** Added above and below, where I stands alone: it counts twice what it does in the others. @default 1 */
  readonly smooth?: number;
  /** What false positives weigh. @default 0.5 */
  readonly alpha?: number;
  /** What false negatives weigh. @default 0.5 */
  readonly beta?: number;
  /** Whether class 0 counts, where there are others. @default true */
  readonly background?: boolean;
  /** What a sample's term is of the losses of its classes. @default 'mean' */
  readonly classes?: Reduction;
}

/** What is summed up together, and the loss of the sums. */
export interface DiceConvention {
  readonly over: 'sample' | 'batch';
  readonly background: boolean;
  readonly squared: boolean;
  /** what a sample's term is of the losses of its classes; absent where each class has a term */
  readonly classes?: Reduction;
  readonly overlap: Overlap;
}

/** The loss of a class for I = Σ p t, P = Σ p and T = Σ t over its pixels, and its slopes along I and along P. */
export type Overlap = (
  I: number,
  P: number,
  T: number,
) => readonly [loss: number, slopeI: number, slopeP: number];

/** A class with nothing above and nothing below, neither predicted nor there. */
const NOTHING = [0, 0, 0] as const;

export function diceConvention(options: DiceOptions): DiceConvention {
  checkOneOf('dice', 'convention', options.convention, ['smp', 'monai', 'optax']);
  switch (options.convention) {
    case 'smp':
      return smp(options);
    case 'monai':
      return monai(options);
    case 'optax':
      return optax(options);
  }
}

function smp({ smooth = 0, floor = 1e-7, logarithm = false }: SmpDice): DiceConvention {
  checkNonNegative('dice', 'smooth', smooth);
  checkPositive('dice', 'floor', floor);
  return {
    over: 'batch',
    background: true,
    squared: false,
    overlap(I, P, T) {
      if (T === 0) return NOTHING;
      const below = Math.max(P + T + smooth, floor);
      const score = (2 * I + smooth) / below;
      const slopeP = P + T + smooth >= floor ? -score / below : 0;
      if (!logarithm) return [1 - score, -2 / below, -slopeP];
      const steep = score >= floor ? -1 / score : 0;
      return [-Math.log(Math.max(score, floor)), (steep * 2) / below, steep * slopeP];
    },
  };
}

function monai({
  over = 'sample',
  smoothAbove = 1e-5,
  smoothBelow = 1e-5,
  squared = false,
  jaccard = false,
  background = true,
}: MonaiDice): DiceConvention {
  checkOneOf('dice', 'over', over, ['sample', 'batch']);
  checkNonNegative('dice', 'smoothAbove', smoothAbove);
  checkNonNegative('dice', 'smoothBelow', smoothBelow);
  return {
    over,
    background,
    squared,
    overlap(I, P, T) {
      const below = (jaccard ? 2 * (P + T - I) : P + T) + smoothBelow;
      if (below === 0) return NOTHING;
      const score = (2 * I + smoothAbove) / below;
      const [belowI, belowP] = jaccard ? [-2, 2] : [0, 1];
      return [1 - score, (score * belowI - 2) / below, (score * belowP) / below];
    },
  };
}

function optax({
  smooth = 1,
  alpha = 0.5,
  beta = 0.5,
  background = true,
  classes = 'mean',
}: OptaxDice): DiceConvention {
  checkNonNegative('dice', 'smooth', smooth);
  checkNonNegative('dice', 'alpha', alpha);
  checkNonNegative('dice', 'beta', beta);
  checkOneOf('dice', 'classes', classes, REDUCTIONS);
  return {
    over: 'sample',
    background,
    squared: false,
    classes,
    overlap(I, P, T) {
      const below = I + alpha * (P - I) + beta * (T - I) + smooth;
      if (below === 0) return NOTHING;
      const score = (I + smooth) / below;
      return [1 - score, (score * (1 - alpha - beta) - 1) / below, (score * alpha) / below];
    },
  };
}
