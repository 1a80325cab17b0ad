import { checkEqual, refuse } from '../core/check.ts';
import { row, type Matrix } from '../core/matrix.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';
import { checkBinary } from './check-scores.ts';

/** The probability of outcome 1 is 1 / (1 + exp(-(weights · x + bias))). */
export interface PlattScaling {
  /** one a column of what it was fitted on */
  readonly weights: Float64Array;
  readonly bias: number;
}

/** Columns that say nothing, or the same as others, have weights all the same. */
const RIDGE = 1e-9;
const MOST_STEPS = 100;

/**
 * Platt scaling: turns scores, and what else is known of a row, into probabilities of outcome 1, by the logistic regression with the
 * least log loss (Newton's method). Fit it on rows that neither trained the model nor measure it.
 *
 * Outcomes count as (ones + 1) / (ones + 2) and 1 / (zeros + 2), so that weights are finite where a threshold tells all outcomes apart.
 *
 * @throws RangeError if there are no rows, an entry is not finite, lengths differ or an outcome is not 0 or 1
 * @see Platt, "Probabilistic outputs for support vector machines", 1999 (there of one score); Lin, Lin and Weng, "A note on Platt's
 *   probabilistic outputs for support vector machines", 2007 (Newton's method with backtracking)
 */
export function fitPlatt(features: Matrix, outcomes: ArrayLike<number>): PlattScaling {
  checkEqual('fitPlatt', 'outcomes.length', outcomes.length, features.rows);
  if (features.rows === 0) refuse('fitPlatt', 'features must have rows', 'none');
  checkFiniteRows('fitPlatt', 'features', features);
  checkBinary('fitPlatt', new Float64Array(outcomes.length), outcomes);
  const ones = Array.from(outcomes).filter((outcome) => outcome === 1).length;
  const targets = Float64Array.from(outcomes, (outcome) =>
    outcome === 1 ? (ones + 1) / (ones + 2) : 1 / (features.rows - ones + 2),
  );
  const { columns, means, spreads } = standardized(features);
  let at = new Float64Array(columns.length);
  let now = lossOf(columns, targets, at);
  for (let step = 0; step < MOST_STEPS; step++) {
    const move = solved(now.curvature, now.slopes);
    const from = at;
    let share = 1;
    let next = now;
    for (; share > 1e-10 && !(next.value < now.value); share /= 2) {
      at = from.map((weight, k) => weight - share * move[k]);
      next = lossOf(columns, targets, at);
    }
    if (!(next.value < now.value)) {
      at = from;
      break;
    }
    now = next;
  }
  const weights = spreads.map((spread, k) => at[k] / spread);
  const shift = weights.reduce((sum, weight, k) => sum + weight * means[k], 0);
  return { weights, bias: at[features.cols] - shift };
}

/**
 * The probability of outcome 1 of each row, in [0, 1].
 *
 * @throws RangeError if there are not as many columns as weights
 */
export function plattProbabilities(features: Matrix, { weights, bias }: PlattScaling): Float64Array {
  checkEqual('plattProbabilities', 'features.cols', features.cols, weights.length);
  return Float64Array.from({ length: features.rows }, (_, i) =>
    logistic(row(features, i).reduce((sum, value, k) => sum + weights[k] * value, bias)),
  );
}

function logistic(x: number): number {
  return x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x));
}

/** Columns less their mean in units of their spread, and a last one of ones: steps along all of them are alike. */
function standardized({ rows, cols, data }: Matrix) {
  const raw = Array.from({ length: cols }, (_, k) =>
    Float64Array.from({ length: rows }, (_, i) => data[i * cols + k]),
  );
  const means = Float64Array.from(raw, (column) => column.reduce((sum, value) => sum + value, 0) / rows);
  const spreads = Float64Array.from(raw, (column, k) => {
    const variance = column.reduce((sum, value) => sum + (value - means[k]) ** 2, 0) / rows;
    return Math.sqrt(variance) || 1;
  });
  const scaled = raw.map((column, k) => column.map((value) => (value - means[k]) / spreads[k]));
  return { columns: [...scaled, new Float64Array(rows).fill(1)], means, spreads };
}

/** The mean log loss with its slopes and its curvature along the weights. */
function lossOf(columns: readonly Float64Array[], targets: Float64Array, weights: Float64Array) {
  const rows = targets.length;
  let value = 0;
  const slopes = weights.map((weight) => RIDGE * weight);
  const curvature = columns.map((_, j) => Float64Array.from(columns, (_, k) => (j === k ? RIDGE : 0)));
  for (let i = 0; i < rows; i++) {
    const logit = columns.reduce((sum, column, k) => sum + weights[k] * column[i], 0);
    const p = logistic(logit);
    // -log p where it is small is -logit, without an overflow
    value += (Math.log1p(Math.exp(-Math.abs(logit))) + Math.max(0, logit) - targets[i] * logit) / rows;
    columns.forEach((column, j) => {
      slopes[j] += ((p - targets[i]) * column[i]) / rows;
      for (let k = 0; k < columns.length; k++)
        curvature[j][k] += (p * (1 - p) * column[i] * columns[k][i]) / rows;
    });
  }
  return { value, slopes, curvature };
}

/** x of A x = b for a positive definite A, by elimination. */
function solved(a: readonly Float64Array[], b: Float64Array): Float64Array {
  const [left, x] = [a.map((line) => line.slice()), b.slice()];
  for (let k = 0; k < x.length; k++) {
    for (let j = k + 1; j < x.length; j++) {
      const share = left[j][k] / left[k][k];
      for (let c = k; c < x.length; c++) left[j][c] -= share * left[k][c];
      x[j] -= share * x[k];
    }
  }
  for (let k = x.length - 1; k >= 0; k--) {
    for (let c = k + 1; c < x.length; c++) x[k] -= left[k][c] * x[c];
    x[k] /= left[k][k];
  }
  return x;
}
