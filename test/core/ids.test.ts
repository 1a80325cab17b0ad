import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idTable } from '../../src/core/ids.ts';

/** Code points at the borders where orders of bytes, of UTF-16 units and of code points part. */
const borders = [
  '\0',
  'a',
  'b',
  '\u00e9',
  '\u07ff',
  '\u0800',
  '\ud7ff',
  '\ue000',
  '\uffee',
  '\uffff',
  '\u{10000}',
  '\u{1f600}',
  '\u{10ffff}',
];

const someNames = fc.uniqueArray(
  fc.oneof(fc.string({ unit: fc.constantFrom(...borders), maxLength: 5 }), fc.string({ unit: 'binary' })),
  { maxLength: 30 },
);

describe('idTable', () => {
  it('puts U+FFEE after the emoji, as their bytes do and their UTF-16 units do not', () => {
    // descending: f0 9f 98 80 is above ef bf ae
    expect(idTable(['\uffee', '\u{1f600}']).names).toEqual(['\u{1f600}', '\uffee']);
    expect(['\uffee', '\u{1f600}'].toSorted()).toEqual(['\u{1f600}', '\uffee']);
  });

  it('numbers a name before its own beginnings and capitals after small letters', () => {
    expect(idTable(['D1', 'D10', 'd', 'D2', '']).names).toEqual(['d', 'D2', 'D10', 'D1', '']);
  });

  it('is in descending order of UTF-8 bytes, whatever the names', () => {
    fc.assert(
      fc.property(someNames, (names) => {
        const byBuffer = names.toSorted((a, b) => Buffer.compare(Buffer.from(b), Buffer.from(a)));
        expect(idTable(names).names).toEqual(byBuffer);
      }),
      { numRuns: 300 },
    );
  });

  it('leads from rows to ids, from ids to rows and from names to ids, and back', () => {
    fc.assert(
      fc.property(someNames, (given) => {
        const { size, nameOf, names, ofRow, rowOf, idOf } = idTable(given);
        expect(size).toBe(given.length);
        given.forEach((name, i) => {
          expect(names[ofRow[i]]).toBe(name);
          expect(nameOf(ofRow[i])).toBe(name);
          expect(idOf.get(name)).toBe(ofRow[i]);
          expect(rowOf[ofRow[i]]).toBe(i);
        });
      }),
    );
  });

  it('knows names that objects have of themselves', () => {
    const { idOf } = idTable(['constructor', '__proto__']);
    expect([idOf.get('constructor'), idOf.get('__proto__'), idOf.get('toString')]).toEqual([0, 1, undefined]);
  });
});
