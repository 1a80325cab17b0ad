import { refuse } from '../core/check.ts';
import type { Interned } from '../core/interned.ts';

/** The names that qrels and a run have in common. */
export interface Names {
  readonly queries: Interned;
  readonly documents: Interned;
}

/** What qrels or a run say of documents, by query: those of query q are entries order[offsets[q]] … order[offsets[q + 1] - 1]. */
export interface Entries<Values extends Float32Array | Int32Array> {
  readonly offsets: Uint32Array;
  readonly order: Uint32Array;
  /** the document of each entry; like `values`, as long as the columns had grown */
  readonly documents: Uint32Array;
  /** the grade or the score of each entry */
  readonly values: Values;
}

/** Entries as a file gives them, one after the other. */
export class EntryColumns<Values extends Float32Array | Int32Array> {
  readonly #path: string;
  readonly #names: Names;
  readonly #make: (length: number) => Values;
  #queries = new Uint32Array(1 << 14);
  #documents = new Uint32Array(1 << 14);
  #lines = new Uint32Array(1 << 14);
  #values: Values;
  #size = 0;

  constructor(path: string, names: Names, make: (length: number) => Values) {
    this.#path = path;
    this.#names = names;
    this.#make = make;
    this.#values = make(1 << 14);
  }

  add(query: number, document: number, value: number, line: number): void {
    const e = this.#size++;
    if (e === this.#queries.length) this.#grow(2 * e);
    this.#queries[e] = query;
    this.#documents[e] = document;
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
    this.#documents = longer(this.#documents);
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
    const offsets = offsetsOf(queries, this.#names.queries.size);
    const order = orderOf(queries, offsets.slice());
    this.#refuseTwice(offsets, order);
    return { offsets, order, documents: this.#documents, values: this.#values };
  }

  #refuseTwice(offsets: Uint32Array, order: Uint32Array): void {
    /** 1 + the last query that had each document */
    const seen = new Uint32Array(this.#names.documents.size);
    for (let q = 0; q + 1 < offsets.length; q++) {
      for (let i = offsets[q]; i < offsets[q + 1]; i++) {
        const document = this.#documents[order[i]];
        if (seen[document] === q + 1) {
          const [of, twice] = [this.#names.queries.name(q), this.#names.documents.name(document)];
          refuse(
            `${this.#path} line ${this.#lines[order[i]]}`,
            `query ${of} must have each document once`,
            `${twice} again`,
          );
        }
        seen[document] = q + 1;
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
