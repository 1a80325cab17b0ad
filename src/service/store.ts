import { idsOf, labelsOf, matrixOf } from '../catalog/input.ts';
import { refuse } from '../core/check.ts';
import { givenIn } from './columns.ts';
import type { Message } from './message.ts';
import { indexFor, type Service } from './service.ts';

const ROWS = matrixOf('rows', 'what is stored');
const IDS = idsOf('ids', 'which item each row is');
const CLASSES = labelsOf('classes', 'the class of each row');

/** Stores rows by their ids, in the place of those that were stored under them. */
export async function upsert(service: Service, request: Message): Promise<Message> {
  const { need, find } = givenIn('upsert', [ROWS, IDS, CLASSES], request);
  const [rows, ids] = [need(ROWS), need(IDS)];
  const index = indexFor(service, rows.cols);
  await index.add(rows, ids, find(CLASSES));
  return { header: { size: index.size }, arrays: new Map() };
}

/** Forgets the rows of some ids. */
export async function remove({ index }: Service, request: Message): Promise<Message> {
  const ids = givenIn('remove', [IDS], request).need(IDS);
  if (index === undefined) {
    if (ids.length > 0) refuse('remove', 'every id must be stored', ids[0]);
  } else await index.remove(ids);
  return { header: { size: index?.size ?? 0 }, arrays: new Map() };
}

/** What the index is, and how many rows it has; `dim` is absent until rows have come. */
export async function stats({ index, kind, distance }: Service): Promise<Message> {
  return {
    header: { index: kind, distance: distance.name, dim: index?.dim, size: index?.size ?? 0 },
    arrays: new Map(),
  };
}
