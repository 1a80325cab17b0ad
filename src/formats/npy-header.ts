import type { FileHandle } from 'node:fs/promises';
import { refuse } from '../core/check.ts';
import { fill } from './fill.ts';
import type { NpyShape } from './npy-shape.ts';

/** How an array stands in a file. */
export interface ArrayLayout<Dtype = NpyShape['dtype']> {
  /** of one dimension, how many values there are */
  readonly rows: number;
  /** of one dimension, 1 */
  readonly cols: number;
  readonly dtype: Dtype;
  /** bytes of a value */
  readonly width: number;
  /** whether a value's first byte is its greatest */
  readonly bigEndian: boolean;
  /** whether columns stand one after the other, and not rows */
  readonly columnMajor: boolean;
  /** where the values start, in bytes */
  readonly start: number;
}

/** What a reader can take. */
export interface Readable<Dtype> {
  /** by NumPy's letter and the bytes of a value: f4 */
  readonly dtypes: ReadonlyMap<string, Dtype>;
  /** these, in words that follow 'must be' */
  readonly named: string;
  readonly dimensions: '1-d' | '2-d' | '1-d or 2-d';
}

export const FLOAT_ROWS: Readable<NpyShape['dtype']> = {
  dtypes: new Map([
    ['f2', 'float16'],
    ['f4', 'float32'],
    ['f8', 'float64'],
  ]),
  named: 'float16, float32 or float64',
  dimensions: '2-d',
};

const magic = '\x93NUMPY';

/** The part of a file that holds another file, stored as it is. */
export interface Part {
  /** in bytes */
  readonly start: number;
  readonly size: number;
}

/**
 * The header of a .npy file of format 1, 2 or 3, whose values must fill the rest of the file, or of a part of one.
 *
 * @throws RangeError if the file is no .npy of a C-order array that can be read, of either byte order, or is shorter or longer than its
 *   shape says
 * @see NumPy, numpy.lib.format
 */
export async function readNpyHeader<Dtype>(
  file: FileHandle,
  path: string,
  readable: Readable<Dtype>,
  part?: Part,
): Promise<ArrayLayout<Dtype>> {
  const stat = await file.stat();
  if (!stat.isFile()) refuse(path, 'must be a file', 'something else');
  const { start: begin, size } = part ?? { start: 0, size: stat.size };
  const layout = await npyLayout(path, size, readable, (bytes, at) => fill(file, path, bytes, begin + at));
  return { ...layout, start: begin + layout.start };
}

/**
 * The same of so many bytes, which are read from wherever they are.
 *
 * @throws RangeError as `readNpyHeader`
 */
export async function npyLayout<Dtype>(
  path: string,
  size: number,
  readable: Readable<Dtype>,
  read: (into: Uint8Array, at: number) => Promise<void>,
): Promise<ArrayLayout<Dtype>> {
  const opening = new Uint8Array(Math.min(size, 12));
  await read(opening, 0);
  const began = String.fromCharCode(...opening.subarray(0, 6));
  if (began !== magic) refuse(path, 'must be a .npy file', `one that starts with ${JSON.stringify(began)}`);
  if (opening.length < 12) refuse(path, 'must hold a .npy header', `${size} bytes`);
  const major = opening[6];
  if (major < 1 || major > 3) refuse(path, 'must be .npy version 1, 2 or 3', major);

  const view = new DataView(opening.buffer);
  const start = major === 1 ? 10 + view.getUint16(8, true) : 12 + view.getUint32(8, true);
  if (start > size) refuse(path, `must hold a header of ${start} bytes`, `${size} bytes`);
  const text = new Uint8Array(start - (major === 1 ? 10 : 12));
  await read(text, start - text.length);
  const shape = parse(new TextDecoder().decode(text), path, readable);

  const bytes = start + shape.rows * shape.cols * shape.width;
  if (size !== bytes) refuse(path, `must be ${bytes} bytes`, size);
  return { ...shape, start };
}

/** The text is a literal of a Python dictionary with three keys in any order. */
function parse<Dtype>(
  text: string,
  path: string,
  { dtypes, named, dimensions }: Readable<Dtype>,
): Omit<ArrayLayout<Dtype>, 'start'> {
  const [, descr] =
    /'descr': *('[^']*'|\[.*\])/s.exec(text) ?? refuse(path, "header must have a 'descr'", text);
  const [, order, type] = /^'([<>|])(\w+)'$/.exec(descr) ?? ['', '', ''];
  const dtype = dtypes.get(type) ?? refuse(path, `dtype must be ${named}`, descr);
  const [, fortran] =
    /'fortran_order': *(True|False)/.exec(text) ?? refuse(path, "header must have a 'fortran_order'", text);
  const [, shape] = /'shape': *(\([^)]*\))/.exec(text) ?? [];
  // Python 2 wrote its long integers with an L; a comma alone makes a tuple of one
  const sides = /^\( *(\d+)L?, *(?:(\d+)L?,?)? *\)$/.exec(shape ?? '');
  const found = sides === null ? '' : sides[2] === undefined ? '1-d' : '2-d';
  if (sides === null || !dimensions.includes(found)) refuse(path, `shape must be ${dimensions}`, shape);
  const [rows, cols] = [Number(sides[1]), Number(sides[2] ?? 1)];
  if (!Number.isSafeInteger(rows * cols * 8)) refuse(path, 'shape must be of a size that fits a file', shape);
  return {
    rows,
    cols,
    dtype,
    width: Number(type.slice(1)),
    bigEndian: order === '>',
    columnMajor: fortran === 'True',
  };
}

/**
 * Reads as many rows as `bytes` holds, from row `first` on, row after row and in the machine's order of bytes: little-endian, wherever
 * nearmiss runs. Of columns that stand one after the other (NumPy's Fortran order) each is read by itself.
 *
 * @throws RangeError if the file ends before
 */
export async function readRows(
  file: FileHandle,
  path: string,
  { rows, cols, start, width, bigEndian, columnMajor }: ArrayLayout<unknown>,
  bytes: Uint8Array,
  first: number,
): Promise<void> {
  if (!columnMajor || cols < 2) await fill(file, path, bytes, start + first * cols * width);
  else {
    const column = new Uint8Array(bytes.length / cols);
    for (let c = 0; c < cols; c++) {
      await fill(file, path, column, start + (c * rows + first) * width);
      for (let b = 0; b < column.length; b++) {
        bytes[(Math.floor(b / width) * cols + c) * width + (b % width)] = column[b];
      }
    }
  }
  if (!bigEndian || width === 1) return;
  const values = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (width === 2) values.swap16();
  else if (width === 4) values.swap32();
  else values.swap64();
}

/** A header of version 1, a multiple of 64 bytes, as NumPy writes it: of whatever numbers of rows and columns, of one length. */
export function npyHeaderBytes({ rows, cols, dtype }: WrittenShape): Uint8Array {
  const shape = cols === undefined ? `(${rows},)` : `(${rows}, ${cols})`;
  const text = `{'descr': '${DESCRIPTIONS[dtype]}', 'fortran_order': False, 'shape': ${shape}, }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const prefix = `${magic}\x01\x00${String.fromCharCode(length & 255, length >>> 8)}`;
  return Buffer.from(`${prefix}${text.padEnd(length - 1)}\n`, 'latin1');
}

/** Without `cols`, of one dimension. */
interface WrittenShape {
  readonly rows: number;
  readonly cols?: number;
  readonly dtype: keyof typeof DESCRIPTIONS;
}

const DESCRIPTIONS = { float16: '<f2', float32: '<f4', float64: '<f8' } as const;
