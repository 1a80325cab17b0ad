import type { ScoredPairGradients, ScoredPairs } from '../../core/batches.ts';
import { innerProduct, type RowDistance } from '../../distances/distance.ts';
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
 * At least 0; 0 and no gradient where no two targets differ. An odd last column stands alone, its imaginary part 0. A zero row has
 * similarity 0 to everything and no gradient; at similarity 0 there is no slope. The paper's loss is a blend of this, of `coSent`
 * and of `infoNce`.
 *
 * @throws RangeError if scale is not a finite number > 0, the shapes differ or a number is not finite
 * @see Li and Li, "AnglE-optimized text embeddings", 2023, eq. 6 to 8; sentence-transformers' AnglELoss
 */
export function angle({ scale = 20 }: AngleOptions = {}): Loss<ScoredPairs, ScoredPairGradients> {
  return rankedPairs('angle', complexAngle, scale);
}

/** 1 - |x · My| / (|x| |y|), where M takes real and imaginary parts (c, d) to (c - d, c + d). */
const complexAngle: RowDistance = {
  name: 'complexAngle',
  between(x, y) {
    const scale = Math.sqrt(innerProduct(x, x) * innerProduct(y, y));
    return scale === 0 ? 1 : 1 - Math.abs(product(x, y)) / scale;
  },
  backward(x, y, upstream, dx, dy) {
    const [xx, yy] = [innerProduct(x, x), innerProduct(y, y)];
    const scale = Math.sqrt(xx * yy);
    if (scale === 0) return;
    const turned = product(x, y);
    const similarity = Math.abs(turned) / scale;
    const pull = (upstream * Math.sign(turned)) / scale;
    const [alongX, alongY] = [(upstream * similarity) / xx, (upstream * similarity) / yy];
    const half = Math.ceil(x.length / 2);
    for (let k = 0; k < half; k++) {
      const [a, b, c, d] = [x[k], x[k + half] ?? 0, y[k], y[k + half] ?? 0];
      dx[k] += alongX * a - pull * (c - d);
      dy[k] += alongY * c - pull * (a + b);
      if (k + half === x.length) continue;
      dx[k + half] += alongX * b - pull * (c + d);
      dy[k + half] += alongY * d - pull * (b - a);
    }
  },
};

/** x · My */
function product(x: Float32Array, y: Float32Array): number {
  const half = Math.ceil(x.length / 2);
  let sum = 0;
  for (let k = 0; k < half; k++) {
    const [a, b, c, d] = [x[k], x[k + half] ?? 0, y[k], y[k + half] ?? 0];
    sum += a * (c - d) + b * (c + d);
  }
  return sum;
}
