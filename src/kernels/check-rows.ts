import { refuseEntry } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';
import { kernels } from './active.ts';

/** The largest number float32 has. */
const LARGEST = 3.4028234663852886e38;

/** Every entry finite; the refusal names the row and the column. */
export function checkFiniteRows(where: string, name: string, m: Matrix, firstRow = 0): void {
  const e = kernels.firstOutside(m, -LARGEST, LARGEST);
  if (e >= 0) refuseEntry(where, name, 'finite', m, e, firstRow);
}

/** Every entry in [least, most], which `must` says in words. */
export function checkRowsBetween(
  where: string,
  name: string,
  m: Matrix,
  [least, most]: readonly [least: number, most: number],
  must = `in [${least}, ${most}]`,
): void {
  const e = kernels.firstOutside(m, least, most);
  if (e >= 0) refuseEntry(where, name, must, m, e);
}
