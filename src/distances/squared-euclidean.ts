import { squaredDifference } from '../core/products.ts';
import type { Distance } from './distance.ts';

/** |x - y|², at least 0. */
export const squaredEuclidean: Distance = {
  name: 'squaredEuclidean',
  similarity: 'euclidean',
  score: (x, y) => -squaredDifference(x, y),
  fromScore: (score) => 0 - score,
  between: squaredDifference,
  backward(x, y, upstream, dx, dy) {
    for (let k = 0; k < x.length; k++) {
      const slope = 2 * upstream * (x[k] - y[k]);
      dx[k] += slope;
      dy[k] -= slope;
    }
  },
};
