import type { Distance } from './distance.ts';
import { betweenRows, cosineOfProducts, type OfProducts, productsOf } from './of-products.ts';

const similarity = cosineOfProducts(0);

export const cosineDistanceOfProducts: OfProducts = {
  value: (products) => 1 - similarity.value(products),
  slope(products) {
    const [ofX, across, ofY] = similarity.slope(products);
    return [-ofX, -across, -ofY];
  },
};

/**
 * 1 - x · y / (|x| |y|), in [0, 2].
 *
 * A zero row has no direction: its distance to everything is 1 and its gradient 0.
 */
export const cosine: Distance = {
  name: 'cosine',
  similarity: 'cosine',
  score: (x, y) => similarity.value(productsOf(x, y)),
  fromScore: (score) => 1 - score,
  ...betweenRows(cosineDistanceOfProducts),
};
