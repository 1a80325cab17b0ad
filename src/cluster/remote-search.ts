import { access } from 'node:fs/promises';
import type { Columns } from '../neighbors/graph-of-rows.ts';
import { type SearchShards, shardsOf } from '../neighbors/sharded.ts';
import { writeContent } from './content.ts';
import type { Job } from './job.ts';
import type { SearchPlan } from './plan.ts';
import { askedContent, joined, readAnswer, someOf } from './search-content.ts';
import { columnsPath } from './search-work.ts';

/** Queries a task has: few enough for workers to be done at the same time, many enough for a search to go through a shard at its pace. */
const BLOCK = 512;

/** Shards that workers search, each for a block of the queries at a time; graphs are linked before. */
export async function remoteSearch(job: Job, plan: SearchPlan, columns: Columns): Promise<SearchShards> {
  const parts = shardsOf(columns.ids.length, plan.shardRows).map((_, part) => part);
  const { ids, classes } = columns;
  const path = columnsPath(job.folder);
  await access(path).catch(() => writeContent(path, { header: {}, arrays: { ids, ...(classes && { classes }) } }));
  if (plan.index === 'hnsw') await job.run({ header: { task: 'link' }, arrays: {} }, parts);
  return async (queries, k, options) => {
    const starts = Array.from({ length: Math.ceil(queries.rows / BLOCK) }, (_, block) => block * BLOCK);
    const blocks = await Promise.all(
      starts.map(async (start) => {
        const some = someOf({ queries, k, options }, start, Math.min(start + BLOCK, queries.rows));
        return (await job.run(askedContent(some), parts)).map(readAnswer);
      }),
    );
    return parts.map((part) => joined(blocks.map((block) => block[part])));
  };
}
