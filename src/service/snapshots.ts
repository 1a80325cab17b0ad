import { refuse } from '../core/check.ts';
import type { Message } from './message.ts';
import type { Service } from './service.ts';
import type { StoredFolder } from './stored-folder.ts';

/**
 * Writes the rows in one piece, from which the service starts again, and begins another journal. With a `name` they can be restored
 * by it. Changes wait meanwhile.
 */
export async function snapshot(service: Service, request: Message, signal?: AbortSignal): Promise<Message> {
  const folder = folderOf('snapshot', service);
  const { name } = request.header;
  if (name !== undefined && typeof name !== 'string')
    return refuse('snapshot', 'name must be text', JSON.stringify(name));
  return service.writing.run(async () => {
    const { index } = service;
    if (index !== undefined) await folder.replace(index, name);
    else if (name !== undefined) refuse('snapshot', 'there must be rows, or have been', 'none');
    return { header: { size: index?.size ?? 0 }, arrays: new Map() };
  }, signal);
}

/** Puts the rows of a snapshot in the place of all others. */
export async function restore(service: Service, request: Message, signal?: AbortSignal): Promise<Message> {
  const folder = folderOf('restore', service);
  const { name } = request.header;
  if (typeof name !== 'string') return refuse('restore', 'name must be text', JSON.stringify(name));
  return service.writing.run(async () => {
    const index = await folder.snapshot(name);
    checkKind('restore', service, index);
    await folder.replace(index);
    service.changes++;
    service.index = index;
    return { header: { size: index.size }, arrays: new Map() };
  }, signal);
}

/** @throws RangeError if the index is not of the service's kind */
export function checkKind(
  where: string,
  { kind, distance }: Service,
  index: NonNullable<Service['index']>,
): void {
  const found = index.parts === undefined ? 'exact' : 'hnsw';
  if (found !== kind) refuse(where, `the index that was written must be ${kind}`, found);
  if (index.distance !== distance)
    refuse(where, `the index that was written must be by ${distance.name}`, index.distance.name);
}

function folderOf(where: string, { folder }: Service): StoredFolder {
  return folder ?? refuse(where, 'the service must have a folder to keep rows in', 'none');
}
