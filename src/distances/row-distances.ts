import { row } from '../core/matrix.ts';
import type { Geometry } from '../kernels/kernels.ts';
import type { RowDistance } from './distance.ts';
import { geometryOf } from './geometry.ts';
import { gradientsOf, type LeftAndRight, type Measured } from './measured.ts';
import { cosineOfProducts, measureProducts, type OfProducts } from './of-products.ts';

/**
 * How far each left row is from the right one beside it: by the kernels where they know the distance, and otherwise a pair at a
 * time. The shapes are the caller's duty.
 */
export function rowDistances(distance: RowDistance, rows: LeftAndRight): Measured<Float64Array> {
  const geometry = geometryOf(distance);
  return geometry === undefined ? oneByOne(distance, rows) : measureProducts(GEOMETRIES[geometry], rows);
}

const cosine = cosineOfProducts(0);

/** The distances of this folder once more, as functions of products. */
const GEOMETRIES: Readonly<Record<Geometry, OfProducts>> = {
  dot: { value: ({ xy }) => 0 - xy, slope: () => [0, -1, 0] },
  cosine: {
    value: (products) => 1 - cosine.value(products),
    slope(products) {
      const [ofX, across, ofY] = cosine.slope(products);
      return [-ofX, -across, -ofY];
    },
  },
  euclidean: {
    value: ({ apart }) => Math.sqrt(apart),
    slope({ apart }) {
      const over = apart === 0 ? 0 : 1 / Math.sqrt(apart);
      return [over, -over, over];
    },
  },
  squaredEuclidean: { value: ({ apart }) => apart, slope: () => [2, -2, 2] },
};

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
