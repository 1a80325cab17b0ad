import { type Input, inputsOf } from '../catalog/input.ts';
import type { Option } from '../catalog/option.ts';
import { refuse } from '../core/check.ts';
import { EVALUATE_INPUTS, EVALUATE_OPTIONS, evaluate } from './evaluate.ts';
import { checkArrays } from './limits.ts';
import type { Answer, Message, Received } from './message.ts';
import { mine, MINE_INPUTS, MINE_OPTIONS } from './mine.ts';
import { lossOf, score } from './score.ts';
import { search, SEARCH_INPUTS } from './search.ts';
import type { Service } from './service.ts';
import { restore, snapshot } from './snapshots.ts';
import { remove, REMOVE_INPUTS, stats, upsert, UPSERT_INPUTS } from './store.ts';
import { Unavailable } from './unavailable.ts';

/** Something that can be asked. */
export interface Call {
  /** what it does, in a line */
  readonly says: string;
  readonly answer: (service: Service, request: Message, signal?: AbortSignal) => Promise<Answer>;
  /** arrays and values it takes */
  readonly inputs: (request: Message) => readonly Input[];
  readonly options?: Readonly<Record<string, Option<unknown>>>;
}

/** Everything that can be asked, by the header's `call`. */
export const CALLS: ReadonlyMap<unknown, Call> = new Map<string, Call>([
  [
    'score',
    {
      says: 'a loss by its name in the catalog: its value and exact gradients',
      answer: score,
      inputs: (request) => inputsOf(lossOf(request).takes),
    },
  ],
  [
    'upsert',
    {
      says: 'stores rows by their ids, in the place of those stored under them',
      answer: upsert,
      inputs: () => UPSERT_INPUTS,
    },
  ],
  ['remove', { says: 'forgets the rows of some ids', answer: remove, inputs: () => REMOVE_INPUTS }],
  ['search', { says: 'the nearest stored rows of queries', answer: search, inputs: () => SEARCH_INPUTS }],
  [
    'mine',
    {
      says: 'hard negatives: the stored rows each anchor is most easily confused with',
      answer: mine,
      inputs: () => MINE_INPUTS,
      options: MINE_OPTIONS,
    },
  ],
  [
    'evaluate',
    {
      says: 'metrics of what the index finds for judged queries',
      answer: evaluate,
      inputs: () => EVALUATE_INPUTS,
      options: EVALUATE_OPTIONS,
    },
  ],
  ['stats', { says: 'what the index is, and how many rows it has', answer: stats, inputs: () => [] }],
  [
    'health',
    {
      says: 'that the service answers',
      answer: async () => ({ header: { status: 'ok' }, arrays: new Map() }),
      inputs: () => [],
    },
  ],
  [
    'snapshot',
    {
      says: 'writes the rows in one piece, under a name where one is given',
      answer: snapshot,
      inputs: () => [],
    },
  ],
  [
    'restore',
    { says: 'puts the rows of a snapshot in the place of all others', answer: restore, inputs: () => [] },
  ],
]);

/**
 * The answer to whatever came: what the call gives, or a header with `error`, a sentence that says what was wrong, and `status` where
 * that is not the request's own fault. It has the `id` of the request, where that has one.
 *
 * @param onFault is told of errors that are no fault of the request
 * @param signal when aborted, what has not begun is not begun
 */
export async function answered(
  service: Service,
  request: Received,
  onFault: (error: unknown) => void,
  signal?: AbortSignal,
): Promise<Answer> {
  const { id } = request.header;
  try {
    if ('fault' in request) {
      const { fault: error, status } = request;
      return { header: { id, error, status }, arrays: new Map() };
    }
    const { answer } = callOf(request);
    checkArrays(String(request.header.call), service.limits, request);
    const { header, ...rest } = await answer(service, request, signal);
    return { header: { id, ...header }, ...rest };
  } catch (error) {
    const { status, retryAfter } = unavailability(error);
    if (status === 500) onFault(error);
    const said = error instanceof Error ? error.message : String(error);
    return { header: { id, error: said, status, retryAfter }, arrays: new Map() };
  }
}

/** @throws RangeError if there is no such call */
export function callOf({ header: { call } }: Message): Call {
  return CALLS.get(call) ?? refuse('message', `call must be ${NAMES}`, JSON.stringify(call));
}

function unavailability(error: unknown): { readonly status?: number; readonly retryAfter?: number } {
  if (error instanceof Unavailable) return error;
  return { status: error instanceof RangeError ? undefined : 500 };
}

const NAMES = [...CALLS.keys()].join(' or ');
