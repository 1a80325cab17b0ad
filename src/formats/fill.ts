import type { FileHandle } from 'node:fs/promises';
import { refuse } from '../core/check.ts';

/** one call reads less than 2³¹ bytes */
const mostAtOnce = 2 ** 30;

/**
 * Reads as many bytes as `bytes` holds from `position` on.
 *
 * @throws RangeError if the file ends before
 */
export async function fill(
  file: FileHandle,
  path: string,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  for (let read = 0; read < bytes.length;) {
    const length = Math.min(bytes.length - read, mostAtOnce);
    const { bytesRead } = await file.read(bytes, read, length, position + read);
    if (bytesRead === 0) refuse(path, `must be at least ${position + bytes.length} bytes`, position + read);
    read += bytesRead;
  }
}
