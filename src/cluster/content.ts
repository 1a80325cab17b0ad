import { createHash } from 'node:crypto';
import { type CheckedContent, readChecked, writeChecked } from '../formats/checked-file.ts';
import type { WholeFileOptions } from '../formats/whole-file.ts';

/** What a task is given or gives: words and numbers, and arrays by name. */
export type Content = CheckedContent;

const KIND = { magic: 'neartask', version: 1 } as const;

/** A name that follows from all of it: the same content has the same name, whoever asks and however often. */
export function nameOf({ header, arrays }: Content): string {
  const lengths = Object.entries(arrays).map(([name, { length }]) => [name, length]);
  const hash = createHash('sha256').update(JSON.stringify([header, lengths]));
  for (const { buffer, byteOffset, byteLength } of Object.values(arrays))
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest('hex').slice(0, 32);
}

/** Writes a file that is there in full or not at all. */
export function writeContent(path: string, content: Content, options: WholeFileOptions = {}): Promise<void> {
  return writeChecked(path, KIND, content, options);
}

/** @throws RangeError, naming the file, if it is not as it was written */
export function readContent(path: string): Promise<Content> {
  return readChecked(path, KIND);
}
