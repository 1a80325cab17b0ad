import type { RowSource } from '../src/neighbors/chunks.ts';
import { type Columns, graphOfRows, type GraphOfRowsOptions } from '../src/neighbors/graph-of-rows.ts';
import { graphTopK, rowsOfIds } from '../src/neighbors/graph-top-k.ts';
import type { NeighborIndex } from '../src/neighbors/neighbor-index.ts';
import { type SearchShards, shardsOf } from '../src/neighbors/sharded.ts';
import { progress } from './progress.ts';

/** A graph for each shard of a corpus, in memory, with word of how far they are. */
export async function graphsOfShards(
  source: RowSource,
  columns: Columns,
  { shardRows, ...options }: Omit<GraphOfRowsOptions, 'onRows'> & { readonly shardRows: number },
): Promise<{ readonly search: SearchShards; dispose(): void }> {
  const shown = progress('indexing');
  const graphs: NeighborIndex[] = [];
  for (const shard of shardsOf(source.rows, shardRows)) {
    const onRows = (rows: number): void => shown.at((shard.first + rows) / source.rows);
    graphs.push(await graphOfRows(source, shard, columns, { ...options, onRows }));
  }
  shown.done(`${source.rows} documents`);
  const rowOf = rowsOfIds(columns.ids);
  return {
    async search(queries, k, { exclude }) {
      const parts = [];
      for (const graph of graphs) parts.push(await graphTopK(graph, rowOf, queries, k, exclude));
      return parts;
    },
    dispose: () => graphs.forEach((graph) => graph.dispose()),
  };
}
