import { join, resolve } from 'node:path';
import { refuse } from '../src/core/check.ts';
import type { Job } from '../src/cluster/job.ts';
import type { Plan } from '../src/cluster/plan.ts';

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

/** Has a body run with a job that workers do. A job whose body fails stays for the next run. */
export async function withJob<Result>(
  { nats, storage }: ClusterOptions & { readonly nats: string },
  { beside, ...given }: JobOfCommand,
  body: (job: Job) => Promise<Result>,
): Promise<Result> {
  const { connectServers, openJob } = await clusterParts();
  const servers = await connectServers(nats, `nearmiss ${given.command}`);
  const job = await openJob(servers, {
    ...given,
    storage: resolve(storage ?? join(beside, 'nearmiss-work')),
    say: console.error,
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

/** What is loaded where servers are named. */
export async function clusterParts() {
  try {
    const [connect, job, worker, work, build] = await Promise.all([
      import('../src/cluster/connect.ts'),
      import('../src/cluster/job.ts'),
      import('../src/cluster/worker.ts'),
      import('../src/cluster/work-of.ts'),
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
