import type { Matrix } from '../core/matrix.ts';
import { kernels } from '../kernels/active.ts';
import type { Packed } from '../kernels/kernels.ts';

/** The packed form of rows that only ever grow in number: made when it is asked for, of no more than what it lacks. */
export function packedRows() {
  let count = 0;
  let last: Promise<Packed | undefined> = Promise.resolve(undefined);

  const pack = async (rows: Matrix, before: typeof last): Promise<Packed> =>
    kernels.later.pack(rows, await before.catch(() => undefined));

  return {
    /** That of these rows; the first of them must be those asked for before. */
    of(rows: Matrix): Promise<Packed | undefined> {
      if (rows.rows > count) {
        count = rows.rows;
        last = pack(rows, last);
        last.catch(() => (count = 0));
      }
      return last;
    },
  };
}
