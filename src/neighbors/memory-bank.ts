import { checkWhole } from '../core/check.ts';
import { gather } from '../core/matrix.ts';
import { checkIds, checkRows } from './check-stored.ts';
import { exact, type ExactOptions } from './exact.ts';
import type { NeighborIndex } from './neighbor-index.ts';

export interface MemoryBankOptions extends ExactOptions {
  /** Rows that are kept: the last ones. */
  readonly rows: number;
}

/**
 * The last rows that came, searched exactly: a queue. What is added beyond its room takes the place of what came first; of more rows
 * at once than it has room for, the last are kept. An id that comes again comes last. Its file is that of an exact index.
 *
 * Its memory does not grow with what passes through: at most twice its rows, as they came and as the kernels read them.
 *
 * @throws RangeError if dim is not a whole number in [1, 65536] or rows not one >= 1
 * @see He et al., "Momentum contrast for unsupervised visual representation learning", 2020 (lightly's queue drops the tail of a batch that
 *   does not fit; this one does not)
 */
export function memoryBank({ rows: room, ...options }: MemoryBankOptions): NeighborIndex {
  checkWhole('memoryBank', 'rows', room, 1);
  const index = exact(options);
  // in the order they came, the oldest first
  const queue = new Set<number>();

  return {
    ...index,
    get size() {
      return index.size;
    },
    async add(rows, ids, classes) {
      checkRows('memoryBank.add', 'rows', rows, options.dim);
      checkIds('memoryBank.add', ids, rows.rows);
      const first = Math.max(0, ids.length - room);
      const kept = Uint32Array.from({ length: ids.length - first }, (_, i) => first + i);
      await index.add(gather(rows, kept), ids.subarray(first), classes?.subarray(first));
      for (const id of ids.subarray(first)) {
        queue.delete(id);
        queue.add(id);
      }
      const old: number[] = [];
      for (const id of queue) {
        if (queue.size - old.length <= room) break;
        old.push(id);
      }
      for (const id of old) queue.delete(id);
      await index.remove(Uint32Array.from(old));
    },
    async remove(ids) {
      await index.remove(ids);
      for (const id of ids) queue.delete(id);
    },
  };
}
