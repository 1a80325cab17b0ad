import { hostname } from 'node:os';
import type { InferredOptionTypes } from 'yargs';
import { CLUSTER_OPTIONS } from './cluster-options.ts';
import { clusterParts } from './cluster.ts';
import { waitForTheEnd } from './to-its-end.ts';

export const WORK_OPTIONS = {
  nats: {
    ...CLUSTER_OPTIONS.nats,
    describe: 'NATS servers with JetStream: nats://HOST:PORT, commas between',
    demandOption: true,
  },
} as const;

type WorkOptions = InferredOptionTypes<typeof WORK_OPTIONS>;

/** Does tasks of jobs that were begun with --nats, until it is told to end. */
export async function work({ nats }: WorkOptions, signal: AbortSignal): Promise<void> {
  waitForTheEnd();
  const { connectServers, thisBuild, worker, workOf } = await clusterParts();
  const name = `${hostname().split('.')[0]}:${process.pid}`;
  const servers = await connectServers(nats, `nearmiss work ${name}`);
  try {
    console.error(`work: ${name} waits for tasks of ${thisBuild()}`);
    const done = await worker(servers, { name, build: thisBuild(), workOf, say: console.error, signal });
    console.error(`work: ${name} has done ${done} tasks`);
  } finally {
    await servers.close();
  }
}
