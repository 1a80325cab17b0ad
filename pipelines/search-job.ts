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

/** A folder whose rows are searched. */
export interface Searched {
  readonly path: string;
  readonly corpus: { readonly path: string };
  /** file of its rows */
  readonly vectors: string;
}

/** Has a body run with a job that searches a folder, or without one where no servers are named. */
export async function withSearchJob<Result>(
  command: string,
  { path, corpus, vectors }: Searched,
  { nats, storage, distance, ef, seed, 'shard-rows': shardRows }: SearchJobOptions,
  body: (remote?: SearchJob) => Promise<Result>,
): Promise<Result> {
  if (nats === undefined) return body();
  const plan: SearchPlan = {
    kind: 'search',
    vectors: await foundFile(vectors),
    distance,
    ef,
    seed,
    shardRows,
  };
  // names of documents say how ties go
  const given = { command, plan, from: await foundFile(corpus.path), beside: path };
  return withJob({ nats, storage }, given, (job) => body({ job, plan }));
}
