import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { refuse } from '../core/check.ts';

export interface WholeFileOptions {
  /** Aborting stops before the next piece and leaves nothing behind. */
  readonly signal?: AbortSignal;
  /** Whether it survives a power cut once it is there. @default true */
  readonly synced?: boolean;
}

/**
 * Writes a file that is there in full or not at all: the pieces `body` writes go to a temporary file beside
 * `path`, which is synced and takes the place of `path` when `body` is done.
 *
 * When `body` throws or `signal` aborts, the temporary file is removed and what was at `path` stays. What is handed to one `write` should
 * be some kilobytes or more: it is one call to the system.
 *
 * @throws RangeError if a file cannot be made there; what `body` throws; the signal's reason
 */
export async function wholeFile(
  path: string,
  body: (write: (...pieces: readonly (Uint8Array | string)[]) => Promise<void>) => Promise<void>,
  { signal, synced = true }: WholeFileOptions = {},
): Promise<void> {
  signal?.throwIfAborted();
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, 'wx').catch((error: unknown) =>
    refuse(path, 'must be where a file can be written', error instanceof Error ? error.message : error),
  );
  try {
    try {
      await body(async (...pieces) => {
        signal?.throwIfAborted();
        await append(file, pieces);
      });
      if (synced) await file.sync();
    } finally {
      await file.close();
    }
    signal?.throwIfAborted();
    await rename(temporary, path).catch((error: unknown) =>
      refuse(path, 'must be where a file can be written', error instanceof Error ? error.message : error),
    );
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** In one call, where the system takes all at once: beside a program that computes, each waits until that looks up. */
async function append(file: FileHandle, pieces: readonly (Uint8Array | string)[]): Promise<void> {
  let left = pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece));
  while (left.length > 0) {
    const { bytesWritten } = await file.writev(left);
    left = after(bytesWritten, left);
  }
}

/** What is behind so many bytes of pieces. */
function after(bytes: number, pieces: readonly Uint8Array[]): Uint8Array[] {
  const left: Uint8Array[] = [];
  let gone = bytes;
  for (const piece of pieces) {
    if (gone < piece.length) left.push(piece.subarray(gone));
    gone = Math.max(0, gone - piece.length);
  }
  return left;
}
