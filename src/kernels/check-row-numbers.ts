import { refuse } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';

/** Every number that of a row. */
export function checkRowNumbers({ rows: count }: Matrix, rows: Uint32Array): void {
  for (let i = 0; i < rows.length; i++) {
    if (rows[i] >= count) refuse('gather', `rows[${i}] must be a whole number in [0, ${count})`, rows[i]);
  }
}
