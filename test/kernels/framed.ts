import { expect } from 'vitest';
import { matrix, type Matrix } from '../../src/core/matrix.ts';
import { random } from '../../src/core/random.ts';

/** What numbers an input is made of: ordinary ones, or a few of these among them. */
export type Oddity = 'none' | 'NaN' | 'infinite' | 'huge' | 'tiny';

const ODD: Readonly<Record<Oddity, readonly number[]>> = {
  none: [],
  NaN: [NaN],
  infinite: [Infinity, -Infinity],
  huge: [3.4e38, -3.4e38],
  tiny: [1e-45, -1e-40, 0, -0],
};

/** The bytes around an array, which nothing may write. */
const GUARD = 64;
const UNTOUCHED = 0xa5;

/**
 * Makes arrays that begin off every alignment but their own, in the midst of larger buffers, and tells afterwards whether anything
 * was written around them, or into those that are only to be read. The seed decides their numbers, in the order they are made.
 */
export interface Frame {
  /** Numbers to read. */
  numbers(rows: number, cols: number): Matrix;
  /** Numbers to read and write over. */
  state(rows: number, cols: number): Matrix;
  /** Numbers to write, full of NaN before. */
  out(rows: number, cols: number): Matrix;
  /** The same in float64. */
  doubles(length: number): Float64Array;
  ints(length: number, at: (i: number) => number): Int32Array;
  uints(length: number, at: (i: number) => number): Uint32Array;
  bits(length: number, at: (i: number) => number): Uint8Array;
  expectUntouched(): void;
}

export function framed(seed: number, oddity: Oddity): Frame {
  const { normal, below } = random(seed);
  const buffers: { bytes: Uint8Array; from: number; to: number; before?: Uint8Array }[] = [];
  const odd = ODD[oddity];

  /** A place for `length` numbers of `width` bytes, which `fill` fills. */
  const place = <Numbers extends ArrayBufferView>(
    width: number,
    length: number,
    view: (buffer: ArrayBuffer, offset: number) => Numbers,
    read: boolean,
    fill: (numbers: Numbers) => void,
  ): Numbers => {
    // 4, 12, 20 … bytes off
    const off = { 8: 8, 4: 4 + 8 * (buffers.length % 4) }[width] ?? 1 + (buffers.length % 7);
    const from = GUARD + off;
    const to = from + width * length;
    // a whole number of the widest numbers
    const bytes = new Uint8Array(Math.ceil((to + GUARD) / 8) * 8).fill(UNTOUCHED);
    const numbers = view(bytes.buffer, from);
    fill(numbers);
    buffers.push({ bytes, from, to, before: read ? bytes.slice() : undefined });
    return numbers;
  };
  const floats = (rows: number, cols: number, read: boolean, at: () => number): Matrix =>
    matrix(
      rows,
      cols,
      place(
        4,
        rows * cols,
        (buffer, offset) => new Float32Array(buffer, offset, rows * cols),
        read,
        (to) => {
          for (let e = 0; e < to.length; e++) to[e] = at();
        },
      ),
    );
  const drawn = (): number => (odd.length > 0 && below(13) === 0 ? odd[below(odd.length)] : normal());

  return {
    numbers: (rows, cols) => floats(rows, cols, true, drawn),
    state: (rows, cols) => floats(rows, cols, false, drawn),
    out: (rows, cols) => floats(rows, cols, false, () => NaN),
    doubles: (length) =>
      place(
        8,
        length,
        (buffer, offset) => new Float64Array(buffer, offset, length),
        true,
        (to) => {
          for (let i = 0; i < length; i++) to[i] = drawn();
        },
      ),
    ints: (length, at) =>
      place(
        4,
        length,
        (buffer, offset) => new Int32Array(buffer, offset, length),
        true,
        (to) => {
          for (let i = 0; i < length; i++) to[i] = at(i);
        },
      ),
    uints: (length, at) =>
      place(
        4,
        length,
        (buffer, offset) => new Uint32Array(buffer, offset, length),
        true,
        (to) => {
          for (let i = 0; i < length; i++) to[i] = at(i);
        },
      ),
    bits: (length, at) =>
      place(
        1,
        length,
        (buffer, offset) => new Uint8Array(buffer, offset, length),
        true,
        (to) => {
          for (let i = 0; i < length; i++) to[i] = at(i);
        },
      ),
    expectUntouched() {
      for (const { bytes, from, to, before } of buffers) {
        if (before !== undefined) expect(Buffer.compare(bytes, before), 'an input').toBe(0);
        const around = [bytes.subarray(0, from), bytes.subarray(to)];
        for (const side of around) expect(side.every((byte) => byte === UNTOUCHED)).toBe(true);
      }
    },
  };
}
