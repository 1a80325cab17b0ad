import { squaredDifference } from '../core/products.ts';
import type { Distance } from './distance.ts';
import { betweenRows, type OfProducts } from './of-products.ts';

export const euclideanOfProducts: OfProducts = {
  value: ({ apart }) => Math.sqrt(apart),
  slope({ apart }) {
    const over = apart === 0 ? 0 : 1 / Math.sqrt(apart);
    return [over, -over, over];
  },
};

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
  ...betweenRows(euclideanOfProducts),
};
