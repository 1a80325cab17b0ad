import { gather, type Matrix } from '../core/matrix.ts';
import type { DataFolder, Split } from '../formats/data-folder.ts';
import type { QueryBatch } from './batches.ts';

export interface QueryOptions {
  /** Queries a batch. @default 64 */
  readonly rows?: number;
  /** What becomes of the stored vectors before they are asked. @default as they are */
  readonly encode?: (vectors: Matrix) => Matrix;
}

/** The judged queries of a split, in its order. */
export function* queries(
  { queries: { vectors } }: DataFolder,
  split: Split,
  { rows = 64, encode = (vectors) => vectors }: QueryOptions = {},
): Generator<QueryBatch, void, undefined> {
  for (let start = 0; start < split.queries.length; start += rows) {
    yield {
      step: start / rows,
      queries: encode(gather(vectors, split.queries.subarray(start, start + rows))),
      judgments: split.judgments.slice(start, start + rows),
    };
  }
}
