import { checkEqual } from '../core/check.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';
import type { LeftAndRight } from './measured.ts';

/** Left and right rows that stand beside one another. */
export function checkBeside(where: string, { left, right }: LeftAndRight): void {
  checkEqual(where, 'right.rows', right.rows, left.rows);
  checkEqual(where, 'right.cols', right.cols, left.cols);
  checkFiniteRows(where, 'left', left);
  checkFiniteRows(where, 'right', right);
}
