import { gather, matrix, row, rowsBetween, type Matrix } from '../core/matrix.ts';
import { innerProduct, squaredDifference } from '../core/products.ts';
import { kernels } from '../kernels/active.ts';
import { chord } from './chord.ts';
import { cosine } from './cosine.ts';
import type { RowDistance } from './distance.ts';
import { dot } from './dot.ts';
import { euclidean } from './euclidean.ts';
import { squaredChord } from './squared-chord.ts';
import { squaredEuclidean } from './squared-euclidean.ts';

/** Distances from a few rows at a time to all columns, which are the rows from some row on, and their chain rule. */
export interface DistanceBlocks {
  /** block × columns */
  from(block: Uint32Array): Float64Array;
  /** Takes note of the slopes that a loss has along the distances of a block: block × columns, as they. */
  backward(block: Uint32Array, distances: Float64Array, slopes: Float64Array): void;
  /** The gradient of every row from what was noted, times a factor. */
  gradient(factor: number): Matrix;
}

/** A distance as a function of inner products: of unit rows or not; less the product (or, of unit rows, 1 less it), the distance or its square. */
interface Form {
  readonly unit: boolean;
  readonly of: 'product' | 'difference' | 'square';
}

const FORMS = new Map<RowDistance, Form>([
  [dot, { unit: false, of: 'product' }],
  [cosine, { unit: true, of: 'product' }],
  [euclidean, { unit: false, of: 'difference' }],
  [chord, { unit: true, of: 'difference' }],
  [squaredEuclidean, { unit: false, of: 'square' }],
  [squaredChord, { unit: true, of: 'square' }],
]);

/** A difference of squares below this share of their sum is mostly rounding, and taken from the rows themselves. */
const NEAR = 0.05;

/** By the kernels' products where the distance is one of theirs, and otherwise a pair at a time. */
export function distanceBlocks(distance: RowDistance, rows: Matrix, firstColumn: number): DistanceBlocks {
  const form = FORMS.get(distance);
  return form === undefined ? byPair(distance, rows, firstColumn) : byProducts(form, rows, firstColumn);
}

function byProducts(form: Form, rows: Matrix, firstColumn: number): DistanceBlocks {
  const normalized = form.unit ? kernels.normalize(rows) : undefined;
  const seen = normalized?.unit ?? rows;
  const columns = rowsBetween(seen, firstColumn, seen.rows);
  const squares = Float64Array.from({ length: seen.rows }, (_, i) =>
    innerProduct(row(seen, i), row(seen, i)),
  );
  const noted = new Float64Array(seen.data.length);
  const note = (to: number, slopes: Float32Array, own: number): void => {
    const x = row(seen, to);
    for (let k = 0; k < seen.cols; k++) noted[to * seen.cols + k] += slopes[k] - own * x[k];
  };
  return {
    from(block) {
      const products = kernels.timesTransposed(gather(seen, block), columns).data;
      const distances = new Float64Array(products.length);
      for (let b = 0, e = 0; b < block.length; b++) {
        const i = block[b];
        for (let j = firstColumn; j < seen.rows; j++, e++) {
          if (form.of === 'product') {
            // of unit rows the product may be a rounding above 1
            distances[e] = form.unit ? Math.max(0, 1 - products[e]) : 0 - products[e];
            continue;
          }
          const both = squares[i] + squares[j];
          let square = both - 2 * products[e];
          if (square < NEAR * both) square = squaredDifference(row(seen, i), row(seen, j));
          distances[e] = form.of === 'square' ? square : Math.sqrt(square);
        }
      }
      return distances;
    },
    backward(block, distances, slopes) {
      // along the inner product of each pair
      const along = matrix(block.length, columns.rows);
      for (let e = 0; e < slopes.length; e++) {
        if (form.of === 'product') along.data[e] = -slopes[e];
        else if (form.of === 'square') along.data[e] = -2 * slopes[e];
        else along.data[e] = distances[e] === 0 ? 0 : -slopes[e] / distances[e];
      }
      const apart = form.of !== 'product';
      const [toBlock, toColumns] = [
        kernels.times(along, columns),
        kernels.transposedTimes(along, gather(seen, block)),
      ];
      const totals = new Float64Array(columns.rows);
      for (let b = 0; b < block.length; b++) {
        let total = 0;
        for (let j = 0; j < columns.rows; j++) {
          const each = apart ? along.data[b * columns.rows + j] : 0;
          total += each;
          totals[j] += each;
        }
        note(block[b], row(toBlock, b), total);
      }
      for (let j = 0; j < columns.rows; j++) note(firstColumn + j, row(toColumns, j), totals[j]);
    },
    gradient(factor) {
      const gradient = matrix(
        rows.rows,
        rows.cols,
        Float32Array.from(noted, (slope) => factor * slope),
      );
      return normalized ? kernels.normalizeBackward(normalized, gradient, gradient) : gradient;
    },
  };
}

function byPair(distance: RowDistance, rows: Matrix, firstColumn: number): DistanceBlocks {
  const noted = matrix(rows.rows, rows.cols);
  const columns = rows.rows - firstColumn;
  return {
    from(block) {
      return Float64Array.from({ length: block.length * columns }, (_, e) =>
        distance.between(row(rows, block[Math.floor(e / columns)]), row(rows, firstColumn + (e % columns))),
      );
    },
    backward(block, distances, slopes) {
      for (let e = 0; e < distances.length; e++) {
        if (slopes[e] === 0) continue;
        const [i, j] = [block[Math.floor(e / columns)], firstColumn + (e % columns)];
        distance.backward(row(rows, i), row(rows, j), slopes[e], row(noted, i), row(noted, j));
      }
    },
    gradient: (factor) =>
      matrix(
        rows.rows,
        rows.cols,
        noted.data.map((slope) => factor * slope),
      ),
  };
}
