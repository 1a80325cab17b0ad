import { join } from 'node:path';
import { checkWhole, refuse } from '../src/core/check.ts';
import type { Job } from '../src/cluster/job.ts';
import type { Plan } from '../src/cluster/plan.ts';

/** What every command takes whose work others may do. */
export const CLUSTER_OPTIONS = {
  nats: {
    type: 'string',
    describe: 'have workers (nearmiss work) do it, by way of NATS servers with JetStream: nats://HOST:PORT, commas between',
    requiresArg: true,
  },
  storage: {
    type: 'string',
    describe: 'with --nats: folder that all workers see under the same path, as they see the inputs',
    defaultDescription: 'nearmiss-work beside the inputs',
    requiresArg: true,
  },
} as const;

export const SHARD_ROWS_OPTION = {
  type: 'number',
  describe: 'rows that have a graph of their own, or that a worker holds at a time',
  default: 131_072,
  requiresArg: true,
} as const;

export interface ClusterOptions {
  readonly nats?: string;
  readonly storage?: string;
}

export interface JobOfCommand {
  readonly command: string;
  readonly plan: Plan;
  /** what else results follow from */
  readonly from: unknown;
  /** folder of the inputs */
  readonly beside: string;
}

/** Has a body run with a job that workers do, or without one where no servers are named. A job whose body fails stays for the next run. */
export async function withJob<Result>(
  { nats, storage }: ClusterOptions,
  jobOf: () => Promise<JobOfCommand>,
  body: (job?: Job) => Promise<Result>,
): Promise<Result> {
  if (nats === undefined) return body();
  const { connectServers, openJob } = await clusterParts();
  const { beside, ...given } = await jobOf();
  const servers = await connectServers(nats, `nearmiss ${given.command}`);
  const job = await openJob(servers, {
    ...given,
    storage: storage ?? join(beside, 'nearmiss-work'),
    say: (sentence) => console.error(sentence),
  }).catch(async (error: unknown) => {
    await servers.close();
    throw error;
  });
  try {
    const result = await body(job);
    await job.finish();
    return result;
  } catch (error) {
    await job.close();
    throw error;
  }
}

export function checkShardRows(command: string, rows: number): void {
  checkWhole(command, '--shard-rows', rows, 1);
}

/** What is loaded where servers are named. */
export async function clusterParts() {
  try {
    const [connect, job, worker, work, build] = await Promise.all([
      import('../src/cluster/connect.ts'),
      import('../src/cluster/job.ts'),
      import('../src/cluster/worker.ts'),
      import('../src/cluster/work.ts'),
      import('../src/cluster/build.ts'),
    ]);
    return { ...connect, ...job, ...worker, ...work, ...build };
  } catch (error) {
    return refuse(
      '--nats',
      'the packages @nats-io/transport-node and @nats-io/jetstream must be installed (npm install @nats-io/transport-node @nats-io/jetstream)',
      error instanceof Error ? error.message : error,
    );
  }
}
