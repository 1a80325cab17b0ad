import { squaredDifference } from '../core/products.ts';
import type { Distance } from './distance.ts';

/**
 * |x - y|, at least 0.
 *
 * Where x = y the slope has no direction; the gradient there is 0, as in torch.
 */
export const euclidean: Distance = {
  name: 'euclidean',
  similarity: 'euclidean',
  score: (x, y) => -squaredDifference(x, y),
  fromScore: (score) => Math.sqrt(0 - score),
  between: (x, y) => Math.sqrt(squaredDifference(x, y)),
  backward(x, y, upstream, dx, dy) {
    const distance = Math.sqrt(squaredDifference(x, y));
    if (distance === 0) return;
    for (let k = 0; k < x.length; k++) {
      const slope = (upstream * (x[k] - y[k])) / distance;
      dx[k] += slope;
      dy[k] -= slope;
    }
  },
};
