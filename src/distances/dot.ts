import { innerProduct } from '../core/products.ts';
import type { Distance } from './distance.ts';

/** -x · y: the inner product as a distance. Any real number; not a metric, so a row need not be its own nearest. */
export const dot: Distance = {
  name: 'dot',
  similarity: 'dot',
  score: innerProduct,
  // not -score: that would make 0 a -0
  fromScore: (score) => 0 - score,
  between: (x, y) => -innerProduct(x, y),
  backward(x, y, upstream, dx, dy) {
    for (let k = 0; k < x.length; k++) {
      dx[k] -= upstream * y[k];
      dy[k] -= upstream * x[k];
    }
  },
};
