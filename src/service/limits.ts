import { refuse } from '../core/check.ts';
import type { Message } from './message.ts';

/** What a request may ask for at most. */
export interface Limits {
  /** rows of an array */
  readonly rows: number;
  /** numbers of a row */
  readonly dim: number;
  /** neighbors or candidates of a query */
  readonly k: number;
  /** rows the index may come to hold */
  readonly stored: number;
}

export const NO_LIMITS: Limits = { rows: Infinity, dim: Infinity, k: Infinity, stored: Infinity };

/** @throws RangeError if an array is of more rows or columns */
export function checkArrays(where: string, { rows, dim }: Limits, { arrays }: Message): void {
  for (const [name, { shape }] of arrays) {
    const [height = 1, ...sides] = shape;
    if (height > rows) refuse(where, `${name} must be of at most ${rows} rows`, height);
    const width = sides.reduce((product, side) => product * side, 1);
    if (width > dim) refuse(where, `${name} must be of at most ${dim} columns`, width);
  }
}

/** @throws RangeError if it is more than are given for a query */
export function checkK(where: string, name: string, { k: most }: Limits, k: number | undefined): void {
  if (k !== undefined && k > most) refuse(where, `${name} must be at most ${most}`, k);
}
