import { squaredDifference } from '../core/products.ts';
import type { Distance } from './distance.ts';
import { betweenRows, type OfProducts } from './of-products.ts';

export const squaredEuclideanOfProducts: OfProducts = {
  value: ({ apart }) => apart,
  slope: () => [2, -2, 2],
};

/** |x - y|², at least 0. */
export const squaredEuclidean: Distance = {
  name: 'squaredEuclidean',
  similarity: 'euclidean',
  score: (x, y) => -squaredDifference(x, y),
  fromScore: (score) => 0 - score,
  ...betweenRows(squaredEuclideanOfProducts),
};
