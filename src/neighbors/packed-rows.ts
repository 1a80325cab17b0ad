import type { Matrix } from '../core/matrix.ts';
import { kernels } from '../kernels/active.ts';
import type { Packed } from '../kernels/kernels.ts';

/** The packed form of rows that come and change: made when it is asked for, of no more than what it lacks. */
export function packedRows() {
  let last: Packed | undefined;
  let current: Promise<Packed> | undefined;
  let cleared = false;
  const changed = new Set<number>();

  const pack = async (rows: Matrix): Promise<Packed> => {
    try {
      const packed = await kernels.later.pack(rows, last, Uint32Array.from(changed));
      changed.clear();
      if (!cleared) last = packed;
      return packed;
    } catch (error) {
      current = undefined;
      throw error;
    }
  };

  return {
    /** That of the rows as they are now; they must stay so until it is there. */
    of(rows: Matrix): Promise<Packed> {
      current ??= pack(rows);
      return current;
    },
    /** These rows are new or others than before. */
    change(rows: Uint32Array): void {
      const count = last?.count ?? 0;
      for (const row of rows) if (row < count) changed.add(row);
      current = undefined;
    },
    clear(): void {
      [last, current, cleared] = [undefined, undefined, true];
    },
  };
}
