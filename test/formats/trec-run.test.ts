import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idTable } from '../../src/core/ids.ts';
import { shortest } from '../../src/formats/shortest.ts';
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
});

describe('runLines', () => {
  // by bytes: an emoji is greater than U+FFEE, that than b, b than B
  const names = idTable(['B', 'b', '\uffee', '\u{1f600}']);

  it('writes a line a document, with ties as trec_eval breaks them', () => {
    const ids = ['b', 'B', '\uffee', '\u{1f600}'].map((name) => names.idOf.get(name) ?? 0);
    expect(runLines('q1', { ids, scores: [0.25, 0.5, 0.25, 0.25] }, names, 'tag')).toBe(
      'q1 Q0 B 1 0.5 tag\nq1 Q0 \u{1f600} 2 0.25 tag\nq1 Q0 \uffee 3 0.25 tag\nq1 Q0 b 4 0.25 tag\n',
    );
    expect(runLines('q1', { ids: [], scores: [] }, names, 'tag')).toBe('');
  });

  it('refuses names that would be two fields', () => {
    const ranking = { ids: [0], scores: [1] };
    expect(() => runLines('a b', ranking, names, 'tag')).toThrow(
      "run: a query must be named without spaces, got 'a b'",
    );
    expect(() => runLines('q', ranking, idTable(['x\ty']), 'tag')).toThrow(
      "run: a document must be named without spaces, got 'x\ty'",
    );
  });
});
