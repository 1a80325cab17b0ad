import { innerProduct } from '../core/products.ts';
import type { Distance } from './distance.ts';

/**
 * 1 - x · y / (|x| |y|), in [0, 2].
 *
 * A zero row has no direction: its distance to everything is 1 and its gradient 0.
 */
export const cosine: Distance = {
  name: 'cosine',
  similarity: 'cosine',
  score(x, y) {
    const [xx, yy] = [innerProduct(x, x), innerProduct(y, y)];
    return xx === 0 || yy === 0 ? 0 : innerProduct(x, y) / (Math.sqrt(xx) * Math.sqrt(yy));
  },
  fromScore: (score) => 1 - score,
  between: (x, y) => 1 - cosine.score(x, y),
  backward(x, y, upstream, dx, dy) {
    const [xx, yy] = [innerProduct(x, x), innerProduct(y, y)];
    if (xx === 0 || yy === 0) return;
    const scale = Math.sqrt(xx) * Math.sqrt(yy);
    const similarity = innerProduct(x, y) / scale;
    for (let k = 0; k < x.length; k++) {
      dx[k] += upstream * ((similarity * x[k]) / xx - y[k] / scale);
      dy[k] += upstream * ((similarity * y[k]) / yy - x[k] / scale);
    }
  },
};
