import type { RowPairs, Triplets } from '../core/batches.ts';

/** Pairs of an anchor's number and a column's, in memory that grows with them. */
export interface PairList {
  add(anchor: number, columns: Uint32Array): void;
  /** By row number: a copy. */
  pairs(): RowPairs;
}

/** As `PairList`, triplets. */
export interface TripletList {
  add(anchor: number, positive: number, negatives: Uint32Array): void;
  /** By row number: a copy. */
  triplets(): Triplets;
}

/** Column 0 is row `first`. */
export function pairList(first: number): PairList {
  const [anchors, others] = [growing(), growing()];
  return {
    add(anchor, columns) {
      anchors.repeat(anchor, columns.length);
      others.append(columns, first);
    },
    pairs: () => ({ anchors: anchors.rows(), others: others.rows() }),
  };
}

/** Column 0 is row `first`. */
export function tripletList(first: number): TripletList {
  const [anchors, positives, negatives] = [growing(), growing(), growing()];
  return {
    add(anchor, positive, columns) {
      anchors.repeat(anchor, columns.length);
      positives.repeat(first + positive, columns.length);
      negatives.append(columns, first);
    },
    triplets: () => ({
      anchors: anchors.rows(),
      positives: positives.rows(),
      negatives: negatives.rows(),
    }),
  };
}

interface Growing {
  repeat(row: number, times: number): void;
  append(columns: Uint32Array, first: number): void;
  rows(): Uint32Array;
}

function growing(): Growing {
  let rows = new Uint32Array(64);
  let count = 0;
  /** Room for so many more: where they begin. */
  const grow = (more: number): number => {
    const start = count;
    count += more;
    if (count > rows.length) {
      const wider = new Uint32Array(Math.max(count, 2 * rows.length));
      wider.set(rows.subarray(0, start));
      rows = wider;
    }
    return start;
  };
  return {
    repeat(row, times) {
      const start = grow(times);
      rows.fill(row, start, start + times);
    },
    append(columns, first) {
      const start = grow(columns.length);
      if (first === 0) rows.set(columns, start);
      else for (let t = 0; t < columns.length; t++) rows[start + t] = first + columns[t];
    },
    rows: () => rows.slice(0, count),
  };
}

/** Some triplets after others. */
export function joined(parts: readonly Triplets[]): Triplets {
  return {
    anchors: endToEnd(parts.map(({ anchors }) => anchors)),
    positives: endToEnd(parts.map(({ positives }) => positives)),
    negatives: endToEnd(parts.map(({ negatives }) => negatives)),
  };
}

function endToEnd(parts: readonly Uint32Array[]): Uint32Array {
  const whole = new Uint32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
