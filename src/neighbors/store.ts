import { checkEqual, checkWhole, refuse } from '../core/check.ts';
import { gather, matrix, row, rowsBetween, type Matrix } from '../core/matrix.ts';
import { kernels } from '../kernels/active.ts';
import { checkFiniteRows, checkRowsBetween } from '../kernels/check-rows.ts';
import type { Corpus, Exclusion } from '../kernels/kernels.ts';
import type { StoredRows } from './neighbor-index.ts';

/** Where an index keeps its rows: in slots, in the order their ids first came. */
export interface Store extends Corpus {
  readonly size: number;
  /** Stores the rows, the row of a known id replaced, and says in which slots. */
  put(rows: Matrix, ids: Uint32Array, classes?: Int32Array): Uint32Array;
  read(ids: Uint32Array): StoredRows;
  /** Lets go of the memory. */
  clear(): void;
  /** Queries of this store: their shape and what they exclude. */
  checkQueries(queries: Matrix, k: number, exclude?: Exclusion): void;
}

/** Squares of larger numbers leave float32, and scores with them. */
const MOST = 1e18;

function checkRows(where: string, name: string, m: Matrix): void {
  if (kernels.firstOutside(m, -MOST, MOST) < 0) return;
  checkFiniteRows(where, name, m);
  checkRowsBetween(where, name, m, [-MOST, MOST], `within ${MOST} of 0`);
}

/** `where` names the index in refusals. */
export function store(where: string, dim: number): Store {
  let rows = matrix(16, dim);
  let ids = new Uint32Array(16);
  let classes: Int32Array | undefined;
  let size = 0;
  const slots = new Map<number, number>();

  const grow = (capacity: number): void => {
    if (capacity <= rows.rows) return;
    const larger = Math.max(capacity, 2 * rows.rows);
    const [oldRows, oldIds, oldClasses] = [rows, ids, classes];
    rows = matrix(larger, dim);
    rows.data.set(oldRows.data);
    ids = new Uint32Array(larger);
    ids.set(oldIds);
    if (oldClasses === undefined) return;
    classes = new Int32Array(larger);
    classes.set(oldClasses);
  };

  return {
    get size() {
      return size;
    },
    get rows() {
      return rowsBetween(rows, 0, size);
    },
    get ids() {
      return ids.subarray(0, size);
    },
    get classes() {
      return classes?.subarray(0, size);
    },
    put(added, addedIds, addedClasses) {
      const at = `${where}.add`;
      checkEqual(at, 'rows.cols', added.cols, dim);
      checkEqual(at, 'ids.length', addedIds.length, added.rows);
      if (addedClasses !== undefined) checkEqual(at, 'classes.length', addedClasses.length, added.rows);
      if (size > 0 && added.rows > 0 && (classes === undefined) !== (addedClasses === undefined)) {
        refuse(at, 'classes must come with all rows or with none', 'rows with and rows without');
      }
      checkRows(at, 'rows', added);
      const seen = new Set<number>();
      for (const id of addedIds) {
        if (seen.has(id)) refuse(at, 'ids must be distinct', `${id} twice`);
        seen.add(id);
      }
      const fresh = addedIds.filter((id) => !slots.has(id));
      grow(size + fresh.length);
      if (addedClasses !== undefined && added.rows > 0) classes ??= new Int32Array(rows.rows);
      for (const id of fresh) {
        ids[size] = id;
        slots.set(id, size++);
      }
      const written = addedIds.map((id) => slots.get(id) ?? 0);
      written.forEach((slot, i) => {
        row(rows, slot).set(row(added, i));
        if (classes !== undefined && addedClasses !== undefined) classes[slot] = addedClasses[i];
      });
      return written;
    },
    read(wanted) {
      const held = wanted.map(
        (id) => slots.get(id) ?? refuse(`${where}.read`, 'every id must be stored', id),
      );
      return {
        rows: gather(rows, held),
        classes: classes && Int32Array.from(held, (slot) => Number(classes?.[slot])),
      };
    },
    clear() {
      [rows, ids, classes, size] = [matrix(0, dim), new Uint32Array(0), undefined, 0];
      slots.clear();
    },
    checkQueries(queries, k, exclude = {}) {
      const at = `${where}.search`;
      checkEqual(at, 'queries.cols', queries.cols, dim);
      checkRows(at, 'queries', queries);
      checkWhole(at, 'k', k, 1);
      const { queryClass, perQuery } = exclude;
      if (queryClass !== undefined) {
        checkEqual(at, 'exclude.queryClass.length', queryClass.length, queries.rows);
        if (size > 0 && classes === undefined)
          refuse(at, 'exclude.queryClass needs rows with classes', 'rows without');
      }
      if (perQuery !== undefined) {
        const { offsets } = perQuery;
        checkEqual(at, 'exclude.perQuery.offsets.length', offsets.length, queries.rows + 1);
        checkEqual(at, 'exclude.perQuery.ids.length', perQuery.ids.length, offsets[queries.rows]);
      }
    },
  };
}
