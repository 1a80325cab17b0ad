import { refuse } from '../core/check.ts';
import { gather, matrix, type Matrix, rowsBetween } from '../core/matrix.ts';
import { inverseLengths } from '../kernels/native/graph.ts';
import { checkArray, checkClasses, checkIds, checkRows } from './check-stored.ts';
import type { StoredRows } from './neighbor-index.ts';

/** What a row log looks like at one moment: views that stay as they are while rows come and go. */
export interface LoggedRows {
  readonly rows: Matrix;
  readonly ids: Uint32Array;
  readonly classes?: Int32Array;
  /** 1 / length of each row, where the log was asked for it */
  readonly inverse?: Float32Array;
  /** a bitset over rows of those that were replaced or removed; absent where there are none */
  readonly dead?: Uint8Array;
}

export interface RowLogOptions {
  /** names the index in refusals */
  readonly where: string;
  readonly dim: number;
  readonly withInverse: boolean;
}

/**
 * Rows in the order they came. A row is never written over: one that is replaced or removed is dead from then on, and the new one
 * comes last. So whoever works on rows in another thread can go on while others come.
 */
export interface RowLog {
  /** all there are, dead ones included */
  readonly length: number;
  readonly live: number;
  readonly ids: Iterable<number>;
  now(): LoggedRows;
  /** @throws as `NeighborIndex.add`; nothing is stored then */
  append(rows: Matrix, ids: Uint32Array, classes?: Int32Array): void;
  /** @throws RangeError if an id is not stored; nothing is removed then */
  remove(ids: Uint32Array): void;
  read(ids: Uint32Array): StoredRows;
  /** Rows from a number on that are not dead. */
  liveFrom(first: number): Uint32Array;
  /** The same rows without the dead ones, in the same order. */
  compacted(): RowLog;
}

/** An empty log, or one of rows that were logged before and have been looked through: those are copied. */
export function rowLog(options: RowLogOptions, before?: LoggedRows): RowLog {
  const { where, dim, withInverse } = options;
  let room = 16;
  let rows = matrix(room, dim);
  let ids = new Uint32Array(room);
  let inverse = new Float32Array(withInverse ? room : 0);
  let classes: Int32Array | undefined;
  let dead: Uint8Array | undefined;
  let length = 0;
  const slots = new Map<number, number>();

  const grow = (needed: number): void => {
    if (needed <= room) return;
    room = Math.max(needed, Math.ceil(1.5 * room));
    const old = { rows, ids, inverse, classes, dead };
    rows = matrix(room, dim);
    rows.data.set(old.rows.data);
    ids = new Uint32Array(room);
    ids.set(old.ids);
    if (withInverse) inverse = new Float32Array(room);
    inverse.set(old.inverse);
    if (old.dead !== undefined) {
      dead = new Uint8Array(Math.ceil(room / 8));
      dead.set(old.dead);
    }
    if (old.classes === undefined) return;
    classes = new Int32Array(room);
    classes.set(old.classes);
  };

  /** A search under way has the bits as they were. */
  const bury = (buried: readonly number[]): void => {
    if (buried.length === 0) return;
    const bits = new Uint8Array(Math.ceil(room / 8));
    if (dead !== undefined) bits.set(dead);
    for (const slot of buried) bits[slot >>> 3] |= 1 << (slot & 7);
    dead = bits;
  };

  if (before !== undefined) {
    length = before.rows.rows;
    grow(length);
    rows.data.set(before.rows.data);
    ids.set(before.ids);
    if (before.classes !== undefined) {
      classes = new Int32Array(room);
      classes.set(before.classes);
    }
    if (withInverse) inverse.set(inverseLengths(before.rows));
    if (before.dead !== undefined) {
      dead = new Uint8Array(Math.ceil(room / 8));
      dead.set(before.dead);
    }
    for (let slot = 0; slot < length; slot++) {
      if (dead === undefined || ((dead[slot >>> 3] >>> (slot & 7)) & 1) === 0) slots.set(ids[slot], slot);
    }
  }

  const checkAdded = (added: Matrix, addedIds: Uint32Array, addedClasses?: Int32Array): void => {
    const at = `${where}.add`;
    checkRows(at, 'rows', added, dim);
    checkIds(at, addedIds, added.rows);
    if (addedClasses !== undefined) checkClasses(at, 'classes', addedClasses, added.rows);
    if (slots.size > 0 && added.rows > 0 && (classes === undefined) !== (addedClasses === undefined)) {
      refuse(at, 'classes must come with all rows or with none', 'rows with and rows without');
    }
  };
  const slotOf = (call: string, id: number): number =>
    slots.get(id) ?? refuse(`${where}.${call}`, 'every id must be stored', id);

  return {
    get length() {
      return length;
    },
    get live() {
      return slots.size;
    },
    get ids() {
      return slots.keys();
    },
    now: () => ({
      rows: rowsBetween(rows, 0, length),
      ids: ids.subarray(0, length),
      classes: classes?.subarray(0, length),
      inverse: withInverse ? inverse.subarray(0, length) : undefined,
      dead,
    }),
    append(added, addedIds, addedClasses) {
      checkAdded(added, addedIds, addedClasses);
      if (added.rows === 0) return;
      grow(length + added.rows);
      if (slots.size === 0) classes = addedClasses && new Int32Array(room);
      bury(Array.from(addedIds, (id) => slots.get(id) ?? -1).filter((slot) => slot >= 0));
      rows.data.set(added.data, length * dim);
      ids.set(addedIds, length);
      if (withInverse) inverse.set(inverseLengths(added), length);
      if (addedClasses !== undefined) classes?.set(addedClasses, length);
      addedIds.forEach((id, i) => slots.set(id, length + i));
      length += added.rows;
    },
    remove(removed) {
      checkIds(`${where}.remove`, removed);
      const buried = Array.from(removed, (id) => slotOf('remove', id));
      bury(buried);
      for (const id of removed) slots.delete(id);
    },
    read(wanted) {
      checkArray(`${where}.read`, 'ids', wanted, 'Uint32Array');
      const held = wanted.map((id) => slotOf('read', id));
      return {
        rows: gather(rows, held),
        classes: classes && Int32Array.from(held, (slot) => Number(classes?.[slot])),
      };
    },
    liveFrom(first) {
      return Uint32Array.from(slots.values())
        .filter((slot) => slot >= first)
        .sort();
    },
    compacted() {
      const compact = rowLog(options);
      const held = this.liveFrom(0);
      compact.append(
        gather(rows, held),
        Uint32Array.from(held, (slot) => ids[slot]),
        classes && Int32Array.from(held, (slot) => Number(classes?.[slot])),
      );
      return compact;
    },
  };
}
