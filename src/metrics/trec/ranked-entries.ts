import type { Interned } from '../../core/interned.ts';
import type { Column, Entries } from '../../formats/entries.ts';

export type Scores = Float32Array | Float64Array;

/** The queries to keep, by the bytes of their names. */
export function byName(names: Interned, keep: (q: number) => boolean): number[] {
  return Array.from({ length: names.size }, (_, q) => q)
    .filter(keep)
    .sort((a, b) => names.compare(a, b));
}

/** How many entries a query has. */
export function countOf({ offsets }: Entries<Column>, q: number): number {
  return q + 1 < offsets.length ? offsets[q + 1] - offsets[q] : 0;
}

export function has(entries: Entries<Column>, q: number): boolean {
  return countOf(entries, q) > 0;
}

/**
 * The entries of a query, best first: by score, ties to the name that is greater by bytes, as in trec_eval, or less.
 */
export function ranking(run: Entries<Scores>, q: number, ascending = false): Uint32Array {
  if (!has(run, q)) return new Uint32Array(0);
  const entries = run.order.slice(run.offsets[q], run.offsets[q + 1]);
  // most runs come ranked
  for (let i = 1; i < entries.length; i++) {
    if (compare(run, entries[i - 1], entries[i], ascending) > 0) {
      return entries.sort((a, b) => compare(run, a, b, ascending));
    }
  }
  return entries;
}

function compare({ values, documents }: Entries<Scores>, a: number, b: number, ascending: boolean): number {
  if (values[a] !== values[b]) return values[a] > values[b] ? -1 : 1;
  return ascending ? documents.compare(a, b) : documents.compare(b, a);
}
