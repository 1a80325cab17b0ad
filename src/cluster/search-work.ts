import { join } from 'node:path';
import { refuse } from '../core/check.ts';
import { DISTANCES } from '../distances/by-name.ts';
import type { Distance } from '../distances/distance.ts';
import { openNpyRows } from '../formats/npy.ts';
import { kernels } from '../kernels/active.ts';
import type { TopK } from '../kernels/kernels.ts';
import { type Columns, graphOfRows } from '../neighbors/graph-of-rows.ts';
import { graphTopK, rowsOfIds } from '../neighbors/graph-top-k.ts';
import { loadIndex } from '../neighbors/load-index.ts';
import { type Shard, shardsOf } from '../neighbors/sharded.ts';
import { readColumns } from './columns.ts';
import { checkFound } from './found-file.ts';
import { kept } from './kept.ts';
import type { SearchPlan } from './plan.ts';
import { answerContent, type Asked, readAsked } from './search-content.ts';
import { isThere } from './there.ts';
import type { Work } from './work.ts';

/** Shards that are kept in memory. */
const KEPT = 4;

/** Links shards, and searches them. */
export function searchWork(plan: SearchPlan, folder: string): Work {
  const columnsOf = kept(1, (path: string) => path, readColumns);
  const searcherOf = kept(
    KEPT,
    ({ index, part }: Pick<Asked, 'index'> & { readonly part: number }) => `${index} ${part}`,
    async ({ index, part }): Promise<Searcher> => {
      const columns = await columnsOf(folder);
      const shard = shardOf(plan, columns, part);
      return index === 'exact' ? everyRow(plan, shard, columns) : throughGraph(folder, part, columns);
    },
  );
  return async (input, part) => {
    if (input.header.task === 'link') {
      const columns = await columnsOf(folder);
      await link(plan, graphPath(folder, part), shardOf(plan, columns, part), columns);
      return { header: {}, arrays: {} };
    }
    const asked = readAsked(input);
    const search = await searcherOf({ index: asked.index, part });
    return answerContent(await search(asked));
  };
}

function shardOf({ shardRows }: SearchPlan, { ids }: Columns, part: number): Shard {
  return shardsOf(ids.length, shardRows)[part] ?? refuse('a search', 'part must be a shard', part);
}

type Searcher = (asked: Asked) => Promise<TopK>;

async function everyRow(
  { vectors, distance }: SearchPlan,
  { first, end }: Shard,
  all: Columns,
): Promise<Searcher> {
  await checkFound(vectors);
  const file = await openNpyRows(vectors.path);
  const rows = await file.between(first, end).finally(() => file.close());
  const packed = await kernels.later.pack(rows);
  const corpus = {
    rows,
    packed,
    ids: all.ids.subarray(first, end),
    classes: all.classes?.subarray(first, end),
  };
  const { similarity } = DISTANCES[distance];
  return async ({ queries, k, options }) => {
    const best = await kernels.later.topK(queries, corpus, Math.min(k, rows.rows), {
      similarity,
      ...options,
    });
    return { ...best, rows: best.rows.map((row) => first + row) };
  };
}

function graphPath(folder: string, part: number): string {
  return join(folder, `graph.${part}`);
}

/** Writes a graph where none has yet. */
async function link(plan: SearchPlan, path: string, shard: Shard, columns: Columns): Promise<void> {
  if (await isThere(path)) return;
  await checkFound(plan.vectors);
  const file = await openNpyRows(plan.vectors.path);
  try {
    const distance: Distance = DISTANCES[plan.distance];
    const index = await graphOfRows(file, shard, columns, { distance, ef: plan.ef, seed: plan.seed });
    await index.save(path);
    index.dispose();
  } finally {
    await file.close();
  }
}

async function throughGraph(folder: string, part: number, { ids }: Columns): Promise<Searcher> {
  const index = await loadIndex(graphPath(folder, part));
  const rowOf = rowsOfIds(ids);
  return ({ queries, k, options: { exclude } }) => graphTopK(index, rowOf, queries, k, exclude);
}
