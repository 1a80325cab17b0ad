import { type Matrix, matrix, rowsBetween } from '../core/matrix.ts';
import type { RowSource } from './chunks.ts';
import { hnsw, type HnswOptions } from './hnsw.ts';
import type { NeighborIndex } from './neighbor-index.ts';
import type { Shard } from './sharded.ts';

/** What is known of every row of a corpus. */
export interface Columns {
  readonly ids: Uint32Array;
  readonly classes?: Int32Array;
}

export interface GraphOfRowsOptions extends Omit<HnswOptions, 'dim'> {
  readonly signal?: AbortSignal;
  /** Is told how many rows have been added. */
  readonly onRows?: (rows: number) => void;
}

/** Rows that are added at a time: a graph depends on them. */
const TOGETHER = 1024;

/** A graph of one shard of a corpus, linked to its last row. The same rows give the same graph, wherever they stand. */
export async function graphOfRows(
  source: RowSource,
  { first, end }: Shard,
  { ids, classes }: Columns,
  { signal, onRows, ...options }: GraphOfRowsOptions,
): Promise<NeighborIndex> {
  const index = hnsw({ ...options, dim: source.cols });
  for (let start = first; start < end; start += TOGETHER) {
    signal?.throwIfAborted();
    const rows = matrix(Math.min(TOGETHER, end - start), source.cols);
    await source.read(rows, start);
    const last = start + rows.rows;
    await index.add(rows, ids.subarray(start, last), classes?.subarray(start, last));
    onRows?.(last - first);
  }
  await index.refresh();
  return index;
}

/** Rows in memory, to be read as those of a file are. */
export function sourceOf(all: Matrix): RowSource {
  return {
    rows: all.rows,
    cols: all.cols,
    async read(into, start) {
      into.data.set(rowsBetween(all, start, start + into.rows).data);
    },
  };
}
