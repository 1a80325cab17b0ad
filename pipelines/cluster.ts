import { dirname, join, resolve } from 'node:path';
import { refuse } from '../src/core/check.ts';
import { foundFile } from '../src/cluster/found-file.ts';
import type { Job } from '../src/cluster/job.ts';
import type { Plan } from '../src/cluster/plan.ts';

export interface ClusterOptions {
  readonly nats?: string;
  readonly storage?: string;
}

/** What a command would have workers do. */
export interface CommandJob {
  readonly command: string;
  readonly plan: Plan;
  /** of its inputs; the first stands where the job's files are by default */
  readonly files: readonly string[];
}

/**
 * Has a body run with a job that workers do, or without one where no servers are named. A job whose body fails stays for the next run of
 * the same command with the same options and files.
 */
export async function withJob<Result>(
  options: ClusterOptions,
  { command, plan, files }: CommandJob,
  body: (job?: Job) => Promise<Result>,
): Promise<Result> {
  const { nats, storage, ...others } = options;
  if (nats === undefined) {
    if (storage !== undefined) refuse(command, '--storage must stand beside --nats', 'alone');
    return body();
  }
  const { connectServers, openJob } = await clusterParts();
  const from = { options: others, files: await Promise.all(files.map(foundFile)) };
  const servers = await connectServers(nats, `nearmiss ${command}`);
  try {
    const job = await openJob(servers, {
      command,
      plan,
      from,
      storage: resolve(storage ?? join(dirname(files[0]), 'nearmiss-work')),
      say: console.error,
    });
    try {
      const result = await body(job);
      await job.finish();
      return result;
    } finally {
      await job.close();
    }
  } finally {
    await servers.close();
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
