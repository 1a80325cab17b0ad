import { checkOneOf, checkWhole } from '../core/check.ts';
import { checkProbabilities } from './check-scores.ts';
import { countBelow } from './count-below.ts';

export interface ReliabilityOptions {
  /** @default 10 */
  readonly bins?: number;
  /** Bins of equal width, or of about equally many rows. @default 'uniform' */
  readonly strategy?: 'uniform' | 'quantile';
  /**
   * Which bin has a probability that is an edge: bins are (low, high] with 'lower', and [low, high) with 'upper', where 1 has one
   * of its own (torchmetrics). @default 'lower'
   */
  readonly edge?: 'lower' | 'upper';
}

/** The bins that have rows, the lowest first. */
export interface Reliability {
  /** the mean probability of each bin */
  readonly predicted: Float64Array;
  /** the share of outcome 1 in each bin */
  readonly observed: Float64Array;
  /** the rows of each bin */
  readonly counts: Uint32Array;
}

/**
 * The reliability diagram: what probabilities say against what came, bin by bin. Calibrated ones lie on the diagonal.
 *
 * Of several classes it is drawn of the confidence in the likeliest against whether that was right (`topLabel`).
 *
 * @throws RangeError if the lengths differ, a probability is not in [0, 1], an outcome is not 0 or 1, or bins is not a whole number >= 1
 * @see Niculescu-Mizil and Caruana, "Predicting good probabilities with supervised learning", 2005; scikit-learn's calibration_curve
 */
export function reliability(
  probabilities: ArrayLike<number>,
  outcomes: ArrayLike<number>,
  options: ReliabilityOptions = {},
): Reliability {
  return reliabilityIn('reliability', probabilities, outcomes, options);
}

/** The same, under the name of who asks. */
export function reliabilityIn(
  where: string,
  probabilities: ArrayLike<number>,
  outcomes: ArrayLike<number>,
  { bins = 10, strategy = 'uniform', edge = 'lower' }: ReliabilityOptions,
): Reliability {
  checkWhole(where, 'bins', bins, 1);
  checkOneOf(where, 'strategy', strategy, ['uniform', 'quantile']);
  checkOneOf(where, 'edge', edge, ['lower', 'upper']);
  checkProbabilities(where, probabilities, outcomes);
  const inner = strategy === 'uniform' ? uniformEdges(bins) : quantileEdges(bins, probabilities);
  // one more than there are bins: the probability 1, where edges go up
  const [sums, ones] = [new Float64Array(bins + 1), new Float64Array(bins + 1)];
  const counts = new Uint32Array(bins + 1);
  for (let i = 0; i < probabilities.length; i++) {
    const b = edge === 'lower' ? countBelow(inner, probabilities[i]) : binAbove(inner, probabilities[i]);
    sums[b] += probabilities[i];
    ones[b] += outcomes[i];
    counts[b]++;
  }
  const filled = (_: number, b: number): boolean => counts[b] > 0;
  return {
    predicted: sums.map((sum, b) => sum / counts[b]).filter(filled),
    observed: ones.map((sum, b) => sum / counts[b]).filter(filled),
    counts: counts.filter(filled),
  };
}

/** The inner edges. */
function uniformEdges(bins: number): Float64Array {
  return Float64Array.from({ length: bins - 1 }, (_, b) => (b + 1) / bins);
}

/** Linear between the two nearest, as numpy's. */
function quantileEdges(bins: number, probabilities: ArrayLike<number>): Float64Array {
  const sorted = Float64Array.from(probabilities).sort();
  return uniformEdges(bins).map((share) => {
    const at = share * (sorted.length - 1);
    const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
    return low + (high - low) * (at - Math.floor(at));
  });
}

/** The bin [low, high) that has a probability; 1 has its own. */
function binAbove(inner: Float64Array, probability: number): number {
  if (probability === 1) return inner.length + 1;
  let bin = countBelow(inner, probability);
  while (inner[bin] === probability) bin++;
  return bin;
}
