import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Interned } from '../../src/core/interned.ts';

const names = fc.array(fc.string({ unit: 'grapheme', maxLength: 6 }), { minLength: 1, maxLength: 60 });

function internedOf(texts: readonly string[]) {
  const interned = new Interned();
  // each stands in the middle of other bytes
  const ids = texts.map((text) => {
    const bytes = Buffer.from(`<${text}>`);
    return interned.intern(bytes, 1, bytes.length - 1);
  });
  return { interned, ids };
}

describe('Interned', () => {
  it('numbers names as a Map of them would', () => {
    fc.assert(
      fc.property(names, (texts) => {
        const { interned, ids } = internedOf(texts);
        const distinct = [...new Set(texts)];
        expect(ids).toEqual(texts.map((text) => distinct.indexOf(text)));
        expect(interned.size).toBe(distinct.length);
        expect(distinct.map((_, id) => interned.name(id))).toEqual(distinct);
      }),
    );
  });

  it('compares as the bytes do', () => {
    fc.assert(
      fc.property(names, (texts) => {
        const { interned, ids } = internedOf(texts);
        const signs = ids.map((id) => Math.sign(interned.compare(id, ids[0])));
        expect(signs).toEqual(texts.map((text) => Buffer.compare(Buffer.from(text), Buffer.from(texts[0]))));
      }),
    );
  });

  it('keeps what it had when it grows', () => {
    const texts = Array.from({ length: 50_000 }, (_, i) => `document ${i % 40_000}`);
    const { interned, ids } = internedOf(texts);
    expect(interned.size).toBe(40_000);
    expect(ids.every((id, i) => id === i % 40_000)).toBe(true);
    expect(interned.name(39_999)).toBe('document 39999');
  });
});
