import { rm, rmdir } from 'node:fs/promises';
import { refuse } from '../core/check.ts';
import { thisBuild } from './build.ts';
import { callWorkers, type Say } from './calls.ts';
import type { Servers } from './connect.ts';
import { type Content, nameOf, readContent, writeContent } from './content.ts';
import { inputPath, jobFolder, resultPath } from './job-folder.ts';
import { keyOf, listen, type Outcome, outcomesSoFar } from './outcomes.ts';
import { persistently } from './persistently.ts';
import type { Plan, Task } from './plan.ts';
import { isTaken } from './streams.ts';
import { DEAD, deadSubject, OUTCOMES, outcomesOf, tasksOf, TASKS, taskSubject } from './subjects.ts';
import { isThere } from './there.ts';

/** Work of one plan that any worker does a piece of: what comes back is the same, whoever does it and however often. */
export interface Job {
  /** where its files are */
  readonly folder: string;
  /** Has workers set an input against each of these parts, and gives what they made of it. */
  run(input: Content, parts: readonly number[]): Promise<readonly Content[]>;
  /** How many tasks each worker has done. */
  workers(): string;
  /** Removes all that is left of it, once nothing more will be asked. */
  finish(): Promise<void>;
  /** Lets go of it; what was done and not removed stays for the next who asks for the same. */
  close(): Promise<void>;
}

export interface JobOptions {
  readonly command: string;
  readonly plan: Plan;
  /** what else results follow from: options, and inputs as they were found */
  readonly from: unknown;
  /** folder that every worker sees under the same path */
  readonly storage: string;
  readonly say: Say;
}

/** When a task that nothing is heard of is asked for again, in ms. */
const AGAIN = 20_000;

interface Waiting {
  readonly task: Task;
  asked: number;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}

/**
 * Begins a job, or goes on with it: what was done for a run before that ended early counts.
 *
 * @throws RangeError if the storage cannot be written to
 */
export async function openJob(
  servers: Servers,
  { command, plan, from, storage, say }: JobOptions,
): Promise<Job> {
  const { streams, manager } = servers;
  const build = thisBuild();
  const job = nameOf({ header: { command, build, plan, from }, arrays: {} });
  const folder = await jobFolder(storage, job);
  const before = await outcomesSoFar(servers, job);
  if (before.keys.size > 0) say(`${command}: going on after ${before.keys.size} tasks that were done before`);
  const waiting = new Map<string, Waiting>();
  const outcomes = new Map<string, Promise<Outcome>>();
  const done = new Map<string, number>();

  const stopListening = listen(servers, {
    job,
    after: before.last,
    waiting,
    heard(key, outcome) {
      const { worker, fault } = outcome;
      const task = waiting.get(key);
      if (task === undefined) return;
      waiting.delete(key);
      outcomes.delete(key);
      if (fault === undefined) done.set(worker, (done.get(worker) ?? 0) + 1);
      task.resolve(outcome);
    },
  });
  const stopCalling = callWorkers(servers, { job, command, build }, say);

  const send = (task: Task): Promise<void> =>
    persistently(async () => {
      try {
        await streams.publish(taskSubject(build, task), JSON.stringify(task));
      } catch (error) {
        if (!isTaken(error)) throw error;
      }
    });

  const outcomeOf = (task: Task): Promise<Outcome> => {
    // of the same content there is one task
    const key = keyOf(task);
    const outcome =
      outcomes.get(key) ??
      new Promise<Outcome>((resolve, reject) => {
        waiting.set(key, { task, asked: performance.now(), resolve, reject });
        send(task).catch(reject);
      });
    outcomes.set(key, outcome);
    return outcome;
  };

  const resultOf = async (task: Task, writeInput: () => Promise<void>): Promise<Content> => {
    const path = resultPath(task);
    if (before.keys.has(keyOf(task))) {
      const there = await readContent(path).catch(() => undefined);
      if (there !== undefined) return there;
      await rm(path, { force: true });
    }
    await writeInput();
    const { fault } = await outcomeOf(task);
    if (fault === undefined) return readContent(path);
    const all = [...done.values()].reduce((sum, tasks) => sum + tasks, 0);
    return refuse(
      command,
      'every task must be done by a worker',
      `one given up beside ${all} that were done: ${fault} (stream ${DEAD.stream}, ${deadSubject(task)})`,
    );
  };

  const askAgain = async ({ task }: Waiting): Promise<void> => {
    if (!(await isThere(folder)))
      refuse(command, `${folder} must stay while it runs`, 'none: did another run of the same end?');
    await send(task);
  };
  const asking = setInterval(() => {
    for (const each of waiting.values()) {
      if (performance.now() - each.asked < AGAIN) continue;
      each.asked = performance.now();
      askAgain(each).catch(each.reject);
    }
  }, AGAIN / 4);

  return {
    folder,
    async run(input, parts) {
      const name = nameOf(input);
      const path = inputPath({ folder, input: name });
      let writing: Promise<void> | undefined;
      // after a power cut it is written anew by whoever asks again
      const writeInput = (): Promise<void> => (writing ??= writeContent(path, input, { synced: false }));
      const results = await Promise.all(
        parts.map((part) => resultOf({ job, input: name, part, folder, plan }, writeInput)),
      );
      await rm(path, { force: true });
      return results;
    },
    workers: () => [...done].map(([worker, tasks]) => `${worker} ${tasks}`).join(', '),
    async finish() {
      await rm(folder, { recursive: true, force: true });
      // where nothing else is in it
      await rmdir(storage).catch(() => {});
      await persistently(() => manager.streams.purge(OUTCOMES.stream, { filter: outcomesOf(job) }));
    },
    async close() {
      clearInterval(asking);
      stopCalling();
      stopListening();
      // nobody waits for them any more
      const purged = persistently(() => manager.streams.purge(TASKS.stream, { filter: tasksOf(build, job) }));
      await purged.catch(() => {});
    },
  };
}
