import { open } from 'node:fs/promises';
import { checkEqual, refuse } from '../core/check.ts';
import { npyHeaderBytes } from './npy-header.ts';

/** A .npy file that is written piece by piece, until it is known how long it is. */
export interface GrowingNpy {
  readonly path: string;
  /** Values in row-major order: whole rows, where there are columns. */
  write(values: Float32Array | Float64Array): Promise<void>;
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
  await file.appendFile(new Uint8Array(room.length));
  return {
    path,
    async write(values) {
      checkEqual(path, 'bytes of a value', values.BYTES_PER_ELEMENT, dtype === 'float32' ? 4 : 8);
      if (cols !== undefined && values.length > 0)
        checkEqual(path, 'values past whole rows', values.length % cols, 0);
      await file.appendFile(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      rows += cols === undefined ? values.length : values.length / Math.max(1, cols);
    },
    async finish() {
      await file.write(npyHeaderBytes({ rows, cols, dtype }), 0, room.length, 0);
      await file.sync();
      await file.close();
    },
    abandon: () => file.close(),
  };
}
