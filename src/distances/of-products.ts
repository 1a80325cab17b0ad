import { kernels } from '../kernels/active.ts';
import type { RowDistance } from './distance.ts';
import { gradientsOf, type LeftAndRight, type Measured } from './measured.ts';

/** A number of two rows x and y that is a function of their products. */
export interface OfProducts {
  value(products: Products): number;
  /** What its slopes are made of: along x it is ofX x + across y, along y across x + ofY y. */
  slope(products: Products): readonly [ofX: number, across: number, ofY: number];
}

/** x · x, y · y, x · y and |x - y|² */
export interface Products {
  readonly xx: number;
  readonly yy: number;
  readonly xy: number;
  readonly apart: number;
}

/** Such a number as a distance of two rows. */
export function betweenRows({ value, slope }: OfProducts): Pick<RowDistance, 'between' | 'backward'> {
  return {
    between: (x, y) => value(productsOf(x, y)),
    backward(x, y, upstream, dx, dy) {
      const [ofX, across, ofY] = slope(productsOf(x, y));
      for (let k = 0; k < x.length; k++) {
        dx[k] += upstream * (ofX * x[k] + across * y[k]);
        dy[k] += upstream * (across * x[k] + ofY * y[k]);
      }
    },
  };
}

export function productsOf(x: Float32Array, y: Float32Array): Products {
  let [xx, yy, xy, apart] = [0, 0, 0, 0];
  for (let k = 0; k < x.length; k++) {
    const [a, b] = [x[k], y[k]];
    xx += a * a;
    yy += b * b;
    xy += a * b;
    apart += (a - b) * (a - b);
  }
  return { xx, yy, xy, apart };
}

/** Such a number of each left row and the right one beside it. The shapes are the caller's duty. */
export function measureProducts(
  { value, slope }: OfProducts,
  { left, right }: LeftAndRight,
): Measured<Float64Array> {
  const { xx, yy, xy, apart } = kernels.rowProducts(left, right);
  const products = (i: number): Products => ({ xx: xx[i], yy: yy[i], xy: xy[i], apart: apart[i] });
  return {
    value: xx.map((_, i) => value(products(i))),
    backward(upstream, into) {
      const gradients = gradientsOf({ left, right }, into);
      const [ofX, across, ofY] = [0, 1, 2].map(() => new Float64Array(left.rows));
      for (let i = 0; i < left.rows; i++) {
        const slopes = slope(products(i));
        ofX[i] = upstream[i] * slopes[0];
        across[i] = upstream[i] * slopes[1];
        ofY[i] = upstream[i] * slopes[2];
      }
      kernels.blendRows(left, right, ofX, across, gradients.left);
      kernels.blendRows(left, right, across, ofY, gradients.right);
      return gradients;
    },
  };
}

/** x · y / (|x| |y|), with rows at least `eps` long; 0 and no slope where either is a zero row. */
export function cosineOfProducts(eps: number): OfProducts {
  const length = (square: number): number => Math.max(Math.sqrt(square), eps);
  // a row that counts as eps long does so however it is moved
  const along = (cosine: number, square: number): number => (Math.sqrt(square) < eps ? 0 : -cosine / square);
  return {
    value: ({ xx, yy, xy }) => (xx === 0 || yy === 0 ? 0 : xy / (length(xx) * length(yy))),
    slope({ xx, yy, xy }) {
      if (xx === 0 || yy === 0) return [0, 0, 0];
      const scale = length(xx) * length(yy);
      return [along(xy / scale, xx), 1 / scale, along(xy / scale, yy)];
    },
  };
}
