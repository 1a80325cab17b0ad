import { row } from '../core/matrix.ts';
import { cosine, cosineDistanceOfProducts } from './cosine.ts';
import type { RowDistance } from './distance.ts';
import { dot, dotOfProducts } from './dot.ts';
import { euclidean, euclideanOfProducts } from './euclidean.ts';
import { gradientsOf, type LeftAndRight, type Measured } from './measured.ts';
import { measureProducts, type OfProducts } from './of-products.ts';
import { squaredEuclidean, squaredEuclideanOfProducts } from './squared-euclidean.ts';

/**
 * How far each left row is from the right one beside it: by the kernels where they know the distance, and otherwise a pair at a
 * time. The shapes are the caller's duty.
 */
export function rowDistances(distance: RowDistance, rows: LeftAndRight): Measured<Float64Array> {
  const form = FORMS.get(distance);
  return form === undefined ? oneByOne(distance, rows) : measureProducts(form, rows);
}

const FORMS = new Map<RowDistance, OfProducts>([
  [dot, dotOfProducts],
  [cosine, cosineDistanceOfProducts],
  [euclidean, euclideanOfProducts],
  [squaredEuclidean, squaredEuclideanOfProducts],
]);

function oneByOne(distance: RowDistance, { left, right }: LeftAndRight): Measured<Float64Array> {
  return {
    value: Float64Array.from({ length: left.rows }, (_, i) => distance.between(row(left, i), row(right, i))),
    backward(upstream, into) {
      const gradients = gradientsOf({ left, right }, into);
      gradients.left.data.fill(0);
      gradients.right.data.fill(0);
      for (let i = 0; i < left.rows; i++) {
        if (upstream[i] === 0) continue;
        const [dx, dy] = [row(gradients.left, i), row(gradients.right, i)];
        distance.backward(row(left, i), row(right, i), upstream[i], dx, dy);
      }
      return gradients;
    },
  };
}
