import { describe, expect, it } from 'vitest';
import { matrix } from '../../src/core/matrix.ts';
import { native } from '../../src/kernels/native/native.ts';
import { plain } from '../../src/kernels/plain/plain.ts';

describe.each([plain, native()].filter((kernels) => kernels !== undefined))(
  'gather by $name',
  ({ gather }) => {
    const x = matrix(3, 2, Float32Array.of(1, 2, 3, 4, 5, 6));

    it('copies the named rows in the order named, as often as they are named', () => {
      expect(gather(x, Uint32Array.of(2, 0, 2))).toEqual(matrix(3, 2, Float32Array.of(5, 6, 1, 2, 5, 6)));
    });

    it('gives no rows where none is named', () => {
      expect(gather(x, new Uint32Array(0))).toEqual(matrix(0, 2));
    });

    it('refuses a number that is of no row', () => {
      expect(() => gather(x, Uint32Array.of(0, 3))).toThrow(
        'gather: rows[1] must be a whole number in [0, 3), got 3',
      );
    });
  },
);
