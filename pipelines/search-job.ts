import type { SearchJob } from '../src/cluster/remote-search.ts';
import { foundFile } from '../src/cluster/found-file.ts';
import type { SearchPlan } from '../src/cluster/plan.ts';
import { type ClusterOptions, withJob } from './cluster.ts';

export interface SearchJobOptions extends ClusterOptions {
  readonly distance: SearchPlan['distance'];
  readonly ef: number;
  readonly seed: number;
  readonly 'shard-rows': number;
}

/** A corpus that is searched: what names its rows, and the rows. */
export interface CorpusFiles {
  readonly records: string;
  readonly vectors: string;
}

/** Has a body run with a job that searches a corpus, or without one where no servers are named. */
export async function withSearchJob<Result>(
  command: string,
  { records, vectors }: CorpusFiles,
  options: SearchJobOptions,
  body: (remote?: SearchJob) => Promise<Result>,
): Promise<Result> {
  const { distance, ef, seed, 'shard-rows': shardRows } = options;
  const found = await foundFile(vectors);
  const plan: SearchPlan = { kind: 'search', vectors: found, distance, ef, seed, shardRows };
  // names of documents say how ties go
  return withJob(options, { command, plan, files: [records] }, (job) => body(job && { job, plan }));
}
