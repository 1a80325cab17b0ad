import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { refuse } from '../core/check.ts';
import { cosine } from '../distances/cosine.ts';
import type { Distance } from '../distances/distance.ts';
import { dot } from '../distances/dot.ts';
import { euclidean } from '../distances/euclidean.ts';
import { openNpyRows } from '../formats/npy.ts';
import { kernels } from '../kernels/active.ts';
import type { TopK } from '../kernels/kernels.ts';
import { type Columns, graphOfRows } from '../neighbors/graph-of-rows.ts';
import { graphTopK } from '../neighbors/graph-top-k.ts';
import { loadIndex } from '../neighbors/load-index.ts';
import { type Shard, shardsOf } from '../neighbors/sharded.ts';
import { readColumns } from './columns.ts';
import { checkFound } from './found-file.ts';
import { kept } from './kept.ts';
import type { SearchPlan } from './plan.ts';
import { answerContent, type Asked, readAsked } from './search-content.ts';
import type { Work } from './work.ts';

/** Shards that are kept in memory. */
const KEPT = 4;

const DISTANCES = { cosine, dot, euclidean } as const;

/** Links shards, and searches them. */
export function searchWork(plan: SearchPlan, folder: string): Work {
  const columns = kept<'all', Columns>(1, () => readColumns(folder));
  const shardOf = async (part: number): Promise<Shard> =>
    shardsOf((await columns('all')).ids.length, plan.shardRows)[part] ??
    refuse('a search', 'part must be a shard', part);
  const searchers = kept<string, Searcher>(KEPT, async (key) => {
    const [kind, part] = [key.split(' ')[0], Number(key.split(' ')[1])];
    const [shard, all] = [await shardOf(part), await columns('all')];
    return kind === 'exact' ? everyRow(plan, shard, all) : throughGraph(folder, part, all);
  });
  return async (input, part) => {
    if (input.header.task === 'link') {
      await linked(plan, graphPath(folder, part), await shardOf(part), await columns('all'));
      return { header: {}, arrays: {} };
    }
    const asked = readAsked(input);
    const search = await searchers(`${asked.index} ${part}`);
    return answerContent(await search(asked));
  };
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
async function linked(plan: SearchPlan, path: string, shard: Shard, all: Columns): Promise<void> {
  const there = await access(path).then(
    () => true,
    () => false,
  );
  if (there) return;
  await checkFound(plan.vectors);
  const file = await openNpyRows(plan.vectors.path);
  try {
    const distance: Distance = DISTANCES[plan.distance];
    const index = await graphOfRows(file, shard, all, { distance, ef: plan.ef, seed: plan.seed });
    await index.save(path);
    index.dispose();
  } finally {
    await file.close();
  }
}

async function throughGraph(folder: string, part: number, { ids }: Columns): Promise<Searcher> {
  const index = await loadIndex(graphPath(folder, part));
  const rowOf = new Uint32Array(ids.length);
  ids.forEach((id, row) => (rowOf[id] = row));
  return ({ queries, k, options: { exclude } }) => graphTopK(index, rowOf, queries, k, exclude);
}
