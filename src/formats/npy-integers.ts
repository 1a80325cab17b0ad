import { refuse } from '../core/check.ts';
import { fill } from './fill.ts';
import { type Readable, readNpyHeader } from './npy-header.ts';
import { type OpenNpy, openToRead } from './npy.ts';

/**
 * A 1-d .npy file of whole numbers of any width, little-endian, to be read as int32.
 *
 * @throws RangeError if the file is missing, of another kind, shorter or longer than its header says or, when they are
 *   read, if a number does not fit int32
 */
export function openNpyInt32(path: string): Promise<OpenNpy<Int32Array>> {
  return openIntegers(path, -(2 ** 31), 2 ** 31 - 1, (rows) => new Int32Array(rows));
}

/**
 * The same, to be read as uint32.
 *
 * @throws RangeError as `openNpyInt32`
 */
export function openNpyUint32(path: string): Promise<OpenNpy<Uint32Array>> {
  return openIntegers(path, 0, 2 ** 32 - 1, (rows) => new Uint32Array(rows));
}

const ARRAYS = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
} as const;

const INTEGERS: Readable<keyof typeof ARRAYS> = {
  dtypes: new Map([
    ['|i1', 'int8'],
    ['|u1', 'uint8'],
    ['<i2', 'int16'],
    ['<u2', 'uint16'],
    ['<i4', 'int32'],
    ['<u4', 'uint32'],
    ['<i8', 'int64'],
    ['<u8', 'uint64'],
  ]),
  bytesPerValue: (dtype) => ARRAYS[dtype].BYTES_PER_ELEMENT,
  dimensions: '1-d',
};

async function openIntegers<Chunk extends Int32Array | Uint32Array>(
  path: string,
  least: number,
  most: number,
  chunkOf: (rows: number) => Chunk,
): Promise<OpenNpy<Chunk>> {
  const file = await openToRead(path);
  try {
    const { rows, dtype, start: origin } = await readNpyHeader(file, path, INTEGERS);
    return {
      path,
      rows,
      async between(start, end) {
        const stored = new ARRAYS[dtype](end - start);
        await fill(file, path, new Uint8Array(stored.buffer), origin + start * stored.BYTES_PER_ELEMENT);
        const chunk = chunkOf(stored.length);
        for (let i = 0; i < stored.length; i++) {
          // what has more than 53 bits is rounded to something that does not fit either
          const value = Number(stored[i]);
          if (!(value >= least && value <= most)) {
            refuse(path, `row ${start + i} must be a whole number in [${least}, ${most}]`, stored[i]);
          }
          chunk[i] = value;
        }
        return chunk;
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}
