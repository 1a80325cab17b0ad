import type { Matrix } from '../../core/matrix.ts';
import type { Packed } from '../kernels.ts';

/** The plain kernels read rows as they are. */
export function pack({ rows, data }: Matrix): Packed {
  return { count: rows, form: 'plain', columns: data, squares: new Float64Array(), lost: new Float64Array() };
}
