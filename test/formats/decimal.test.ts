import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimal } from '../../src/formats/decimal.ts';

function of(text: string): number {
  const bytes = Buffer.from(` ${text} `);
  return decimal(bytes, 1, bytes.length - 1);
}

describe('decimal', () => {
  it('reads every number that JavaScript writes, to the bit', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(of(Object.is(value, -0) ? '-0' : String(value))).toBe(value);
      }),
    );
  });

  it('rounds as JavaScript does, however many digits there are', () => {
    const digits = fc.stringMatching(/^-?\d{1,20}(\.\d{0,20})?$/);
    fc.assert(
      fc.property(digits, (text) => {
        expect(of(text)).toBe(Number(text));
      }),
    );
  });

  it.each([
    ['+11', 11],
    ['-.5', -0.5],
    ['5.', 5],
    ['1E-5', 1e-5],
    ['9.99e2', 999],
    ['1e999', Infinity],
  ])('reads %s', (text, value) => expect(of(text)).toBe(value));

  it.each(['', '-', '.', '-.', '1.2.3', '1e', 'NaN', 'Infinity', '0x10', '1_0', '1,5', '１'])(
    'finds no number in %j',
    (text) => expect(of(text)).toBeNaN(),
  );
});
