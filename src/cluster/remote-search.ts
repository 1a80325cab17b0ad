import type { Columns } from '../neighbors/graph-of-rows.ts';
import { type SearchShards, shardsOf } from '../neighbors/sharded.ts';
import { writeColumns } from './columns.ts';
import type { Job } from './job.ts';
import type { SearchPlan } from './plan.ts';
import { askedContent, joined, readAnswer, someOf } from './search-content.ts';

/** A job that searches a corpus, and its plan. */
export interface SearchJob {
  readonly job: Job;
  readonly plan: SearchPlan;
}

/** Queries a task has at most: few enough for workers to be done at the same time, many enough for a search to go through a shard at its pace. */
const BLOCK = 1024;

/** Shards that workers search, each for a block of the queries at a time; graphs are linked before. */
export async function remoteSearch(
  { job, plan }: SearchJob,
  columns: Columns,
  index: 'exact' | 'hnsw',
): Promise<SearchShards> {
  const parts = shardsOf(columns.ids.length, plan.shardRows).map((_, part) => part);
  await writeColumns(job.folder, columns);
  if (index === 'hnsw') await job.run({ header: { task: 'link' }, arrays: {} }, parts);
  return async (queries, k, options) => {
    const starts = Array.from({ length: Math.ceil(queries.rows / BLOCK) }, (_, block) => block * BLOCK);
    const blocks = await Promise.all(
      starts.map(async (start) => {
        const end = Math.min(start + BLOCK, queries.rows);
        const some = someOf({ index, queries, k, options }, start, end);
        return (await job.run(askedContent(some), parts)).map(readAnswer);
      }),
    );
    return parts.map((part) => joined(blocks.map((block) => block[part])));
  };
}
