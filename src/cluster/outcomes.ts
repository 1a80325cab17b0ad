import { z } from 'zod';
import type { Servers } from './connect.ts';
import { persistently } from './persistently.ts';
import { OUTCOMES, outcomesOf, outcomeSubject, type TaskKey } from './subjects.ts';
import { unpacked } from './unpacked.ts';

/** What became of a task: whoever did it, or why it was given up. */
const OUTCOME = z.object({ worker: z.string(), fault: z.string().optional() });

export type Outcome = z.infer<typeof OUTCOME>;

/** How often outcomes are looked up, in ms. */
const LOOK = 2000;

/** A task among those of its job. */
export function keyOf({ input, part }: Pick<TaskKey, 'input' | 'part'>): string {
  return `${input}.${part}`;
}

/** The same, as the subject of an outcome has it. */
function keyIn(subject: string): string {
  return subject.split('.').slice(3).join('.');
}

/** Says what became of a task, until it is kept. */
export async function tell({ streams }: Servers, task: TaskKey, outcome: Outcome): Promise<void> {
  await persistently(() => streams.publish(outcomeSubject(task), JSON.stringify(outcome)));
}

/** The tasks of a job that were done or given up, and the number of the last outcome of any job. */
export async function outcomesSoFar({ manager }: Servers, job: string) {
  const { state } = await persistently(() =>
    manager.streams.info(OUTCOMES.stream, { subjects_filter: outcomesOf(job) }),
  );
  return { keys: new Set(Object.keys(state.subjects ?? {}).map(keyIn)), last: state.last_seq };
}

export interface Listening {
  readonly job: string;
  /** number of the outcome after which it begins */
  readonly after: number;
  /** the tasks that are waited for, by their keys */
  readonly waiting: ReadonlyMap<string, { readonly task: TaskKey }>;
  heard(key: string, outcome: Outcome): void;
}

/**
 * Hears of outcomes as workers tell them until it is told to stop, and looks up in the stream now and then what it may have missed while a
 * server was gone. (A consumer would wait on for the server it stood on.)
 */
export function listen(servers: Servers, { job, after, waiting, heard }: Listening): () => void {
  const { connection, manager } = servers;
  const subscription = connection.subscribe(outcomesOf(job), {
    callback(_, message) {
      const outcome = unpacked(OUTCOME, message);
      if (outcome !== undefined) heard(keyIn(message.subject), outcome);
    },
  });
  const lookUp = async (): Promise<void> => {
    const { keys } = await outcomesSoFar(servers, job);
    for (const [key, { task }] of waiting) {
      if (!keys.has(key)) continue;
      const last = { last_by_subj: outcomeSubject(task) };
      const message = await manager.streams.getMessage(OUTCOMES.stream, last);
      const outcome = message === null ? undefined : unpacked(OUTCOME, message);
      if (message !== null && outcome !== undefined && message.seq > after) heard(key, outcome);
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
