import type { RowDistance } from './distance.ts';

/**
 * Σ |x_k - y_k|, at least 0.
 *
 * Where two entries are equal the slope along them is 0, as in torch.
 */
export const manhattan: RowDistance = {
  name: 'manhattan',
  between(x, y) {
    let sum = 0;
    for (let k = 0; k < x.length; k++) sum += Math.abs(x[k] - y[k]);
    return sum;
  },
  backward(x, y, upstream, dx, dy) {
    for (let k = 0; k < x.length; k++) {
      const slope = upstream * Math.sign(x[k] - y[k]);
      dx[k] += slope;
      dy[k] -= slope;
    }
  },
};
