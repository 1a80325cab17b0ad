import { rm } from 'node:fs/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type NatsServers, startNats } from '../../bench/nats.ts';
import { random } from '../../src/core/random.ts';
import { matrix } from '../../src/core/matrix.ts';
import { writeNpy } from '../../src/formats/npy.ts';
import { scratch } from '../formats/fixture.ts';
import { nearmiss, start, type Started } from '../pipelines/command.ts';
import { bytesIn, endAll, installed, resultsIn, SKIPPED, startWorkers, until } from './at-work.ts';

/** Once in passing, ten times where there is time. */
const ROUNDS = Array.from({ length: process.env.NEARMISS_SLOW === '1' ? 10 : 1 }, (_, round) => round);

/** Batches of the job. */
const [BATCHES, BATCH] = [96, 64];

describe.skipIf(!installed)(
  `a job of two workers and three servers (${SKIPPED})`,
  { timeout: 120_000 },
  () => {
    const files = scratch();
    let servers: NatsServers;
    let whole: Readonly<Record<string, string>>;
    let started: Started[] = [];

    beforeAll(async () => {
      servers = await startNats();
      const { normal } = random(1);
      for (const name of ['anchors', 'positives']) {
        const rows = matrix(BATCHES * BATCH, 32);
        rows.data.forEach((_, e) => (rows.data[e] = normal()));
        await writeNpy(files.path(`${name}.npy`), [rows], rows);
      }
      await nearmiss(...words('whole'));
      whole = await bytesIn(files.path('whole'));
    });
    afterEach(async () => {
      await endAll(started);
      started = [];
    });
    afterAll(() => servers.stop());

    const words = (out: string) => {
      const inputs = ['--anchors', files.path('anchors.npy'), '--positives', files.path('positives.npy')];
      return ['score', 'infoNce', ...inputs, '--rows', String(BATCH), '--out', files.path(out)];
    };
    /** The same by workers. */
    const begin = (out: string): Started => {
      const job = start([...words(out), '--nats', servers.urls, '--storage', files.path(`${out}.work`)]);
      started.push(job);
      return job;
    };
    const workers = async (count: number, env?: Readonly<Record<string, string>>): Promise<Started[]> => {
      const more = await startWorkers(servers.urls, count, env);
      started.push(...more);
      return more;
    };
    /** Some moment of the job, another in each round. */
    const midway = (out: string, round: number): Promise<void> => {
      const results = 4 + random(round).below(BATCHES / 2);
      return until(async () => (await resultsIn(files.path(`${out}.work`))) >= results);
    };
    const expectWhole = async (job: Started, out: string): Promise<void> => {
      const { code, stderr } = await job.ended;
      expect(stderr).not.toMatch(/error|must/i);
      expect(code).toBe(0);
      expect(await bytesIn(files.path(out))).toEqual(whole);
      await rm(files.path(out), { recursive: true });
      // nothing is left of it
      expect(await resultsIn(files.path(`${out}.work`))).toBe(0);
    };

    it.each(ROUNDS)('loses nothing with a worker that is killed (round %i)', async (round) => {
      const [first] = await workers(2);
      const job = begin('worker');
      await midway('worker', round);
      first.child.kill('SIGKILL');
      await expectWhole(job, 'worker');
    });

    it.each(ROUNDS)(
      "loses nothing with the server that leads the tasks' stream (round %i)",
      async (round) => {
        await workers(2);
        const job = begin('leader');
        await midway('leader', round);
        const leader = await leaderOf(servers.urls, 'nearmiss_tasks');
        servers.processes.get(leader)?.kill('SIGKILL');
        await expectWhole(job, 'leader');
        await servers.restart(leader);
      },
    );

    it.each(ROUNDS)('goes on after whoever asked for it is killed (round %i)', async (round) => {
      await workers(2);
      const killed = begin('again');
      await midway('again', round);
      killed.child.kill('SIGKILL');
      await killed.ended;
      const job = begin('again');
      await expectWhole(job, 'again');
      expect(job.said()).toMatch(/going on after \d+ tasks that were done before/);
    });

    it.each(ROUNDS)(
      'waits for no worker that has fallen silent, and takes nothing twice when it wakes (round %i)',
      async (round) => {
        const [first] = await workers(2);
        const job = begin('slow');
        await midway('slow', round);
        first.child.kill('SIGSTOP');
        await expectWhole(job, 'slow');
        first.child.kill('SIGCONT');
        // it does the next job as any other
        await expectWhole(begin('next'), 'next');
        expect(first.said()).not.toMatch(/failed/);
      },
    );

    it.each(ROUNDS)(
      'has nothing done by a worker of another build, and says so on both sides (round %i)',
      async () => {
        const [other] = await workers(1, { NEARMISS_KERNELS: 'plain' });
        const job = begin('build');
        await until(() => other.said().includes('refused'));
        await until(() => job.said().includes('refused'));
        expect(other.said()).toMatch(
          /work: score is refused: it must be nearmiss .* plain kernels.*, got nearmiss .* native/,
        );
        expect(job.said()).toMatch(
          /score: worker \S+ is refused: it must be nearmiss .* native.*, got nearmiss .* plain/,
        );
        expect(await resultsIn(files.path('build.work'))).toBe(0);
        await workers(1);
        const { code } = await job.ended;
        expect(code).toBe(0);
        expect(await bytesIn(files.path('build'))).toEqual(whole);
        await rm(files.path('build'), { recursive: true });
      },
    );

    it.each(ROUNDS)(
      'ends in a sentence where a task cannot be done, which stays with its reason (round %i)',
      async () => {
        const labels = new Int32Array(4 * BATCH);
        labels[2 * BATCH + 5] = 99;
        await files.write('labels.npy', labelsNpy(labels));
        const logits = matrix(labels.length, 3);
        await writeNpy(files.path('logits.npy'), [logits], logits);
        await workers(2);
        const inputs = ['--logits', files.path('logits.npy'), '--labels', files.path('labels.npy')];
        const out = files.path('poison');
        const job = start([
          'score',
          'crossEntropy',
          ...inputs,
          '--rows',
          String(BATCH),
          '--out',
          out,
          '--nats',
          servers.urls,
        ]);
        started.push(job);
        const { code, stderr } = await job.ended;
        expect(code).toBe(2);
        expect(stderr).toMatch(
          /score: every task must be done by a worker, got one given up beside \d+ that were done: .*labels/,
        );
        await expect(bytesIn(out)).rejects.toThrow('ENOENT');
        const subject = /nearmiss\.dead\.[\w.]+/.exec(stderr)?.[0] ?? '';
        expect(await deadLetter(servers.urls, subject)).toMatchObject({
          fault: expect.stringContaining('labels'),
        });
      },
    );

    it.skipIf(process.env.NEARMISS_SLOW !== '1')(
      'gives up a task that five workers have died of (skipped without NEARMISS_SLOW=1: each death takes six seconds)',
      async () => {
        // a batch that takes the plain kernels many seconds
        const rows = matrix(6000, 128, new Float32Array(6000 * 128).fill(0.1));
        await writeNpy(files.path('large.npy'), [rows], rows);
        const plain = { NEARMISS_KERNELS: 'plain' };
        const inputs = ['--anchors', files.path('large.npy'), '--positives', files.path('large.npy')];
        const out = ['--rows', '6000', '--out', files.path('large'), '--nats', servers.urls];
        const job = start(['score', 'infoNce', ...inputs, ...out], plain);
        started.push(job);
        const before = await deliveries(servers.urls);
        for (let death = 0; death < 5; death++) {
          const [worker] = await workers(1, plain);
          await until(async () => (await deliveries(servers.urls)) > before + death);
          worker.child.kill('SIGKILL');
        }
        await workers(1, plain);
        const { code, stderr } = await job.ended;
        expect(code).toBe(2);
        expect(stderr).toMatch(
          /got one given up beside 0 that were done: 5 workers took it and none finished/,
        );
      },
    );

    it('has a worker that is to end give back nothing undone', async () => {
      const [first] = await workers(2);
      const job = begin('ending');
      await midway('ending', 0);
      first.child.kill('SIGTERM');
      expect((await first.ended).code).toBe(0);
      await expectWhole(job, 'ending');
    });
  },
);

