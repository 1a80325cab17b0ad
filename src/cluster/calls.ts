import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Servers } from './connect.ts';
import { CALLS } from './subjects.ts';
import { unpacked } from './unpacked.ts';

/** A job says now and then that it runs, and workers answer: so each side knows of those of another build. */
const CALL = z.object({ job: z.string(), command: z.string(), build: z.string() });
const ANSWER = z.object({ worker: z.string(), build: z.string() });

/** How often workers are called, in ms, and how many calls without an answer are no accident. */
const [EVERY, UNANSWERED] = [1000, 3];

/** Is told what whoever waits should know, a sentence at a time. */
export type Say = (sentence: string) => void;

/** Calls workers until it is told to stop, and says which of them cannot help, or that there is none. */
export function callWorkers({ connection, urls }: Servers, call: z.infer<typeof CALL>, say: Say): () => void {
  const { job, command, build } = call;
  const reply = `nearmiss.answer.${job}.${randomUUID()}`;
  const refused = new Set<string>();
  let unanswered = 0;
  const answers = connection.subscribe(reply, {
    callback(_, message) {
      const answer = unpacked(ANSWER, message);
      if (answer === undefined) return;
      if (answer.build === build) unanswered = -Infinity;
      else if (!refused.has(answer.worker)) {
        refused.add(answer.worker);
        say(`${command}: worker ${answer.worker} is refused: it must be ${build}, got ${answer.build}`);
      }
    },
  });
  const ask = (): void => {
    connection.publish(CALLS, JSON.stringify(call), { reply });
    if (++unanswered === UNANSWERED + 1)
      say(`${command}: no worker answers yet; this starts one: nearmiss work --nats ${urls}`);
  };
  ask();
  const asking = setInterval(ask, EVERY);
  return () => {
    clearInterval(asking);
    answers.unsubscribe();
  };
}

/** Answers jobs that call until it is told to stop, and says once of each that is of another build that it cannot help. */
export function answerCalls({ connection }: Servers, answer: z.infer<typeof ANSWER>, say: Say): () => void {
  const refused = new Set<string>();
  const calls = connection.subscribe(CALLS, {
    callback(_, message) {
      const call = unpacked(CALL, message);
      if (call === undefined) return;
      message.respond(JSON.stringify(answer));
      if (call.build === answer.build || refused.has(call.job)) return;
      refused.add(call.job);
      say(`work: ${call.command} is refused: it must be ${answer.build}, got ${call.build}`);
    },
  });
  return () => calls.unsubscribe();
}
