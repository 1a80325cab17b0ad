import { describe, expect, it } from 'vitest';
import { fromRows } from '../../../src/core/matrix.ts';
import { native } from '../../../src/kernels/native/native.ts';
import { plain } from '../../../src/kernels/plain/plain.ts';
import { everyWay } from '../every-way.ts';
import { difference } from '../difference.ts';
import { expectClose, gaussian, scaled } from '../../matrices.ts';

const x = fromRows([[-10, -3, -1, 0, 0.5, 1, 2, 20]]);
const ones = fromRows([[1, 1, 1, 1, 1, 1, 1, 1]]);
/** x Φ(x), from a table of the normal distribution: Φ(1) = .8413447461, Φ(2) = .9772498681, Φ(3) = .9986501020, Φ(.5) = .6914624613 */
const gelu = [0, -0.004049694, -0.1586552539, 0, 0.3457312306, 0.8413447461, 1.9544997361, 20];
/** Φ(x) + x φ(x), with φ(1) = .2419707245, φ(2) = .0539909665, φ(3) = .0044318484, φ(.5) = .3520653268 */
const slopes = [0, -0.0119456473, -0.0833154706, 0.5, 0.8674951247, 1.0833154706, 1.0852318011, 1];

describe('activations', () => {
  it('are gelu, by a table', () => {
    expectClose(plain.activation('gelu', x).data, gelu, 1e-8);
    expectClose(plain.activationBackward('gelu', x, ones).data, slopes, 1e-7);
  });

  it('are relu, by hand', () => {
    expect(plain.activation('relu', x).data).toEqual(Float32Array.of(0, 0, 0, 0, 0.5, 1, 2, 20));
    expect(plain.activationBackward('relu', x, ones).data).toEqual(Float32Array.of(0, 0, 0, 0, 1, 1, 1, 1));
  });

  it('are no NaN far from 0', () => {
    const far = fromRows([[-3e38, 3e38, -100, 100]]);
    for (const by of [plain, native() ?? plain]) {
      expect(by.activation('gelu', far).data.map((y) => y + 0)).toEqual(
        Float32Array.of(0, Math.fround(3e38), 0, 100),
      );
      expect(by.activationBackward('gelu', far, ones).data.map((y) => y + 0)).toEqual(
        Float32Array.of(0, 1, 0, 1),
      );
    }
  });

  it('are natively what they are plainly, to float32', () => {
    const [rows, upstream] = [scaled(gaussian(40, 100, 1), 2), gaussian(40, 100, 2)];
    everyWay(() => {
      const by = native() ?? plain;
      for (const kind of ['gelu', 'relu'] as const) {
        expect(difference(by.activation(kind, rows).data, plain.activation(kind, rows).data)).toBeLessThan(
          1e-6,
        );
        expect(
          difference(
            by.activationBackward(kind, rows, upstream).data,
            plain.activationBackward(kind, rows, upstream).data,
          ),
        ).toBeLessThan(1e-6);
      }
    });
  });
});