function labelsNpy(labels: Int32Array): Uint8Array {
  const header = `{'descr': '<i4', 'fortran_order': False, 'shape': (${labels.length},), }`.padEnd(117);
  return Buffer.concat([
    Buffer.from(`\x93NUMPY\x01\x00\x76\x00${header}\n`, 'latin1'),
    Buffer.from(labels.buffer),
  ]);
}

async function leaderOf(urls: string, stream: string): Promise<string> {
  const connection = await connect({ servers: urls.split(',') });
  try {
    const { cluster } = await (await jetstreamManager(connection)).streams.info(stream);
    return cluster?.leader ?? '';
  } finally {
    await connection.close();
  }
}

/** How often a task has been given to a worker. */
async function deliveries(urls: string): Promise<number> {
  const connection = await connect({ servers: urls.split(',') });
  try {
    const manager = await jetstreamManager(connection);
    let all = 0;
    for await (const { delivered } of manager.consumers.list('nearmiss_tasks')) all += delivered.consumer_seq;
    return all;
  } finally {
    await connection.close();
  }
}

async function deadLetter(urls: string, subject: string): Promise<unknown> {
  const connection = await connect({ servers: urls.split(',') });
  try {
    const manager = await jetstreamManager(connection);
    return (await manager.streams.getMessage('nearmiss_dead', { last_by_subj: subject }))?.json();
  } finally {
    await connection.close();
  }
}
