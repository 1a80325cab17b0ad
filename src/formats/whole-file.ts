import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { refuse } from '../core/check.ts';

export interface WholeFileOptions {
  /** Aborting stops before the next piece and leaves nothing behind. */
  readonly signal?: AbortSignal;
}

/**
 * Writes a file that is there in full or not at all: the pieces `body` writes go to a temporary file beside
 * `path`, which is synced and takes the place of `path` when `body` is done.
 *
 * When `body` throws or `signal` aborts, the temporary file is removed and what was at `path` stays. Pieces
 * should be some kilobytes: each is a call to the system.
 *
 * @throws RangeError if a file cannot be made there; what `body` throws; the signal's reason
 */
export async function wholeFile(
  path: string,
  body: (write: (piece: Uint8Array | string) => Promise<void>) => Promise<void>,
  { signal }: WholeFileOptions = {},
): Promise<void> {
  signal?.throwIfAborted();
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, 'wx').catch((error: unknown) =>
    refuse(path, 'must be where a file can be written', error instanceof Error ? error.message : error),
  );
  try {
    try {
      await body(async (piece) => {
        signal?.throwIfAborted();
        await appended(file, piece);
      });
      await file.sync();
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

/** In as few calls as may be: `appendFile` makes one of each half mebibyte, and each waits for the event loop. */
async function appended(file: FileHandle, piece: Uint8Array | string): Promise<void> {
  if (typeof piece === 'string') return file.appendFile(piece);
  for (let at = 0; at < piece.length;) {
    const { bytesWritten } = await file.write(piece, at, piece.length - at);
    at += bytesWritten;
  }
}
