import { describe, expect, it } from 'vitest';
import { fromRows, matrix, type Matrix } from '../../src/core/matrix.ts';
import type { Gradients, Parameters } from '../../src/core/parameters.ts';
import { adamW } from '../../src/optimizers/adamw.ts';
import { clamped } from '../../src/optimizers/clamped.ts';
import { clipNorm, clipped, gradientNorm } from '../../src/optimizers/clip.ts';
import { weightsOnly } from '../../src/optimizers/decay.ts';
import { grouped } from '../../src/optimizers/grouped.ts';
import type { Optimizer } from '../../src/optimizers/optimizer.ts';
import { sgd } from '../../src/optimizers/sgd.ts';
import { sparseAdam } from '../../src/optimizers/sparse-adam.ts';
import { expectClose, gaussian } from '../matrices.ts';

const one = (value: number) => matrix(1, 1, Float32Array.of(value));
const rowsOf = (numbers: readonly number[], values: Matrix) => ({
  numbers: Uint32Array.from(numbers),
  values,
});

describe('sgd', () => {
  it('takes steps with momentum as worked by hand', () => {
    const [x, { step, state }] = [one(1), sgd({ rate: 0.1, momentum: 0.5, decay: 0.2 })];
    // slope 1 + 0.2: velocity 1.2
    step({ x }, { x: one(1) });
    expect(x.data[0]).toBeCloseTo(0.88, 6);
    // slope 2 + 0.176: velocity 0.6 + 2.176
    step({ x }, { x: one(2) });
    expect(x.data[0]).toBeCloseTo(0.88 - 0.2776, 6);
    expect(state['x.velocity'].data[0]).toBeCloseTo(2.776, 6);
  });

  it('looks ahead with nesterov', () => {
    const [x, { step }] = [one(1), sgd({ rate: 0.1, momentum: 0.5, nesterov: true })];
    // 1 + 0.5 · 1, then velocity 2.5: 2 + 0.5 · 2.5
    step({ x }, { x: one(1) });
    step({ x }, { x: one(2) });
    expect(x.data[0]).toBeCloseTo(1 - 0.15 - 0.325, 6);
  });

  it('moves rows alone where they alone have gradients', () => {
    const x = fromRows([[1], [2], [3]]);
    sgd({ rate: 0.5 }).step({ x }, { x: rowsOf([0, 2], fromRows([[2], [-2]])) });
    expect(x).toEqual(fromRows([[0], [2], [4]]));
  });

  it('refuses what cannot be', () => {
    expect(() => sgd({ nesterov: true })).toThrow(
      new RangeError('sgd: momentum must be above 0 with nesterov, got 0'),
    );
    const some = { x: rowsOf([0], one(1)) };
    expect(() => sgd({ momentum: 0.9 }).step({ x: one(1) }, some)).toThrow(
      new RangeError("sgd.step: x's gradient must be whole with momentum or decay, got some rows"),
    );
  });
});

describe('sparseAdam', () => {
  it('leaves rows that were not touched, and their moments', () => {
    const x = gaussian(4, 3, 1);
    const before = x.data.slice();
    const optimizer = sparseAdam({ rate: 0.1 });
    optimizer.step({ x }, { x: rowsOf([1, 3], gaussian(2, 3, 2)) });
    optimizer.step({ x }, { x: rowsOf([3], gaussian(1, 3, 3)) });
    expect(x.data.subarray(0, 3)).toEqual(before.subarray(0, 3));
    expect(x.data.subarray(6, 9)).toEqual(before.subarray(6, 9));
    const { 'x.mean': mean } = optimizer.state;
    // touched once, in step 1: a tenth of the slope, which step 2 has not faded
    expectClose(
      mean.data.subarray(3, 6),
      gaussian(2, 3, 2)
        .data.subarray(0, 3)
        .map((slope) => 0.1 * slope),
      1e-7,
    );
  });

  it('is adamW without decay where all rows are touched', () => {
    const [x, y] = [gaussian(4, 3, 1), gaussian(4, 3, 1)];
    const [sparse, dense] = [sparseAdam({ epsilon: 1e-12 }), adamW({ epsilon: 1e-12, decay: 0 })];
    for (let step = 0; step < 5; step++) {
      sparse.step({ x }, { x: rowsOf([0, 1, 2, 3], gaussian(4, 3, 2, step)) });
      dense.step({ x: y }, { x: gaussian(4, 3, 2, step) });
    }
    expectClose(x.data, y.data, 1e-6);
  });

  it('takes a batch that touched no rows', () => {
    const x = gaussian(4, 3, 1);
    sparseAdam().step({ x }, { x: rowsOf([], matrix(0, 3)) });
    expect(x).toEqual(gaussian(4, 3, 1));
  });

  it('refuses rows that are not there, or come twice, and moves none', () => {
    const [x, optimizer] = [gaussian(4, 3, 1), sparseAdam()];
    expect(() => optimizer.step({ x }, { x: rowsOf([1, 4], gaussian(2, 3, 2)) })).toThrow(
      new RangeError("sparseAdam.step: row numbers of x's gradient must be below 4, got 4"),
    );
    expect(() => optimizer.step({ x }, { x: rowsOf([2, 2], gaussian(2, 3, 2)) })).toThrow(
      new RangeError("sparseAdam.step: row numbers of x's gradient must ascend, got 2 after 2"),
    );
    expect([x, optimizer.state]).toEqual([gaussian(4, 3, 1), {}]);
  });

  it('is what adamW sends gradients of rows to', () => {
    expect(() => adamW().step({ x: one(1) }, { x: rowsOf([0], one(1)) })).toThrow(
      new RangeError("adamW.step: x's gradient must be whole, as sparseAdam's need not be, got some rows"),
    );
  });
});

