import { innerProduct } from '../core/products.ts';
import type { Distance } from './distance.ts';
import { betweenRows, type OfProducts } from './of-products.ts';

// not -xy: that would make 0 a -0
export const dotOfProducts: OfProducts = { value: ({ xy }) => 0 - xy, slope: () => [0, -1, 0] };

/** -x · y: the inner product as a distance. Any real number; not a metric, so a row need not be its own nearest. */
export const dot: Distance = {
  name: 'dot',
  similarity: 'dot',
  score: innerProduct,
  fromScore: (score) => 0 - score,
  ...betweenRows(dotOfProducts),
};
