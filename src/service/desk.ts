import { refuse } from '../core/check.ts';
import { answered, CALLS } from './calls.ts';
import type { Answer, Message, Received } from './message.ts';
import type { Service } from './service.ts';
import { Unavailable } from './unavailable.ts';

/** What came of a request, for logs and metrics. */
export interface Outcome {
  readonly door: string;
  /** of those there are, or unknown */
  readonly call: string;
  /** as HTTP has it */
  readonly status: number;
  readonly seconds: number;
  /** what was wrong */
  readonly error?: string;
}

export interface DeskOptions {
  /** ms that a request may take; one that says its own `timeout` in ms may take no longer */
  readonly timeout: number;
  readonly onOutcome: (outcome: Outcome) => void;
  /** is told of errors that are no fault of a request */
  readonly onFault: (error: unknown) => void;
}

/**
 * Where every door asks: answers within the time a request has, and tells what came of it. What has begun goes on to its end in its
 * place, whoever has gone; what has not is not begun.
 */
export type Desk = (door: string, request: Received, gone?: AbortSignal) => Promise<Answer>;

export function desk(service: Service, { timeout, onOutcome, onFault }: DeskOptions): Desk {
  return async (door, request, gone) => {
    const began = performance.now();
    const { id, call } = request.header;
    let answer: Answer;
    try {
      const ms = timeoutOf(request, timeout);
      answer = await inTime(ms, gone, (signal) => answered(service, request, onFault, signal));
    } catch (error) {
      // answers are never refused: only the time is, and being late
      if (!(error instanceof Unavailable || error instanceof RangeError)) throw error;
      const status = error instanceof Unavailable ? error.status : undefined;
      answer = { header: { id, error: error.message, status }, arrays: new Map() };
    }
    const { error } = answer.header;
    onOutcome({
      door,
      call: typeof call === 'string' && CALLS.has(call) ? call : 'unknown',
      status: statusOf(answer),
      seconds: (performance.now() - began) / 1000,
      error: typeof error === 'string' ? error : undefined,
    });
    return answer;
  };
}

/** As HTTP has it. */
export function statusOf({ header: { status, error } }: Message): number {
  if (error === undefined) return 200;
  return typeof status === 'number' ? status : 400;
}

function timeoutOf({ header: { timeout = Infinity } }: Received, most: number): number {
  if (typeof timeout !== 'number' || !(timeout > 0))
    return refuse('message', 'timeout must be a number of ms > 0', JSON.stringify(timeout));
  return Math.min(timeout, most);
}

/** What the work gives, or the refusal where that takes longer, or whoever asked has gone. */
function inTime<Result>(
  ms: number,
  gone: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController();
  return new Promise((resolve, reject) => {
    const late = (): void =>
      stop.abort(new Unavailable(504, `service: an answer must be there within ${ms} ms, got none`));
    const left = (): void =>
      stop.abort(
        new Unavailable(499, 'service: whoever asks must wait for the answer, got a connection that ended'),
      );
    const timer = setTimeout(late, ms);
    gone?.addEventListener('abort', left, { once: true });
    if (gone?.aborted === true) left();
    stop.signal.addEventListener('abort', () => reject(stop.signal.reason));
    work(stop.signal)
      .then(resolve, reject)
      .finally(() => {
        clearTimeout(timer);
        gone?.removeEventListener('abort', left);
      });
  });
}
