import { idsOf, labelsOf, matrixOf, numberOf } from '../catalog/input.ts';
import { checkWhole, refuse } from '../core/check.ts';
import type { NeighborIndex } from '../neighbors/neighbor-index.ts';
import { givenIn } from './columns.ts';
import type { Message } from './message.ts';
import { indexFor, type Service } from './service.ts';

const ROWS = matrixOf('rows', 'what is stored');
const IDS = idsOf('ids', 'which item each row is');
const FIRST_ID = numberOf(
  'firstId',
  'which item the first row is, the next row the next, where there are no ids',
);
const CLASSES = labelsOf('classes', 'the class of each row');

export const UPSERT_INPUTS = [ROWS, IDS, FIRST_ID, CLASSES];
export const REMOVE_INPUTS = [IDS];

/** Stores rows by their ids, in the place of those that were stored under them. */
export async function upsert(service: Service, request: Message, signal?: AbortSignal): Promise<Message> {
  const { need, find } = givenIn('upsert', UPSERT_INPUTS, request);
  const [rows, classes] = [need(ROWS), find(CLASSES)];
  const first = find(FIRST_ID);
  const ids = first === undefined ? need(IDS) : idsFrom(first, rows.rows);
  return changed(service, request, signal, async () => {
    const index = indexFor(service, rows.cols);
    checkRoom(service, ids);
    await index.add(rows, ids, classes);
  });
}

/** Forgets the rows of some ids. */
export async function remove(service: Service, request: Message, signal?: AbortSignal): Promise<Message> {
  const ids = givenIn('remove', REMOVE_INPUTS, request).need(IDS);
  return changed(service, request, signal, async () => {
    const { index } = service;
    if (index !== undefined) await index.remove(ids);
    else if (ids.length > 0) refuse('remove', 'every id must be stored', ids[0]);
  });
}

/**
 * Changes rows in turn, and answers when the change is kept. Who comes next does not wait for that, so that many changes are kept at
 * once; a search may see rows that are not kept yet.
 */
async function changed(
  service: Service,
  { header, arrays }: Message,
  signal: AbortSignal | undefined,
  change: () => Promise<void>,
): Promise<Message> {
  const { call, values } = header;
  const { size, kept } = await service.writing.run(async () => {
    const { folder, index } = service;
    if (folder?.due === true && index !== undefined) await folder.replace(index);
    service.changes++;
    await change();
    return {
      size: service.index?.size ?? 0,
      kept: folder?.append({ header: { call, values }, arrays }),
    };
  }, signal);
  await kept;
  return { header: { size }, arrays: new Map() };
}

/** What index and rows are; `dim` is absent until rows have come. */
export async function stats({ index, kind, distance, folder }: Service): Promise<Message> {
  return {
    header: {
      index: kind,
      distance: distance.name,
      dim: index?.dim,
      size: index?.size ?? 0,
      journalBytes: folder?.journalBytes,
    },
    arrays: new Map(),
  };
}

function idsFrom(first: number, rows: number): Uint32Array {
  checkWhole('upsert', 'firstId', first);
  if (first + rows > 2 ** 32) refuse('upsert', 'ids must be less than 4294967296', first + rows - 1);
  return Uint32Array.from({ length: rows }, (_, i) => first + i);
}

/** Rows that take the place of others need no room; they are looked for where it is short alone. */
function checkRoom({ index, limits: { stored } }: Service, ids: Uint32Array): void {
  if (index === undefined || index.size + ids.length <= stored) return;
  const size = index.size + ids.filter((id) => !isStored(index, id)).length;
  if (size > stored) refuse('upsert', `rows stored must be at most ${stored}`, size);
}

function isStored(index: NeighborIndex, id: number): boolean {
  try {
    return index.read(Uint32Array.of(id)).rows.rows === 1;
  } catch {
    return false;
  }
}
