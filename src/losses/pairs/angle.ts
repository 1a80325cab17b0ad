import type { ScoredPairGradients, ScoredPairs } from '../../core/batches.ts';
import { refuse } from '../../core/check.ts';
import { matrix, row, type Matrix } from '../../core/matrix.ts';
import type { LeftAndRight, Measured } from '../../distances/measured.ts';
import { cosineOfProducts, measureProducts, type OfProducts } from '../../distances/of-products.ts';
import type { Loss } from '../loss.ts';
import { rankedPairs } from './ranked-pairs.ts';

export interface AngleOptions {
  /** What similarities are multiplied by: 1 / temperature. @default 20 */
  readonly scale?: number;
}

/**
 * `coSent` with a similarity of complex rows in place of the cosine: the first half of a row's columns are real parts, the second
 * imaginary ones, and two rows are as similar as |Σ (Re + Im) of x ȳ| / (|x| |y|), up to √2. One term a batch, and no
 * reduction.
 *
 * At least 0; 0 and no gradient where no two targets differ. A zero row has similarity 0 to everything and
 * no gradient; at similarity 0 there is no slope. The paper's loss is a blend of this, of `coSent` and of `infoNce`.
 *
 * @throws RangeError if scale is not a finite number > 0, there is an odd number of columns, the shapes differ or a number is not finite
 * @see Li and Li, "AnglE-optimized text embeddings", 2023, eq. 6 to 8; sentence-transformers' AnglELoss
 */
export function angle({ scale = 20 }: AngleOptions = {}): Loss<ScoredPairs, ScoredPairGradients> {
  const loss = rankedPairs('angle', complexSimilarities, scale);
  return (pairs, into) => {
    if (pairs.left.cols % 2 !== 0) refuse('angle', 'left.cols must be even', pairs.left.cols);
    return loss(pairs, into);
  };
}

const cosine = cosineOfProducts(0);

/** √2 |cos(x, My)|, which is |x · My| / (|x| |y|), where M takes real and imaginary parts (c, d) to (c - d, c + d). */
const turnedCosine: OfProducts = {
  value: (products) => Math.SQRT2 * Math.abs(cosine.value(products)),
  slope(products) {
    const sign = Math.SQRT2 * Math.sign(cosine.value(products));
    const [ofX, across, ofY] = cosine.slope(products);
    return [sign * ofX, sign * across, sign * ofY];
  },
};

function complexSimilarities({ left, right }: LeftAndRight): Measured<Float64Array> {
  const { value, backward } = measureProducts(turnedCosine, { left, right: turned(right, 1) });
  return {
    value,
    backward(upstream, into) {
      const gradients = backward(upstream, into);
      turned(gradients.right, -1, gradients.right);
      return gradients;
    },
  };
}

/**
 * Each row (c, d) as (c - d, c + d) / 2, or for sign -1, by the transpose, as (c + d, d - c) / 2. The half is nothing to a cosine,
 * and keeps large numbers in float32. May write over `m`.
 */
function turned(m: Matrix, sign: 1 | -1, out = matrix(m.rows, m.cols)): Matrix {
  const half = m.cols / 2;
  for (let i = 0; i < m.rows; i++) {
    const [from, to] = [row(m, i), row(out, i)];
    for (let k = 0; k < half; k++) {
      const [c, d] = [from[k], from[k + half]];
      to[k] = (c - sign * d) / 2;
      to[k + half] = (d + sign * c) / 2;
    }
  }
  return out;
}
