import { gather as copied, type Matrix } from '../../core/matrix.ts';
import { checkRowNumbers } from '../check-row-numbers.ts';

export function gather(x: Matrix, rows: Uint32Array, out?: Matrix): Matrix {
  checkRowNumbers(x, rows);
  return copied(x, rows, out);
}