describe('weightsOnly', () => {
  it('spares biases and scales, wherever they stand', () => {
    const decay = weightsOnly(0.1);
    const names = [
      'weights',
      'inner',
      'head.weights',
      'bias',
      'logScale',
      'loss.logScale',
      'loss.beta',
      '0.outerBias',
    ];
    expect(names.map(decay)).toEqual([0.1, 0.1, 0.1, 0, 0, 0, 0, 0]);
  });
});

describe('clipNorm', () => {
  // 3, 4 and 12: 13 long
  const gradients = () => ({ a: fromRows([[3, 4]]), b: rowsOf([7], one(12)) });

  it('shortens all gradients by one factor', () => {
    const clippedOnes = gradients();
    expect(clipNorm(clippedOnes, 6.5)).toBeCloseTo(13, 6);
    expectClose(clippedOnes.a.data, [1.5, 2], 1e-6);
    expectClose(clippedOnes.b.values.data, [6], 1e-6);
    expect(gradientNorm(clippedOnes)).toBeCloseTo(6.5, 5);
  });

  it('leaves shorter ones as they are', () => {
    const short = gradients();
    clipNorm(short, 14);
    expect(short).toEqual(gradients());
    expect(clipNorm({ x: matrix(2, 2) }, 1)).toBe(0);
  });

  it('is done before each step of a clipped optimizer', () => {
    const x = one(0);
    clipped(sgd({ rate: 1 }), 0.5).step({ x }, { x: one(40) });
    expect(x.data[0]).toBeCloseTo(-0.5, 6);
  });

  it('refuses gradients that are not finite, before anything moves', () => {
    const x = one(0);
    expect(() => clipped(sgd(), 1).step({ x }, { x: one(NaN) })).toThrow(
      new RangeError("clipNorm: the gradients' norm must be finite, got NaN"),
    );
    expect(x).toEqual(one(0));
  });
});

describe('grouped', () => {
  const table = (name: string) => (name === 'table' ? 'tables' : 'rest');

  it('gives each parameter to the optimizer of its group', () => {
    const parameters = { table: fromRows([[1], [1]]), weights: one(1) };
    const optimizer = grouped({ tables: sgd({ rate: 1 }), rest: sgd({ rate: 0.1 }) }, table);
    optimizer.step(parameters, { table: rowsOf([1], one(1)), weights: one(1) });
    expect(parameters.table).toEqual(fromRows([[1], [0]]));
    expect(parameters.weights.data[0]).toBeCloseTo(0.9, 6);
  });

  it('refuses groups that no optimizer is for', () => {
    expect(() => grouped({ rest: sgd() }, table).step({ table: one(1) }, { table: one(1) })).toThrow(
      new RangeError('grouped.step: a group must be rest, got tables'),
    );
  });
});

describe.each<readonly [string, () => Optimizer]>([
  ['adamW', () => adamW({ rate: (step) => 0.1 / step })],
  ['sparseAdam', () => sparseAdam({ rate: 0.1 })],
  ['sgd', () => sgd({ rate: 0.1, momentum: 0.9 })],
  ['clipped and clamped', () => clipped(clamped(adamW(), { x: [-2, 2] }), 1)],
  ['grouped', () => grouped({ a: sgd({ momentum: 0.5 }), b: adamW() }, (name) => (name === 'x' ? 'a' : 'b'))],
])('the state of %s', (_, made) => {
  const begun = (): Parameters => ({ x: gaussian(3, 2, 1), 'head.y': gaussian(1, 4, 2) });
  const gradients = (step: number): Gradients => ({
    x: gaussian(3, 2, 3, step),
    'head.y': gaussian(1, 4, 4, step),
  });

  it('goes through plain data, and the steps after it are to the bit those of an unbroken run', () => {
    const unbroken = begun();
    const whole = made();
    for (let step = 0; step < 6; step++) whole.step(unbroken, gradients(step));

    const broken = begun();
    const first = made();
    for (let step = 0; step < 3; step++) first.step(broken, gradients(step));
    const saved = structuredClone(first.state);
    // what the first goes on to do is not seen in what was saved
    first.step(begun(), gradients(9));
    const second = made();
    second.step(begun(), gradients(8));
    second.restore(saved);
    for (let step = 3; step < 6; step++) second.step(broken, gradients(step));
    expect(broken).toEqual(unbroken);
    expect(second.state).toEqual(whole.state);
  });

  it('can be put back to none', () => {
    const [parameters, optimizer] = [begun(), made()];
    optimizer.step(begun(), gradients(1));
    optimizer.restore({});
    optimizer.step(parameters, gradients(0));
    const fresh = begun();
    made().step(fresh, gradients(0));
    expect(parameters).toEqual(fresh);
  });

  it('refuses what is no state of it', () => {
    expect(() => made().restore({ step: one(1), 'x.nothing': one(1) })).toThrow(RangeError);
  });
});

describe('a restored state', () => {
  it('refuses parameters of another shape', () => {
    const optimizer = adamW();
    optimizer.restore({ step: one(3), 'x.mean': one(1), 'x.square': one(1) });
    expect(() => optimizer.step({ x: matrix(2, 1) }, { x: matrix(2, 1) })).toThrow(
      new RangeError("adamW.step: rows of x's restored mean must be 2, got 1"),
    );
  });
});
