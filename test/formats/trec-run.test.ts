import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idTable } from '../../src/core/ids.ts';
import { shortest, SHORTEST_BYTES, writeShortest, writeWhole } from '../../src/formats/shortest.ts';
import { runLines } from '../../src/formats/trec-run.ts';

describe('shortest', () => {
  it('is the same float32 in nine digits at most, so that the order of numbers read back is that of the float32s', () => {
    const float = fc.float({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(float, float, (x, y) => {
        const [a, b] = [String(shortest(x)), String(shortest(y))];
        expect(Math.fround(Number(a))).toBe(x === 0 ? Number(a) : x);
        expect(Math.sign(Number(a) - Number(b))).toBe(Math.sign(x - y));
        expect(a.replace(/e.*|[-.]/g, '').replace(/^0+|0+$/g, '').length).toBeLessThanOrEqual(9);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes fewer digits where they do', () => {
    expect([0.1, 0.5, -2, 1e-20, 3e38].map((value) => String(shortest(Math.fround(value))))).toEqual([
      '0.1',
      '0.5',
      '-2',
      '1e-20',
      '3e+38',
    ]);
    // one float32 above 1
    expect(shortest(1 + 2 ** -23)).toBe(1.0000001);
  });

  const precise = (single: number): number =>
    [7, 8, 9]
      .map((digits) => Number(single.toPrecision(digits)))
      .find((short) => Math.fround(short) === single) ?? NaN;
  const bytes = new Uint8Array(SHORTEST_BYTES + 1);
  const written = (value: number): string => {
    const end = writeShortest(value, bytes, 1);
    return Buffer.from(bytes.subarray(1, end)).toString();
  };

  it('is the first of seven, eight and nine digits that toPrecision has, and written as String writes it', () => {
    // as often as not of a size that scores have
    const float = fc.oneof(
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc.float({ noNaN: true, min: -1, max: 1 }),
      // halves of the last digit are among them
      fc.tuple(fc.integer({ min: -(2 ** 24), max: 2 ** 24 }), fc.nat(24)).map(([a, b]) => a / 2 ** b),
      // and what has one digit more or less than its neighbor
      fc
        .tuple(fc.integer({ min: -7, max: 7 }), fc.integer({ min: -9, max: 9 }))
        .map(([power, steps]) => Math.fround(10 ** power * (1 + steps * 2 ** -23))),
    );
    fc.assert(
      fc.property(float, (value) => {
        expect(shortest(value)).toBe(precise(value));
        expect(written(value)).toBe(String(precise(value)));
      }),
      { numRuns: 5000 },
    );
    expect([0, -0, -1, 123456, 1e6, NaN, -Infinity, -1.1754943508222875e-38].map(written)).toEqual([
      '0',
      '0',
      '-1',
      '123456',
      '1000000',
      'NaN',
      '-Infinity',
      '-1.1754944e-38',
    ]);
  });

  it('stands beside whole numbers', () => {
    const whole = [0, 9, 10, 1000, 2 ** 31 - 1].map((value) =>
      Buffer.from(bytes.subarray(0, writeWhole(value, bytes, 0))).toString(),
    );
    expect(whole).toEqual(['0', '9', '10', '1000', '2147483647']);
  });
});

describe('runLines', () => {
  // by bytes: an emoji is greater than U+FFEE, that than b, b than B
  const names = idTable(['B', 'b', '\uffee', '\u{1f600}']);
  const linesOf = runLines(names, 'tag');

  it('writes a line a document, with ties as trec_eval breaks them', () => {
    const ids = ['b', 'B', '\uffee', '\u{1f600}'].map((name) => names.idOf.get(name) ?? 0);
    expect(linesOf('q1', { ids, scores: [0.25, 0.5, 0.25, 0.25] }).toString()).toBe(
      'q1 Q0 B 1 0.5 tag\nq1 Q0 \u{1f600} 2 0.25 tag\nq1 Q0 \uffee 3 0.25 tag\nq1 Q0 b 4 0.25 tag\n',
    );
    expect(linesOf('q1', { ids: [], scores: [] }).toString()).toBe('');
    expect(linesOf('q1', { ids: [ids[1], ids[0]], scores: [1e-7, -2] }).toString()).toBe(
      'q1 Q0 B 1 1e-7 tag\nq1 Q0 b 2 -2 tag\n',
    );
  });

  it('refuses names that would be two fields', () => {
    const ranking = { ids: [0], scores: [1] };
    expect(() => linesOf('a b', ranking)).toThrow("run: a query must be named without spaces, got 'a b'");
    expect(() => runLines(idTable(['x\ty']), 'tag')('q', ranking)).toThrow(
      "run: a document must be named without spaces, got 'x\ty'",
    );
  });
});
