import { randomUUID } from 'node:crypto';
import { access, mkdir, readdir, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { refuse } from '../core/check.ts';
import { thisBuild } from './build.ts';
import { said, type Servers } from './connect.ts';
import { type Content, nameOf, readContent, writeContent } from './content.ts';
import { persistently } from './persistently.ts';
import { OUTCOME, type Outcome, type Plan, type Task } from './plan.ts';
import { isThere, WEEK } from './streams.ts';
import {
  CALLS,
  DEAD,
  deadSubject,
  OUTCOMES,
  outcomesOf,
  outcomeSubject,
  type TaskKey,
  tasksOf,
  TASKS,
  taskSubject,
} from './subjects.ts';

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
  /** what else results follow from: inputs as they were found */
  readonly from: unknown;
  /** folder that every worker sees under the same path */
  readonly storage: string;
  /** Is told what whoever waits should know, a sentence at a time. */
  readonly say: (sentence: string) => void;
}

/** How the folders of jobs are called. */
const FOLDER = 'nearmiss-job-';
/** How often workers are called and outcomes looked up, and when a task that nothing is heard of is asked for again, in ms. */
const [CALL, LOOK, AGAIN] = [1000, 2000, 20_000];
/** Calls without an answer after which it is said that there is no worker. */
const UNANSWERED = 3;

const ANSWER = z.object({ worker: z.string(), build: z.string() });

interface Waiting {
  readonly task: Task;
  asked: number;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}

/**
 * Begins a job, or goes on with it: outcomes of a run before that ended early count.
 *
 * @throws RangeError if the storage cannot be written to
 */
export async function openJob(
  servers: Servers,
  { command, plan, from, storage, say }: JobOptions,
): Promise<Job> {
  const build = thisBuild();
  const job = nameOf({ header: { command, build, plan, from }, arrays: {} });
  const folder = join(storage, `${FOLDER}${job}`);
  await mkdir(folder, { recursive: true }).catch((error: unknown) =>
    refuse(storage, 'must be where a folder can be made', said(error)),
  );
  await forgetOld(storage);
  const { streams, manager } = servers;
  const waiting = new Map<string, Waiting>();
  const running = new Map<string, Promise<Outcome>>();
  const done = new Map<string, number>();
  const before = await outcomesBefore(servers, job);
  if (before.keys.size > 0) say(`${command}: going on after ${before.keys.size} tasks that were done before`);

  const heard = (key: string, told: unknown): void => {
    const task = waiting.get(key);
    const { success, data: outcome } = OUTCOME.safeParse(told);
    if (task === undefined || !success) return;
    waiting.delete(key);
    running.delete(key);
    if (outcome.fault === undefined) done.set(outcome.worker, (done.get(outcome.worker) ?? 0) + 1);
    task.resolve(outcome);
  };
  const stopListening = listen(servers, { job, after: before.last, waiting }, heard);

  const send = (task: Task): Promise<void> =>
    persistently(async () => {
      try {
        await streams.publish(taskSubject(build, task), JSON.stringify(task));
      } catch (error) {
        if (!isThere(error)) throw error;
      }
    });

  const doneBy = (task: Task): Promise<Outcome> => {
    const key = keyOf(task);
    // of the same content there is one task
    const outcome =
      running.get(key) ??
      new Promise<Outcome>((resolve, reject) => {
        waiting.set(key, { task, asked: performance.now(), resolve, reject });
        send(task).catch(reject);
      });
    running.set(key, outcome);
    return outcome;
  };

  const resultOf = async (task: Task, written: () => Promise<void>): Promise<Content> => {
    const path = resultPath(task);
    if (before.keys.has(keyOf(task))) {
      const there = await readContent(path).catch(() => undefined);
      if (there !== undefined) return there;
      await rm(path, { force: true });
    }
    await written();
    const { fault } = await doneBy(task);
    if (fault === undefined) return readContent(path);
    return refuse(
      command,
      'every task must be done by a worker',
      `one given up beside ${sum(done.values())} that were done: ${fault} (stream ${DEAD.stream}, ${deadSubject(task)})`,
    );
  };

  const askedAgain = async (task: Task): Promise<void> => {
    await access(task.folder).catch(() =>
      refuse(command, `${folder} must stay while it runs`, 'none: did another run of the same end?'),
    );
    await send(task);
  };

  const stopCalling = callWorkers(servers, { command, job, build, say });
  const again = setInterval(() => {
    for (const each of waiting.values()) {
      if (performance.now() - each.asked < AGAIN) continue;
      each.asked = performance.now();
      askedAgain(each.task).catch(each.reject);
    }
  }, AGAIN / 4);

  const close = async (): Promise<void> => {
    clearInterval(again);
    stopCalling();
    stopListening();
    // nobody waits for them any more
    await persistently(() => manager.streams.purge(TASKS.stream, { filter: tasksOf(build, job) })).catch(
      () => {},
    );
  };

  return {
    folder,
    async run(input, parts) {
      const name = nameOf(input);
      let writing: Promise<void> | undefined;
      const written = (): Promise<void> =>
        (writing ??= writeContent(inputPath({ folder, input: name }), input));
      const results = await Promise.all(
        parts.map((part) => resultOf({ job, input: name, part, folder, plan }, written)),
      );
      await rm(inputPath({ folder, input: name }), { force: true });
      return results;
    },
    workers: () => [...done].map(([worker, tasks]) => `${worker} ${tasks}`).join(', '),
    async finish() {
      await rm(folder, { recursive: true, force: true });
      // where nothing else is in it
      await rmdir(storage).catch(() => {});
      await persistently(() => manager.streams.purge(OUTCOMES.stream, { filter: outcomesOf(job) }));
    },
    close,
  };
}

