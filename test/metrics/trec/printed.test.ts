import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printed, printer } from '../../../src/metrics/trec/printed.ts';

describe('printed', () => {
  it('takes what lies in the middle to the even digit, as printf does', () => {
    // 1/32, 3/32 and 33/32 have five decimals that end in 5
    expect([0.03125, 0.09375, 1.03125, -0.03125].map((value) => printed(value, 4))).toEqual([
      '0.0312',
      '0.0938',
      '1.0312',
      '-0.0312',
    ]);
    expect([0.5, 1.5, 2.5].map((value) => printed(value, 0))).toEqual(['0', '2', '2']);
    expect([0.125, 0.375].map((value) => printed(value, 2))).toEqual(['0.12', '0.38']);
  });

  it('rounds by the number that is stored: 0.00005 is above the middle, 0.00015 below', () => {
    expect([0.00005, 0.00015, 0.00025].map((value) => printed(value, 4))).toEqual([
      '0.0001',
      '0.0001',
      '0.0003',
    ]);
  });

  it('keeps the sign of a zero, and prints 0 / 0 as a C program does on this kind of computer', () => {
    expect(printed(-0, 4)).toBe('-0.0000');
    expect(printed(NaN, 4)).toBe('  -nan');
  });
});

describe('printer', () => {
  it('prints what printed does, again and again', () => {
    const value = fc.oneof(
      fc.double(),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.tuple(fc.nat(20), fc.nat(20)).map(([a, b]) => a / b),
      // what lies in the middle, and what is next to it
      fc
        .tuple(fc.integer({ min: 0, max: 1 << 17 }), fc.integer({ min: -1, max: 1 }))
        .map(([halves, off]) => (halves / 2 ** 17) * (1 + off * Number.EPSILON)),
    );
    fc.assert(
      fc.property(fc.nat(6), fc.array(value, { minLength: 1, maxLength: 50 }), (decimals, values) => {
        const print = printer(decimals);
        const expected = values.map((one) => printed(one, decimals));
        expect(values.map(print)).toEqual(expected);
        expect(values.map(print)).toEqual(expected);
      }),
    );
  });
});
