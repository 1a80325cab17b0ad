import { innerProduct } from '../core/products.ts';
import type { RowDistance } from './distance.ts';

/**
 * |x / |x| - y / |y||², in [0, 4]: the square of `chord`, which of two rows that are not zero is twice the cosine distance.
 *
 * A zero row stays zero: it is at 1 from every other and has no gradient.
 */
export const squaredChord: RowDistance = {
  name: 'squaredChord',
  between(x, y) {
    const [overX, overY] = [overLength(x), overLength(y)];
    let square = 0;
    for (let k = 0; k < x.length; k++) square += (x[k] * overX - y[k] * overY) ** 2;
    return square;
  },
  backward(x, y, upstream, dx, dy) {
    const [overX, overY] = [overLength(x), overLength(y)];
    const similarity = innerProduct(x, y) * overX * overY;
    for (let k = 0; k < x.length; k++) {
      const [u, v] = [x[k] * overX, y[k] * overY];
      dx[k] += 2 * upstream * (similarity * u - v) * overX;
      dy[k] += 2 * upstream * (similarity * v - u) * overY;
    }
  },
};

function overLength(x: Float32Array): number {
  const square = innerProduct(x, x);
  return square === 0 ? 0 : 1 / Math.sqrt(square);
}
