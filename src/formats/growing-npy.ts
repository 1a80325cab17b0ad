import { open } from 'node:fs/promises';
import { checkEqual, refuse } from '../core/check.ts';
import { npyHeaderBytes } from './npy-header.ts';

/** A .npy file that is written piece by piece, until it is known how long it is. */
export interface GrowingNpy {
  readonly path: string;
  /** Values in row-major order, whole rows where there are columns, from a row on that is the next one unless it is said. */
  write(values: Float32Array | Float64Array, row?: number): Promise<void>;
  /** Writes the header, without which what is there is no .npy file, and closes. */
  finish(): Promise<void>;
  /** Closes without the header. */
  abandon(): Promise<void>;
}

export interface GrowingNpyOptions {
  /** @default one dimension */
  readonly cols?: number;
  readonly dtype: 'float32' | 'float64';
}

/**
 * Begins such a file.
 *
 * @throws RangeError if a file cannot be made there or, in writing, if values are not of the dtype or no whole rows
 */
export async function growingNpy(path: string, { cols, dtype }: GrowingNpyOptions): Promise<GrowingNpy> {
  const file = await open(path, 'wx').catch((error: unknown) =>
    refuse(path, 'must be where a file can be written', error instanceof Error ? error.message : error),
  );
  let rows = 0;
  const room = npyHeaderBytes({ rows, cols, dtype });
  const bytesOfRow = (dtype === 'float32' ? 4 : 8) * (cols ?? 1);
  return {
    path,
    async write(values, row = rows) {
      checkEqual(path, 'bytes of a value', values.BYTES_PER_ELEMENT, dtype === 'float32' ? 4 : 8);
      if (cols !== undefined && values.length > 0)
        checkEqual(path, 'values past whole rows', values.length % cols, 0);
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      for (let written = 0; written < bytes.length;) {
        const position = room.length + row * bytesOfRow + written;
        written += (await file.write(bytes, written, bytes.length - written, position)).bytesWritten;
      }
      rows = Math.max(rows, row + values.length / Math.max(1, cols ?? 1));
    },
    async finish() {
      await file.write(npyHeaderBytes({ rows, cols, dtype }), 0, room.length, 0);
      await file.sync();
      await file.close();
    },
    abandon: () => file.close(),
  };
}
