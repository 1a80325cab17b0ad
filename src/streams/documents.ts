import { gather, type Matrix } from '../core/matrix.ts';
import type { Collection } from '../formats/data-folder.ts';
import type { RowBatch } from './batches.ts';

export interface DocumentOptions {
  /** Documents a batch. @default 1024 */
  readonly rows?: number;
  /** Which rows of the collection. @default all, in their order */
  readonly only?: Uint32Array;
  /** What becomes of the stored vectors before they are indexed. @default as they are */
  readonly encode?: (vectors: Matrix) => Matrix;
}

/** Documents with their ids, and their groups as labels. */
export function* documents(
  { names, vectors, groups }: Collection,
  {
    rows = 1024,
    only = Uint32Array.from(groups.keys()),
    encode = (vectors) => vectors,
  }: DocumentOptions = {},
): Generator<RowBatch, void, undefined> {
  for (let start = 0; start < only.length; start += rows) {
    const batch = only.subarray(start, start + rows);
    yield {
      step: start / rows,
      rows: encode(gather(vectors, batch)),
      ids: batch.map((row) => names.ofRow[row]),
      labels: Int32Array.from(batch, (row) => groups[row]),
    };
  }
}
