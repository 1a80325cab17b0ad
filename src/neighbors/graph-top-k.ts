import type { Matrix } from '../core/matrix.ts';
import type { Exclusion, TopK } from '../kernels/kernels.ts';
import type { NeighborIndex } from './neighbor-index.ts';

/** What a graph finds, with scores that are minus the distances, and rows by their numbers in a corpus. */
export async function graphTopK(
  index: NeighborIndex,
  rowOf: Uint32Array,
  queries: Matrix,
  k: number,
  exclude?: Exclusion,
): Promise<TopK> {
  const { ids, distances, found } = await index.search(queries, k, { exclude });
  return { rows: ids.map((id) => rowOf[id]), scores: distances.map((far) => -far), found };
}

/** The number of each id's row; ids are 0 … rows - 1 in another order. */
export function rowsOfIds(ids: Uint32Array): Uint32Array {
  const rowOf = new Uint32Array(ids.length);
  ids.forEach((id, row) => (rowOf[id] = row));
  return rowOf;
}
