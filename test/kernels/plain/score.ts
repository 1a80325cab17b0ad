import type { Similarity } from '../../../src/kernels/kernels.ts';

/** What kernels sort by, from its definition and rounded as they round it: the larger the closer. */
export function score(x: Float32Array, y: Float32Array, similarity: Similarity): number {
  let [product, xx, yy, squares] = [0, 0, 0, 0];
  for (let k = 0; k < x.length; k++) {
    product += x[k] * y[k];
    xx += x[k] ** 2;
    yy += y[k] ** 2;
    squares += (x[k] - y[k]) ** 2;
  }
  if (similarity === 'dot') return Math.fround(product);
  if (similarity === 'euclidean') return Math.fround(-squares);
  return xx * yy === 0 ? 0 : Math.fround(product / Math.sqrt(xx * yy));
}
