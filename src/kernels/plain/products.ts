import { matrix, type Matrix } from '../../core/matrix.ts';

/** Rows of B held as float64 at a time: a panel of 64 × 512 stays in the second-level cache. */
const PANEL_ROWS = 64;

/**
 * A Bᵀ, summed in float64.
 *
 * The one product of the plain kernels: the others transpose first, which costs a pass over the operands
 * against as many passes as there are rows.
 */
export function timesTransposed(a: Matrix, b: Matrix, out = matrix(a.rows, b.rows)): Matrix {
  dots(a, b, out.data);
  return out;
}

/** The inner product of each row of A with each of B, into a.rows × b.rows numbers of either width. */
export function dots(a: Matrix, b: Matrix, out: Float32Array | Float64Array): void {
  const left = new Float64Array(a.cols * 2);
  const panel = new Float64Array(PANEL_ROWS * b.cols);
  for (let start = 0; start < b.rows; start += PANEL_ROWS) {
    const end = Math.min(start + PANEL_ROWS, b.rows);
    panel.set(b.data.subarray(start * b.cols, end * b.cols));
    for (let i = 0; i < a.rows; i += 2) {
      const pair = Math.min(2, a.rows - i);
      left.set(a.data.subarray(i * a.cols, (i + pair) * a.cols));
      timesPanel(left, pair, panel, end - start, a.cols, out, i * b.rows + start, b.rows);
    }
  }
}

/** One or two rows of A with a panel of B: two by four sums at a time, so that each number loaded is used more than once. */
function timesPanel(
  left: Float64Array,
  leftRows: number,
  panel: Float64Array,
  panelRows: number,
  dim: number,
  out: Float32Array | Float64Array,
  at: number,
  stride: number,
): void {
  const second = (leftRows - 1) * dim;
  let j = 0;
  for (; j + 4 <= panelRows; j += 4) {
    const [p0, p1, p2, p3] = [j * dim, (j + 1) * dim, (j + 2) * dim, (j + 3) * dim];
    let [s00, s01, s02, s03, s10, s11, s12, s13] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let k = 0; k < dim; k++) {
      const x = left[k];
      const y = left[second + k];
      const b0 = panel[p0 + k];
      const b1 = panel[p1 + k];
      const b2 = panel[p2 + k];
      const b3 = panel[p3 + k];
      s00 += x * b0;
      s01 += x * b1;
      s02 += x * b2;
      s03 += x * b3;
      s10 += y * b0;
      s11 += y * b1;
      s12 += y * b2;
      s13 += y * b3;
    }
    if (leftRows === 2) {
      out[at + stride + j] = s10;
      out[at + stride + j + 1] = s11;
      out[at + stride + j + 2] = s12;
      out[at + stride + j + 3] = s13;
    }
    out[at + j] = s00;
    out[at + j + 1] = s01;
    out[at + j + 2] = s02;
    out[at + j + 3] = s03;
  }
  for (; j < panelRows; j++) {
    for (let i = 0; i < leftRows; i++) {
      let sum = 0;
      for (let k = 0; k < dim; k++) sum += left[i * dim + k] * panel[j * dim + k];
      out[at + i * stride + j] = sum;
    }
  }
}

export function transposed({ rows, cols, data }: Matrix): Matrix {
  const out = matrix(cols, rows);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < cols; k++) out.data[k * rows + i] = data[i * cols + k];
  }
  return out;
}

/** A B. */
export function times(a: Matrix, b: Matrix, out?: Matrix): Matrix {
  return timesTransposed(a, transposed(b), out);
}

/** Aᵀ B. */
export function transposedTimes(a: Matrix, b: Matrix, out?: Matrix): Matrix {
  return timesTransposed(transposed(a), transposed(b), out);
}