/** Removes what jobs left behind that nobody came back for, as the streams do. */
async function forgetOld(storage: string): Promise<void> {
  for (const name of await readdir(storage)) {
    if (!name.startsWith(FOLDER)) continue;
    const path = join(storage, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > WEEK / 1e6) await rm(path, { recursive: true, force: true });
  }
}

export function inputPath({ folder, input }: Pick<Task, 'folder' | 'input'>): string {
  return join(folder, `${input}.input`);
}

export function resultPath({ folder, input, part }: Pick<Task, 'folder' | 'input' | 'part'>): string {
  return join(folder, `${input}.${part}.result`);
}

function sum(counts: Iterable<number>): number {
  let all = 0;
  for (const count of counts) all += count;
  return all;
}

function keyOf({ input, part }: Pick<TaskKey, 'input' | 'part'>): string {
  return `${input}.${part}`;
}

/** Tasks that were done, or given up, for a coordinator that is no more; those given up are tried again. */
async function outcomesBefore({ manager }: Pick<Servers, 'manager'>, job: string) {
  const { state } = await persistently(() =>
    manager.streams.info(OUTCOMES.stream, { subjects_filter: outcomesOf(job) }),
  );
  return { keys: new Set(Object.keys(state.subjects ?? {}).map(keyIn)), last: state.last_seq };
}

/**
 * Hears of outcomes as workers tell them, and looks up in the stream now and then what it may have missed while a server was gone. (A
 * consumer would wait on for the server it stood on.)
 */
function listen(
  { connection, manager }: Servers,
  {
    job,
    after,
    waiting,
  }: { readonly job: string; readonly after: number; readonly waiting: ReadonlyMap<string, Waiting> },
  heard: (key: string, outcome: unknown) => void,
): () => void {
  const subscription = connection.subscribe(outcomesOf(job), {
    callback(error, message) {
      if (error === null) heard(keyIn(message.subject), message.json());
    },
  });
  const lookUp = async (): Promise<void> => {
    const { keys } = await outcomesBefore({ manager }, job);
    for (const [key, { task }] of waiting) {
      if (!keys.has(key)) continue;
      const message = await manager.streams.getMessage(OUTCOMES.stream, {
        last_by_subj: outcomeSubject(task),
      });
      if (message !== null && message.seq > after) heard(key, message.json());
    }
  };
  let looking = false;
  const looks = setInterval(() => {
    if (looking || waiting.size === 0) return;
    looking = true;
    // what fails now is looked up the next time
    lookUp()
      .catch(() => {})
      .finally(() => (looking = false));
  }, LOOK);
  return () => {
    clearInterval(looks);
    subscription.unsubscribe();
  };
}

/** What `keyOf` made, in the subject of an outcome. */
function keyIn(subject: string): string {
  return subject.split('.').slice(3).join('.');
}

/** Tells workers of a job now and then, and whoever waits for it of workers that cannot help, or of none. */
function callWorkers(
  { connection, urls }: Servers,
  {
    command,
    job,
    build,
    say,
  }: { command: string; job: string; build: string; say: (sentence: string) => void },
): () => void {
  const reply = `nearmiss.answer.${job}.${randomUUID()}`;
  const refused = new Set<string>();
  let unanswered = 0;
  const answers = connection.subscribe(reply, {
    callback(error, message) {
      const answer = error === null ? ANSWER.safeParse(message.json()) : undefined;
      if (answer?.success !== true) return;
      const { worker, build: other } = answer.data;
      if (other === build) unanswered = -Infinity;
      else if (!refused.has(worker)) {
        refused.add(worker);
        say(`${command}: worker ${worker} is refused: it must be ${build}, got ${other}`);
      }
    },
  });
  const call = (): void => {
    connection.publish(CALLS, JSON.stringify({ job, build, command }), { reply });
    if (++unanswered === UNANSWERED + 1)
      say(`${command}: no worker answers yet; this starts one: nearmiss work --nats ${urls}`);
  };
  call();
  const calling = setInterval(call, CALL);
  return () => {
    clearInterval(calling);
    answers.unsubscribe();
  };
}
