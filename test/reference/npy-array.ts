import { readFileSync } from 'node:fs';

/** The types a case stores its larger arrays in, little-endian and in C order. */
const TYPES = new Map<string, (bytes: ArrayBuffer) => ArrayLike<number>>([
  ['<f4', (bytes) => new Float32Array(bytes)],
  ['<f8', (bytes) => new Float64Array(bytes)],
  ['<i4', (bytes) => new Int32Array(bytes)],
  ['|u1', (bytes) => new Uint8Array(bytes)],
]);

/** A .npy file of any number of dimensions, row-major: `formats/npy.ts` reads matrices of float32 and float16 alone. */
export function readArray(file: string): { shape: number[]; data: ArrayLike<number> } {
  const bytes = readFileSync(file);
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, start);
  const shape = /'shape': \(([^)]*)\)/.exec(header)?.[1] ?? '';
  const made = TYPES.get(/'descr': '([^']*)'/.exec(header)?.[1] ?? '');
  if (made === undefined) throw new TypeError(`${file} is of another type: ${header}`);
  return {
    shape: shape.split(',').flatMap((side) => (side.trim() === '' ? [] : [Number(side)])),
    data: made(Uint8Array.from(bytes.subarray(start)).buffer),
  };
}
