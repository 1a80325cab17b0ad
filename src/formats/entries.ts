import { ByteNames } from '../core/byte-names.ts';
import { refuse } from '../core/check.ts';
import type { Interned } from '../core/interned.ts';
import { NameTable } from '../core/name-table.ts';

/** The numbers of a file. */
export type Column = Float32Array | Float64Array | Int32Array;

/** What qrels or a run say of documents, by query: those of query q are entries order[offsets[q]] … order[offsets[q + 1] - 1]. */
export interface Entries<Values extends Column> {
  readonly offsets: Uint32Array;
  readonly order: Uint32Array;
  /** the document of each entry */
  readonly documents: ByteNames;
  /** the grade or the score of each entry; as long as the column had grown */
  readonly values: Values;
}

/** Entries as a file gives them, one after the other. */
export class EntryColumns<Values extends Column> {
  readonly #path: string;
  readonly #names: Interned;
  readonly #make: (length: number) => Values;
  readonly #documents = new ByteNames();
  #queries = new Uint32Array(1 << 14);
  #lines = new Uint32Array(1 << 14);
  #values: Values;
  #size = 0;

  constructor(path: string, queries: Interned, make: (length: number) => Values) {
    this.#path = path;
    this.#names = queries;
    this.#make = make;
    this.#values = make(1 << 14);
  }

  /** The document's name is bytes[start] … bytes[end - 1]. */
  add(query: number, bytes: Uint8Array, start: number, end: number, value: number, line: number): void {
    const e = this.#size++;
    if (e === this.#queries.length) this.#grow(2 * e);
    this.#documents.push(bytes, start, end);
    this.#queries[e] = query;
    this.#values[e] = value;
    this.#lines[e] = line;
  }

  #grow(length: number): void {
    const longer = (column: Uint32Array): Uint32Array<ArrayBuffer> => {
      const grown = new Uint32Array(length);
      grown.set(column);
      return grown;
    };
    this.#queries = longer(this.#queries);
    this.#lines = longer(this.#lines);
    const values = this.#make(length);
    values.set(this.#values);
    this.#values = values;
  }

  /**
   * All of them by query, each query's in the order of the file.
   *
   * @throws RangeError that names the file and the line if a query has a document twice, or if there are none
   */
  grouped(): Entries<Values> {
    if (this.#size === 0) refuse(this.#path, 'must have a line', 'none');
    const queries = this.#queries.subarray(0, this.#size);
    const offsets = offsetsOf(queries, this.#names.size);
    const order = orderOf(queries, offsets.slice());
    this.#refuseTwice(offsets, order);
    return { offsets, order, documents: this.#documents, values: this.#values };
  }

  #refuseTwice(offsets: Uint32Array, order: Uint32Array): void {
    const seen = new NameTable(this.#documents);
    for (let q = 0; q + 1 < offsets.length; q++) {
      if (offsets[q] === offsets[q + 1]) continue;
      seen.clear(offsets[q + 1] - offsets[q]);
      for (let i = offsets[q]; i < offsets[q + 1]; i++) {
        if (seen.add(order[i]) < 0) continue;
        refuse(
          `${this.#path} line ${this.#lines[order[i]]}`,
          `query ${this.#names.name(q)} must have each document once`,
          `${this.#documents.text(order[i])} again`,
        );
      }
    }
  }
}

/** Where the entries of each query begin, when they stand by query. */
function offsetsOf(queries: Uint32Array, size: number): Uint32Array {
  const offsets = new Uint32Array(size + 1);
  for (let e = 0; e < queries.length; e++) offsets[queries[e] + 1]++;
  for (let q = 1; q < offsets.length; q++) offsets[q] += offsets[q - 1];
  return offsets;
}

/** The entries by query; `next`, where each query's next goes, is moved on. */
function orderOf(queries: Uint32Array, next: Uint32Array): Uint32Array {
  const order = new Uint32Array(queries.length);
  for (let e = 0; e < queries.length; e++) order[next[queries[e]]++] = e;
  return order;
}
