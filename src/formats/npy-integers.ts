import { checkEqual, refuse } from '../core/check.ts';
import { type Readable, readNpyHeader, readRows } from './npy-header.ts';
import { type OpenArray, openToRead } from './open-rows.ts';

/**
 * A 1-d .npy file of whole numbers of any width, to be read as int32.
 *
 * @throws RangeError if the file is missing, of another kind, shorter or longer than its header says or, when they are
 *   read, if a number does not fit int32
 */
export function openNpyInt32(path: string): Promise<OpenArray<Int32Array>> {
  return openIntegers(path, INT32, undefined);
}

/**
 * The same, to be read as uint32.
 *
 * @throws RangeError as `openNpyInt32`
 */
export function openNpyUint32(path: string): Promise<OpenArray<Uint32Array>> {
  return openIntegers(path, UINT32, undefined);
}

/**
 * A 2-d one of so many columns, to be read as uint32, a row after the other.
 *
 * @throws RangeError as `openNpyInt32`
 */
export function openNpyUint32Rows(path: string, cols: number): Promise<OpenArray<Uint32Array>> {
  return openIntegers(path, UINT32, cols);
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

const INTEGERS: Omit<Readable<keyof typeof ARRAYS>, 'dimensions'> = {
  dtypes: new Map([
    ['i1', 'int8'],
    ['u1', 'uint8'],
    ['i2', 'int16'],
    ['u2', 'uint16'],
    ['i4', 'int32'],
    ['u4', 'uint32'],
    ['i8', 'int64'],
    ['u8', 'uint64'],
  ]),
  named: 'an integer of 8 to 64 bits',
};

interface Range<Chunk> {
  readonly least: number;
  readonly most: number;
  chunkOf(values: number): Chunk;
}

const INT32: Range<Int32Array> = {
  least: -(2 ** 31),
  most: 2 ** 31 - 1,
  chunkOf: (values) => new Int32Array(values),
};
const UINT32: Range<Uint32Array> = {
  least: 0,
  most: 2 ** 32 - 1,
  chunkOf: (values) => new Uint32Array(values),
};

/** Without `width`, of one dimension. */
async function openIntegers<Chunk extends Int32Array | Uint32Array>(
  path: string,
  { least, most, chunkOf }: Range<Chunk>,
  width: number | undefined,
): Promise<OpenArray<Chunk>> {
  const file = await openToRead(path);
  try {
    const dimensions = width === undefined ? '1-d' : '2-d';
    const header = await readNpyHeader(file, path, { ...INTEGERS, dimensions });
    const { rows, cols, dtype } = header;
    checkEqual(path, 'cols', cols, width ?? 1);
    return {
      path,
      rows,
      async between(start, end) {
        const stored = new ARRAYS[dtype]((end - start) * cols);
        await readRows(file, path, header, new Uint8Array(stored.buffer), start);
        const chunk = chunkOf(stored.length);
        for (let e = 0; e < stored.length; e++) {
          // what has more than 53 bits is rounded to something that does not fit either
          const value = Number(stored[e]);
          if (!(value >= least && value <= most)) {
            const row = start + Math.floor(e / cols);
            refuse(path, `row ${row} must be of whole numbers in [${least}, ${most}]`, stored[e]);
          }
          chunk[e] = value;
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
