import { checkEqual, checkWhole, refuse } from '../core/check.ts';
import { gather, matrix, row, rowsBetween } from '../core/matrix.ts';
import { cosine } from '../distances/cosine.ts';
import type { Distance } from '../distances/distance.ts';
import { checkRowsBetween } from '../kernels/check-rows.ts';
import { flat, type Searchable } from './flat.ts';
import type { NeighborIndex } from './neighbor-index.ts';

export interface QueueOptions {
  readonly dim: number;
  /** Rows held at most. */
  readonly capacity: number;
  /** @default cosine */
  readonly distance?: Distance;
}

/** Squares of larger numbers leave float32, and scores with them. */
const MOST = 1e18;

/**
 * The last rows that came, searched exactly: the oldest make room for new ones. A row of a known id takes its place and counts as new.
 *
 * @throws RangeError if dim or capacity is not a whole number >= 1
 * @see Wang et al., "Cross-batch memory for embedding learning", 2020
 */
export function queue({
  dim,
  capacity,
  distance = cosine,
}: QueueOptions): NeighborIndex & Required<Searchable> {
  checkWhole('queue', 'dim', dim, 1);
  checkWhole('queue', 'capacity', capacity, 1);
  const rows = matrix(capacity, dim);
  const ids = new Uint32Array(capacity);
  let classes: Int32Array | undefined;
  /** by id, the oldest first */
  const slots = new Map<number, number>();
  let disposed = false;

  const held = () => {
    if (disposed) refuse('queue', 'an index must not be used after dispose()', 'a call');
    const { size } = slots;
    return flat(
      { rows: rowsBetween(rows, 0, size), ids: ids.subarray(0, size), classes: classes?.subarray(0, size) },
      { distance },
    );
  };
  const searches = new Set<Promise<unknown>>();
  const watched = <Result>(search: Promise<Result>): Promise<Result> => {
    searches.add(search);
    return search.finally(() => searches.delete(search));
  };
  const slotFor = (id: number): number => {
    const known = slots.get(id);
    if (known !== undefined) {
      slots.delete(id);
      return known;
    }
    if (slots.size < capacity) return slots.size;
    const [[oldest, slot]] = slots;
    slots.delete(oldest);
    return slot;
  };

  return {
    dim,
    distance,
    get size() {
      return slots.size;
    },
    async add(added, addedIds, addedClasses) {
      while (searches.size > 0) await Promise.allSettled(searches);
      held();
      checkEqual('queue.add', 'rows.cols', added.cols, dim);
      checkEqual('queue.add', 'ids.length', addedIds.length, added.rows);
      checkRowsBetween('queue.add', 'rows', added, [-MOST, MOST], `finite and within ${MOST} of 0`);
      if (addedClasses !== undefined)
        checkEqual('queue.add', 'classes.length', addedClasses.length, added.rows);
      if (slots.size > 0 && added.rows > 0 && (classes === undefined) !== (addedClasses === undefined)) {
        refuse('queue.add', 'classes must come with all rows or with none', 'rows with and rows without');
      }
      if (new Set(addedIds).size < addedIds.length) refuse('queue.add', 'ids must be distinct', 'one twice');
      if (addedClasses !== undefined) classes ??= new Int32Array(capacity);
      addedIds.forEach((id, i) => {
        const slot = slotFor(id);
        slots.set(id, slot);
        ids[slot] = id;
        row(rows, slot).set(row(added, i));
        if (classes !== undefined && addedClasses !== undefined) classes[slot] = addedClasses[i];
      });
    },
    async refresh() {},
    search: async (queries, k, options) => watched(held().search(queries, k, options)),
    searchBelow: async (queries, k, ceilings, exclude) =>
      watched(held().searchBelow(queries, k, ceilings, exclude)),
    read(wanted) {
      const read = wanted.map((id) => slots.get(id) ?? refuse('queue.read', 'every id must be stored', id));
      return {
        rows: gather(rows, read),
        classes: classes && Int32Array.from(read, (slot) => classes?.[slot] ?? 0),
      };
    },
    dispose() {
      disposed = true;
      slots.clear();
    },
  };
}
