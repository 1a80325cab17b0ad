import { matrix, type Matrix } from '../../core/matrix.ts';
import type { RowProducts } from '../kernels.ts';

export function rowProducts(x: Matrix, y: Matrix): RowProducts {
  const [xx, yy, xy, apart] = Array.from({ length: 4 }, () => new Float64Array(x.rows));
  for (let i = 0; i < x.rows; i++) {
    for (let e = i * x.cols; e < (i + 1) * x.cols; e++) {
      const [a, b] = [x.data[e], y.data[e]];
      xx[i] += a * a;
      yy[i] += b * b;
      xy[i] += a * b;
      apart[i] += (a - b) * (a - b);
    }
  }
  return { xx, yy, xy, apart };
}

export function blendRows(
  x: Matrix,
  y: Matrix,
  ofX: Float64Array,
  ofY: Float64Array,
  out = matrix(x.rows, x.cols),
): Matrix {
  for (let i = 0; i < x.rows; i++) {
    for (let e = i * x.cols; e < (i + 1) * x.cols; e++) {
      out.data[e] = ofX[i] * x.data[e] + ofY[i] * y.data[e];
    }
  }
  return out;
}
