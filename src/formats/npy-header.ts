import type { FileHandle } from 'node:fs/promises';
import { refuse } from '../core/check.ts';
import { fill } from './fill.ts';
import type { NpyShape } from './npy-shape.ts';

export interface NpyHeader extends NpyShape {
  /** where the values start, in bytes */
  readonly start: number;
}

export const bytesPerValue = { float32: 4, float16: 2 } as const;

const magic = '\x93NUMPY';

/**
 * The header of a .npy file of format 1, 2 or 3, whose values must fill the rest of the file.
 *
 * @throws RangeError if the file is no .npy of a 2-d, C-order, little-endian float32 or float16 array, or is
 *   shorter or longer than its shape says
 * @see NumPy, numpy.lib.format
 */
export async function readNpyHeader(file: FileHandle, path: string): Promise<NpyHeader> {
  const stat = await file.stat();
  if (!stat.isFile()) refuse(path, 'must be a file', 'something else');
  const opening = new Uint8Array(Math.min(stat.size, 12));
  await fill(file, path, opening, 0);
  const read = String.fromCharCode(...opening.subarray(0, 6));
  if (read !== magic) refuse(path, `must start with ${JSON.stringify(magic)}`, JSON.stringify(read));
  if (opening.length < 12) refuse(path, 'must hold a .npy header', `${stat.size} bytes`);
  const major = opening[6];
  if (major < 1 || major > 3) refuse(path, 'must be .npy version 1, 2 or 3', major);

  const view = new DataView(opening.buffer);
  const start = major === 1 ? 10 + view.getUint16(8, true) : 12 + view.getUint32(8, true);
  if (start > stat.size) refuse(path, `must hold a header of ${start} bytes`, `${stat.size} bytes`);
  const text = new Uint8Array(start - (major === 1 ? 10 : 12));
  await fill(file, path, text, start - text.length);
  const shape = parse(new TextDecoder().decode(text), path);

  const bytes = start + shape.rows * shape.cols * bytesPerValue[shape.dtype];
  if (stat.size !== bytes) refuse(path, `must be ${bytes} bytes`, stat.size);
  return { ...shape, start };
}

/** The text is a literal of a Python dictionary with three keys in any order. */
function parse(text: string, path: string): NpyShape {
  const [, descr] =
    /'descr': *('[^']*'|\[.*\])/s.exec(text) ?? refuse(path, "header must have a 'descr'", text);
  if (descr !== "'<f4'" && descr !== "'<f2'") refuse(path, "dtype must be '<f4' or '<f2'", descr);
  const [, fortran] = /'fortran_order': *(True|False)/.exec(text) ?? [];
  if (fortran !== 'False') refuse(path, 'fortran_order must be False', fortran);
  const [, shape] = /'shape': *(\([^)]*\))/.exec(text) ?? [];
  // Python 2 wrote its long integers with an L
  const sides = /^\( *(\d+)L?, *(\d+)L?,? *\)$/
    .exec(shape ?? '')
    ?.slice(1)
    .map(Number);
  if (sides === undefined) refuse(path, 'shape must be 2-d', shape);
  const [rows, cols] = sides;
  if (!Number.isSafeInteger(rows * cols * 4)) refuse(path, 'shape must be of a size that fits a file', shape);
  return { rows, cols, dtype: descr === "'<f4'" ? 'float32' : 'float16' };
}

/** A header of version 1, a multiple of 64 bytes, as NumPy writes it. */
export function npyHeaderBytes({ rows, cols, dtype }: NpyShape): Uint8Array {
  const descr = dtype === 'float32' ? '<f4' : '<f2';
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${rows}, ${cols}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const prefix = `${magic}\x01\x00${String.fromCharCode(length & 255, length >>> 8)}`;
  return Buffer.from(`${prefix}${text.padEnd(length - 1)}\n`, 'latin1');
}
