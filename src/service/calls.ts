import { refuse } from '../core/check.ts';
import type { Message, Received } from './message.ts';
import { mine } from './mine.ts';
import { score } from './score.ts';
import { search } from './search.ts';
import type { Service } from './service.ts';
import { remove, stats, upsert } from './store.ts';

/** Everything that can be asked, by the header's `call`. */
const CALLS: ReadonlyMap<unknown, (service: Service, request: Message) => Promise<Message>> = new Map([
  ['score', score],
  ['upsert', upsert],
  ['remove', remove],
  ['search', search],
  ['mine', mine],
  ['stats', stats],
]);

/**
 * The answer to whatever came: what the call gives, or a header with `error`, a sentence that says what was wrong. It has the `id` of
 * the request, where that has one.
 *
 * @param onFault is told of errors that are no fault of the request
 */
export async function answered(
  service: Service,
  request: Received,
  onFault: (error: unknown) => void,
): Promise<Message> {
  const { id } = request.header;
  try {
    if ('fault' in request) return { header: { id, error: request.fault }, arrays: new Map() };
    const { call } = request.header;
    const asked = CALLS.get(call) ?? refuse('message', `call must be ${NAMES}`, JSON.stringify(call));
    const { header, arrays } = await asked(service, request);
    return { header: { id, ...header }, arrays };
  } catch (error) {
    if (!(error instanceof RangeError)) onFault(error);
    const said = error instanceof Error ? error.message : String(error);
    return { header: { id, error: said }, arrays: new Map() };
  }
}

const NAMES = [...CALLS.keys()].join(' or ');
