import { gather, matrix, row, type Matrix } from '../src/core/matrix.ts';
import { random, shuffled } from '../src/core/random.ts';

/** Of every input; a key beside it sets the inputs of one task apart. */
export const SEED = 20;

/** Rows of independent normals. */
export function normalRows(rows: number, cols: number, key: number): Matrix {
  const { normal } = random(SEED, key);
  const m = matrix(rows, cols);
  for (let e = 0; e < m.data.length; e++) m.data[e] = normal();
  return m;
}

/** Rows in directions drawn evenly. */
export function unitRows(rows: number, cols: number, key: number): Matrix {
  return toUnit(normalRows(rows, cols, key));
}

/**
 * For each row one near it: unit(row + noise) with noise about `spread` long, so that its cosine with the row is
 * about 1 / √(1 + spread²), and that of two rows near the same one 1 / (1 + spread²).
 */
export function near(m: Matrix, spread: number, key: number): Matrix {
  const out = normalRows(m.rows, m.cols, key);
  const scale = spread / Math.sqrt(m.cols);
  for (let e = 0; e < out.data.length; e++) out.data[e] = m.data[e] + scale * out.data[e];
  return toUnit(out);
}

/** As many rows of each class, in random order: a column. */
export function shuffledClasses(rows: number, classes: number, key: number): Matrix {
  return matrix(
    rows,
    1,
    Float32Array.from(shuffled(rows, random(SEED, key)), (i) => i % classes),
  );
}

/** For each entry of the column, its class's centre: drawn evenly, `key` decides them. */
export function centres(labels: Matrix, classes: number, cols: number, key: number): Matrix {
  return gather(unitRows(classes, cols, key), labels.data);
}

export function column(values: ArrayLike<number>): Matrix {
  return matrix(values.length, 1, Float32Array.from(values));
}

export function labelsOf({ data }: Matrix): Int32Array {
  return Int32Array.from(data);
}

/** In place. */
function toUnit(m: Matrix): Matrix {
  for (let i = 0; i < m.rows; i++) {
    const x = row(m, i);
    let square = 0;
    for (let k = 0; k < x.length; k++) square += x[k] * x[k];
    const length = Math.sqrt(square);
    for (let k = 0; k < x.length; k++) x[k] /= length;
  }
  return m;
}
