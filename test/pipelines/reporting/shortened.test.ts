import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shortened } from '../../../pipelines/reporting/shortened.ts';

describe('shortened', () => {
  it('leaves a short text as it is, on one line', () => {
    expect(shortened('a suet\n\tpudding  with “currants”')).toBe('a suet pudding with “currants”');
  });

  it('cuts a text of a megabyte to 300 characters, and says so', () => {
    const text = shortened('word '.repeat(200_000));
    expect(Array.from(text)).toHaveLength(300);
    expect(text.endsWith('…')).toBe(true);
    expect(shortened(`${' '.repeat(1_000_000)}x`)).toBe('…');
  });

  it('cuts between characters, never within one', () => {
    expect(shortened('🙂🙂🙂🙂', 3)).toBe('🙂🙂…');
  });

  it('shows what would turn the direction of a line, or end it, as U+FFFD', () => {
    expect(shortened('user\u202e txt.exe \u2066x\u0000\u001b[31m')).toBe(
      'user\ufffd txt.exe \ufffdx\ufffd\ufffd[31m',
    );
  });

  it('keeps the words of languages that are written from right to left', () => {
    expect(shortened('שלום עולם مرحبا')).toBe('שלום עולם مرحبا');
  });

  it('has no more than is shown, no control character and no half of a pair, whatever it is given', () => {
    const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 700 });
    fc.assert(
      fc.property(units, (codes) => {
        const text = shortened(String.fromCharCode(...codes));
        expect(Array.from(text).length).toBeLessThanOrEqual(300);
        expect(text).not.toMatch(/\p{Cc}|\p{Surrogate}|[\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});
