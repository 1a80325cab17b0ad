import { describe, expect, it } from 'vitest';
import { fromRows, matrix, type Matrix } from '../../src/core/matrix.ts';
import { adamW } from '../../src/optimizers/adamw.ts';
import { expectClose } from '../matrices.ts';

const one = (value: number) => matrix(1, 1, Float32Array.of(value));

describe('adamW', () => {
  it('takes its first two steps as worked by hand', () => {
    const [x, { step }] = [one(1), adamW({ rate: 0.1 })];
    // both corrected moments are the slope's own: a step of 0.1 · (1 + 0.01)
    step({ x }, { x: one(0.5) });
    expect(x.data[0]).toBeCloseTo(0.899, 6);
    // means 0.02 / 0.19 and √(0.00031225 / 0.001999): 0.1 · (0.26633704 + 0.01 · 0.899)
    step({ x }, { x: one(-0.25) });
    expect(x.data[0]).toBeCloseTo(0.8714673, 6);
  });

  it('moves at first by the rate, whatever the slope', () => {
    const x = fromRows([[1, 1, 1, 1]]);
    adamW({ decay: 0 }).step({ x }, { x: fromRows([[1e-3, -5, 2e6, 0]]) });
    expectClose(x.data, [0.999, 1.001, 0.999, 1], 1e-6);
  });

  it('asks a schedule for the rate of each step, 1 for the first', () => {
    const asked: number[] = [];
    const [x, { step }] = [
      one(0),
      adamW({
        decay: 0,
        rate: (at) => {
          asked.push(at);
          return at === 2 ? 0.5 : 0.25;
        },
      }),
    ];
    const path = [1, 1, 1].map(() => {
      step({ x, y: one(3) }, { x: one(1), y: one(2) });
      return x.data[0];
    });
    expect(asked).toEqual([1, 2, 3]);
    // under a constant slope each step is the rate
    expectClose(path, [-0.25, -0.75, -1], 1e-6);
  });

  it('decays apart from the slope, by share of the rate', () => {
    const x = one(8);
    adamW({ rate: 0.1, decay: 0.5 }).step({ x }, { x: one(0) });
    expect(x.data[0]).toBeCloseTo(7.6, 6);
  });

  it('decays each parameter by its name where it is asked', () => {
    const [x, y] = [one(8), one(8)];
    const { step } = adamW({ rate: 0.1, decay: (name) => (name === 'x' ? 0.5 : 0) });
    step({ x, y }, { x: one(0), y: one(0) });
    expect([x.data[0], y.data[0]]).toEqual([expect.closeTo(7.6, 6), 8]);
  });

  it('finds the bottom of a bowl, far steeper one way than the other', () => {
    // 50 (x - 3)² + 0.05 (y + 2)²
    const x = fromRows([[0, 0]]);
    const { step } = adamW({ rate: (at) => 0.3 * 0.99 ** at, decay: 0 });
    for (let at = 0; at < 800; at++)
      step({ x }, { x: fromRows([[100 * (x.data[0] - 3), 0.1 * (x.data[1] + 2)]]) });
    expectClose(x.data, [3, -2], 1e-3);
  });

  it('keeps both moments of each parameter under its name, and counts steps', () => {
    const optimizer = adamW({ beta1: 0.5, beta2: 0.75 });
    expect(optimizer.state).toEqual({});
    optimizer.step({ a: one(1), b: one(1) }, { a: one(2), b: one(-4) });
    expect(optimizer.state).toEqual({
      step: one(1),
      'a.mean': one(1),
      'a.square': one(1),
      'b.mean': one(-2),
      'b.square': one(4),
    });
  });

  it('treats each parameter as if it were alone', () => {
    const slopes = [0.5, -2, 0.25];
    const run = (parameters: Record<string, Matrix>) => {
      const { step } = adamW();
      for (const slope of slopes) step(parameters, { a: one(slope), b: one(3 * slope - 1) });
      return parameters;
    };
    const together = run({ a: one(1), b: one(2) });
    expect([together.a, together.b]).toEqual([run({ a: one(1) }).a, run({ b: one(2) }).b]);
  });

  it('leaves the gradients as they were', () => {
    const gradient = one(0.5);
    adamW().step({ x: one(1) }, { x: gradient });
    expect(gradient).toEqual(one(0.5));
  });
});

describe('adamW, refusals', () => {
  const refused: readonly (readonly [options: Parameters<typeof adamW>[0], sentence: string])[] = [
    [{ rate: 0 }, 'rate must be a finite number > 0, got 0'],
    [{ rate: Infinity }, 'rate must be a finite number > 0, got Infinity'],
    [{ beta1: 1 }, 'beta1 must be a number in [0, 1), got 1'],
    [{ beta2: -0.1 }, 'beta2 must be a number in [0, 1), got -0.1'],
    [{ epsilon: 0 }, 'epsilon must be a finite number > 0, got 0'],
    [{ decay: NaN }, 'decay must be a finite number >= 0, got NaN'],
  ];
  for (const [options, sentence] of refused) {
    it(`says that ${sentence}`, () =>
      expect(() => adamW(options)).toThrow(new RangeError(`adamW: ${sentence}`)));
  }

  it('refuses a decay of a name that is below 0', () => {
    expect(() => adamW({ decay: () => -1 }).step({ x: one(1) }, { x: one(1) })).toThrow(
      new RangeError('adamW.step: decay of x must be a finite number >= 0, got -1'),
    );
  });

  it('refuses a parameter without a gradient, and moves none', () => {
    const [a, b] = [one(1), one(1)];
    const optimizer = adamW();
    expect(() => optimizer.step({ a, b }, { a: one(2) })).toThrow(
      new RangeError('adamW.step: b must have a gradient, got none'),
    );
    expect([a, b, optimizer.state]).toEqual([one(1), one(1), {}]);
  });

  it('refuses a gradient of another shape', () => {
    const { step } = adamW();
    expect(() => step({ x: matrix(2, 3) }, { x: matrix(1, 3) })).toThrow(
      new RangeError("adamW.step: rows of x's gradient must be 2, got 1"),
    );
    expect(() => step({ x: matrix(2, 3) }, { x: matrix(2, 1) })).toThrow(
      new RangeError("adamW.step: cols of x's gradient must be 3, got 1"),
    );
  });
});
