import { matrix, type Matrix } from '../core/matrix.ts';
import { random } from '../core/random.ts';

/** Independent normal entries of mean 0 and this deviation. */
export function gaussian(rows: number, cols: number, deviation: number, ...key: readonly number[]): Matrix {
  const out = matrix(rows, cols);
  const { normal } = random(...key);
  for (let e = 0; e < out.data.length; e++) out.data[e] = deviation * normal();
  return out;
}
