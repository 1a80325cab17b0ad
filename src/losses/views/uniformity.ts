import type { Embeddings } from '../../core/batches.ts';
import { checkPositive } from '../../core/check.ts';
import { matrix, row, rowsBetween, type Matrix } from '../../core/matrix.ts';
import { innerProduct } from '../../core/products.ts';
import { kernels } from '../../kernels/active.ts';
import { checkFiniteRows } from '../../kernels/check-rows.ts';
import type { Loss } from '../loss.ts';
import { centered } from './columns.ts';

export interface UniformityOptions {
  /** How fast a pair's share falls with its squared distance. @default 2 */
  readonly t?: number;
}

/** Rows that meet all others at a time: the memory is this many × rows. */
const BLOCK = 128;
/** The logit of what is not in a softmax: exp of it is 0, beside any other. */
const LEFT_OUT = -1e30;

/**
 * log of the mean of exp(-t |x_i - x_j|²) over all pairs of rows: lower the more evenly unit rows are spread.
 *
 * At most 0, which it is where all rows are equal. Rows are taken as they are: normalize them first. Fewer than two have no pair:
 * value 0 (elsewhere NaN). `active` is the number of pairs. Squared distances are good to about 1e-7 of the rows' squared
 * lengths about their mean.
 *
 * @throws RangeError if t is not a finite number > 0 or an entry is not finite
 * @see Wang and Isola, "Understanding contrastive representation learning through alignment and uniformity on the hypersphere",
 *   2020, section 4.1.2
 */
export function uniformity({ t = 2 }: UniformityOptions = {}): Loss<Embeddings, Embeddings> {
  checkPositive('uniformity', 't', t);
  return ({ embeddings }, into = {}) => {
    checkFiniteRows('uniformity', 'embeddings', embeddings);
    const { rows, cols } = embeddings;
    const gradient = into.embeddings ?? matrix(rows, cols);
    const gradients = { embeddings: gradient };
    if (rows < 2) {
      gradient.data.fill(0);
      return { value: 0, gradients, active: 0 };
    }
    const x = centered(embeddings).rows;
    const squares = Float64Array.from({ length: rows }, (_, i) => innerProduct(row(x, i), row(x, i)));
    // 2t x_i · x_j - t |x_j|²: the exponent, but for the -t |x_i|² that row i has in all of them
    const left = widened(x, 2 * t, new Float64Array(rows).fill(1));
    const right = widened(
      x,
      1,
      squares.map((square) => -t * square),
    );
    // of each row, the logarithm of its sum over the others
    const logSums = new Float64Array(rows);
    for (let start = 0; start < rows; start += BLOCK) {
      const end = Math.min(rows, start + BLOCK);
      const logits = kernels.timesTransposed(rowsBetween(left, start, end), right);
      const labels = new Int32Array(end - start);
      for (let i = start; i < end; i++) {
        const exponents = row(logits, i - start);
        exponents[i] = LEFT_OUT;
        const nearest = largest(exponents);
        labels[i - start] = nearest;
        logSums[i] = exponents[nearest] - t * squares[i];
      }
      // the cross-entropy of the nearest is how far the logarithm of the sum is above it
      const { terms } = kernels.softmaxCrossEntropy(
        { logits, labels, ignored: -1, smoothing: 0, upstream: 1 },
        logits,
      );
      for (let i = start; i < end; i++) {
        const shares = row(logits, i - start);
        shares[labels[i - start]] += 1;
        shares[i] -= 1;
        logSums[i] += terms[i - start];
      }
      kernels.times(logits, x, rowsBetween(gradient, start, end));
    }
    const most = logSums.reduce((top, logSum) => Math.max(top, logSum), -Infinity);
    const sums = logSums.map((logSum) => Math.exp(logSum - most));
    const sum = sums.reduce((total, each) => total + each, 0);
    // each pair stands in the sums of both its rows
    for (let i = 0; i < rows; i++) {
      const slopes = row(gradient, i);
      for (let k = 0; k < slopes.length; k++) slopes[k] *= (4 * t * sums[i]) / sum;
    }
    const value = Math.min(0, most + Math.log(sum) - Math.log(rows * (rows - 1)));
    return { value, gradients, active: (rows * (rows - 1)) / 2 };
  };
}

/** Rows times a factor, and a last column: a copy. */
function widened(x: Matrix, factor: number, last: Float64Array): Matrix {
  const out = matrix(x.rows, x.cols + 1);
  last.forEach((value, i) => {
    const [from, to] = [row(x, i), row(out, i)];
    for (let k = 0; k < from.length; k++) to[k] = factor * from[k];
    to[from.length] = value;
  });
  return out;
}

/** Where the largest stands, of equal ones the first. */
function largest(values: Float32Array): number {
  let best = 0;
  for (let j = 1; j < values.length; j++) if (values[j] > values[best]) best = j;
  return best;
}
