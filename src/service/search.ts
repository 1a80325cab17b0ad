import { labelsOf, matrixOf, numberOf, tuplesOf, wordOf } from '../catalog/input.ts';
import { listsOfPairs } from '../catalog/inputs.ts';
import { checkWhole, refuse } from '../core/check.ts';
import { givenIn } from './columns.ts';
import type { Message, NamedArray } from './message.ts';
import { indexFor, type Service } from './service.ts';

const QUERIES = matrixOf('queries', 'what neighbors are of');
const K = numberOf('k', 'how many neighbors of each query');
const EF = numberOf('ef', 'candidates a graph search keeps');
const EXACT = wordOf('exact', 'every row is looked at, whatever the index');
const CLASSES = labelsOf('classes', 'a class for each query, whose rows it is not given');
const KNOWN = tuplesOf('known', "a query's row and an id that it is not given", 'known');

/** The nearest stored rows of each query: `ids`, `distances`, and in `found` how many of them there are. */
export async function search(service: Service, request: Message): Promise<Message> {
  const { need, find } = givenIn('search', [QUERIES, K, EF, EXACT, CLASSES, KNOWN], request);
  const [queries, k, known] = [need(QUERIES), need(K), find(KNOWN)];
  checkWhole('search', 'k', k, 1);
  const bytes = 8 * k * queries.rows;
  if (bytes > service.most)
    refuse('search', `an answer, 8 bytes a neighbor, must be at most ${service.most} bytes`, bytes);
  const perQuery = known && listsOfPairs('search', 'known', known, queries.rows);
  const { ids, distances, found } = await indexFor(service, queries.cols).search(queries, k, {
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
