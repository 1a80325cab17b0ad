import { setTimeout } from 'node:timers/promises';
import { AckPolicy, type Consumer, type JsMsg } from '@nats-io/jetstream';
import { answerCalls, type Say } from './calls.ts';
import { said, type Servers } from './connect.ts';
import { readContent, writeContent } from './content.ts';
import { inputPath, resultPath } from './job-folder.ts';
import { kept } from './kept.ts';
import { tell } from './outcomes.ts';
import { persistently } from './persistently.ts';
import { type Plan, TASK, type Task } from './plan.ts';
import { consumerOf, deadSubject, tasksOf, TASKS } from './subjects.ts';
import { isThere } from './there.ts';
import { unpacked } from './unpacked.ts';
import type { Work } from './work.ts';

export interface WorkerOptions {
  readonly name: string;
  readonly build: string;
  readonly workOf: (plan: Plan, folder: string) => Work;
  readonly say: Say;
  /** Aborting finishes or gives back what is in flight. */
  readonly signal: AbortSignal;
}

/** Tasks that a worker holds: while one is computed another is fetched, or written. */
const HANDS = 2;
/** What was not heard of for so long is given to another; whoever works on it says so more often. In ms. */
const [SILENCE, WORD] = [6000, 1500];
/** Workers that may fail at a task before it is given up. */
const TRIES = 5;
/** How long a task may go on when its worker is to end, in ms. */
const LAST = 10_000;
/** Jobs whose shards are kept. */
const JOBS = 2;

/** Takes tasks and does them, until it is told to end; how many it did. */
export async function worker(servers: Servers, options: WorkerOptions): Promise<number> {
  const { build, signal, workOf } = options;
  const stopAnswering = answerCalls(servers, { worker: options.name, build }, options.say);
  const consumer = await persistently(() => consumerFor(servers, build));
  const held = new Set<JsMsg>();
  let done = 0;
  const works = kept(
    JOBS,
    ({ job }: Task) => job,
    async ({ plan, folder }): Promise<Work> => workOf(plan, folder),
  );
  const perform = async (task: Task): Promise<void> => {
    const work = await works(task);
    const input = await readContent(inputPath(task));
    await writeContent(resultPath(task), await work(input, task.part));
    done++;
  };
  const hand = async (): Promise<void> => {
    while (!signal.aborted) {
      const message = await next(consumer);
      if (message === null) continue;
      if (signal.aborted) {
        message.nak();
        continue;
      }
      held.add(message);
      await taken(servers, options, message, perform);
      held.delete(message);
    }
  };
  await Promise.race([Promise.all(Array.from({ length: HANDS }, hand)), lateAfter(signal)]);
  for (const message of held) message.nak();
  stopAnswering();
  return done;
}

async function consumerFor({ manager, streams }: Servers, build: string): Promise<Consumer> {
  const name = consumerOf(build);
  await manager.consumers.add(TASKS.stream, {
    durable_name: name,
    filter_subject: tasksOf(build),
    ack_policy: AckPolicy.Explicit,
    ack_wait: SILENCE * 1e6,
    max_ack_pending: 1000,
    max_deliver: -1,
  });
  return streams.consumers.get(TASKS.stream, name);
}

/** A task, or none: servers that do not answer are asked again. */
async function next(consumer: Consumer): Promise<JsMsg | null> {
  try {
    return await consumer.next({ expires: 2000 });
  } catch {
    await setTimeout(250);
    return null;
  }
}

/** When a worker that was told to end has had time enough for what it holds. */
function lateAfter(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => setTimeout(LAST, undefined, { ref: false }).then(resolve), {
      once: true,
    });
  });
}

/** Does a task and says what became of it. */
async function taken(
  servers: Servers,
  options: WorkerOptions,
  message: JsMsg,
  perform: (task: Task) => Promise<void>,
): Promise<void> {
  const task = unpacked(TASK, message);
  if (task === undefined) return message.term('no task of this version');
  const tries = message.info.deliveryCount;
  const word = setInterval(() => message.working(), WORD);
  try {
    if (!(await isThere(task.folder))) return message.term('its job is over');
    if (tries > TRIES) throw new GivenUp(`${TRIES} workers took it and none finished`);
    if (!(await isThere(resultPath(task)))) await perform(task);
    await tell(servers, task, { worker: options.name });
    message.ack();
  } catch (error) {
    if (!(await isThere(task.folder))) return message.term('its job is over');
    if (await isThere(resultPath(task))) return message.nak();
    const hopeless = error instanceof RangeError || error instanceof GivenUp || tries >= TRIES;
    options.say(
      `work: task ${task.input}.${task.part} failed${hopeless ? ' and is given up' : ''}: ${said(error)}`,
    );
    if (!hopeless) return message.nak(1000);
    const fault = said(error);
    await persistently(() =>
      servers.streams.publish(
        deadSubject(task),
        JSON.stringify({ ...task, fault, worker: options.name, tries }),
      ),
    );
    await tell(servers, task, { worker: options.name, fault });
    message.term(fault);
  } finally {
    clearInterval(word);
  }
}

class GivenUp extends Error {}
