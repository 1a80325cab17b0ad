import { labelsOf, matrixOf, numberOf, tuplesOf, wordOf } from '../catalog/input.ts';
import { listsOfPairs } from '../catalog/inputs.ts';
import { checkWhole, refuse } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';
import type { Neighbors, SearchOptions } from '../neighbors/neighbor-index.ts';
import { givenIn } from './columns.ts';
import { checkK } from './limits.ts';
import type { Message, NamedArray } from './message.ts';
import { indexFor, type Service } from './service.ts';

const QUERIES = matrixOf('queries', 'what neighbors are of');
const K = numberOf('k', 'how many neighbors of each query');
const EF = numberOf('ef', 'candidates a graph search keeps');
const EXACT = wordOf('exact', 'every row is looked at, whatever the index');
const CLASSES = labelsOf('classes', 'a class for each query, whose rows it is not given');
const KNOWN = tuplesOf('known', "a query's row and an id that it is not given", 'known');

export const SEARCH_INPUTS = [QUERIES, K, EF, EXACT, CLASSES, KNOWN];

/** The nearest stored rows of each query: `ids`, `distances`, and in `found` how many of them there are. */
export async function search(service: Service, request: Message, signal?: AbortSignal): Promise<Message> {
  const { need, find } = givenIn('search', SEARCH_INPUTS, request);
  const [queries, k, known] = [need(QUERIES), need(K), find(KNOWN)];
  const perQuery = known && listsOfPairs('search', 'known', known, queries.rows);
  const { ids, distances, found } = await neighborsOf('search', service, queries, k, signal, {
    exclude: { perQuery, queryClass: find(CLASSES) },
    ef: find(EF),
    exact: find(EXACT),
  });
  const shape = [queries.rows, k];
  return {
    header: {},
    arrays: new Map<string, NamedArray>([
      ['ids', { shape, data: ids }],
      ['distances', { shape, data: distances }],
      ['found', { shape: [queries.rows], data: found }],
    ]),
  };
}

/**
 * Searches the index in turn.
 *
 * @throws RangeError if they would take more than an answer may
 */
export function neighborsOf(
  where: string,
  service: Service,
  queries: Matrix,
  k: number,
  signal: AbortSignal | undefined,
  { ef = service.ef, ...options }: SearchOptions,
): Promise<Neighbors> {
  checkWhole(where, 'k', k, 1);
  checkK(where, 'k', service.limits, k);
  checkK(where, 'ef', service.limits, ef);
  const bytes = 8 * k * queries.rows;
  if (bytes > service.most)
    refuse(where, `an answer, 8 bytes a neighbor, must be at most ${service.most} bytes`, bytes);
  return service.working.run(
    () => indexFor(service, queries.cols).search(queries, k, { ef, ...options }),
    signal,
  );
}
