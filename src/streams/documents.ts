import type { Matrix } from '../core/matrix.ts';
import type { Collection, Records } from '../formats/data-folder.ts';
import { kernels } from '../kernels/active.ts';
import type { RowBatch } from './batches.ts';

/** What rows of a collection, by their numbers, are embedded as. */
export type EmbedRows = (rows: Uint32Array) => Matrix | Promise<Matrix>;

export interface DocumentRowsOptions {
  /** Documents a batch. @default 1024 */
  readonly rows?: number;
  /** Which rows of the collection. @default all, in their order */
  readonly only?: Uint32Array;
}

export interface DocumentOptions extends DocumentRowsOptions {
  /** What becomes of the stored vectors before they are indexed. @default as they are */
  readonly encode?: (vectors: Matrix) => Matrix;
}

/** Documents with their ids, and their groups as labels. */
export function* documents(
  collection: Collection,
  { encode = (vectors) => vectors, ...which }: DocumentOptions = {},
): Generator<RowBatch, void, undefined> {
  for (const { numbers, ...batch } of documentRows(collection, which))
    yield { ...batch, rows: encode(kernels.gather(collection.vectors, numbers)) };
}

/** The same as an encoder makes them, whatever they are. */
export async function* embeddedDocuments(
  records: Pick<Records, 'names' | 'groups'>,
  embed: EmbedRows,
  which: DocumentRowsOptions = {},
): AsyncGenerator<RowBatch, void, undefined> {
  for (const { numbers, ...batch } of documentRows(records, which))
    yield { ...batch, rows: await embed(numbers) };
}

/** Such batches by numbers alone. */
function* documentRows(
  { names, groups }: Pick<Records, 'names' | 'groups'>,
  { rows = 1024, only = Uint32Array.from(groups.keys()) }: DocumentRowsOptions,
) {
  for (let start = 0; start < only.length; start += rows) {
    const numbers = only.subarray(start, start + rows);
    yield {
      step: start / rows,
      numbers,
      ids: numbers.map((row) => names.ofRow[row]),
      labels: Int32Array.from(numbers, (row) => groups[row]),
    };
  }
}
