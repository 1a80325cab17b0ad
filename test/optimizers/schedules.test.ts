import { describe, expect, it } from 'vitest';
import { fromRows, matrix } from '../../src/core/matrix.ts';
import { ema, exchange, swa } from '../../src/optimizers/averages.ts';
import { plateau } from '../../src/optimizers/plateau.ts';
import {
  constantRate,
  cosineRate,
  linearRate,
  type Schedule,
  warmedUp,
} from '../../src/optimizers/schedules.ts';
import { expectClose } from '../matrices.ts';

const first = (steps: number, schedule: Schedule) =>
  Array.from({ length: steps }, (_, at) => schedule(at + 1));

describe('schedules', () => {
  it('stay, fall along a line and fall along half a cosine', () => {
    expect(first(3, constantRate(0.5))).toEqual([0.5, 0.5, 0.5]);
    expectClose(first(6, linearRate({ rate: 1, last: 0.2, steps: 4 })), [1, 0.8, 0.6, 0.4, 0.2, 0.2], 1e-12);
    // cos of 0°, 60°, 120°, 180°
    expectClose(first(5, cosineRate({ rate: 2, steps: 3 })), [2, 1.5, 0.5, 0, 0], 1e-12);
  });

  it('rise to where another begins, and follow it from its first step', () => {
    const line = linearRate({ rate: 1, steps: 4 });
    expectClose(first(6, warmedUp(3, line)), [0.25, 0.5, 0.75, 1, 0.75, 0.5], 1e-12);
    expect(first(4, warmedUp(0, line))).toEqual(first(4, line));
  });

  it('refuse rates and steps that cannot be', () => {
    expect(() => linearRate({ rate: -1, steps: 4 })).toThrow(
      'linearRate: rate must be a finite number >= 0, got -1',
    );
    expect(() => cosineRate({ rate: 1, steps: 0 })).toThrow(
      'cosineRate: steps must be a whole number >= 1, got 0',
    );
    expect(() => warmedUp(0.5, constantRate(1))).toThrow(
      'warmedUp: steps must be a whole number >= 0, got 0.5',
    );
  });
});

describe('plateau', () => {
  it('falls once more values than its patience were no better', () => {
    const { rate, observe } = plateau({ rate: 1, factor: 0.5, patience: 1, least: 0.2 });
    const rates = [5, 4, 4, 4, 4, 4, 3, 9, 9, 9, 9].map((value) => {
      observe(value);
      return rate(1);
    });
    // the second 4 that is no better, and again; 3 begins anew; then half of 0.25 would be below the least
    expect(rates).toEqual([1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.2, 0.2, 0.2]);
  });

  it('watches values that are better high', () => {
    const { rate, observe } = plateau({ rate: 1, better: 'high', patience: 0 });
    for (const value of [0.1, 0.2, 0.3]) observe(value);
    expect(rate(4)).toBe(1);
    observe(0.3);
    expect(rate(5)).toBeCloseTo(0.1, 12);
  });

  it('goes on from its state', () => {
    const watched = plateau({ rate: 1, patience: 2 });
    for (const value of [3, 3, 3]) watched.observe(value);
    const other = plateau({ rate: 1, patience: 2 });
    other.restore(JSON.parse(JSON.stringify(watched.state)));
    other.observe(3);
    expect(other.rate(1)).toBeCloseTo(0.1, 12);
  });

  it('refuses a value that is none', () => {
    expect(() => plateau({ rate: 1 }).observe(NaN)).toThrow(
      new RangeError('plateau.observe: value must be a finite number, got NaN'),
    );
  });
});

describe('averages', () => {
  const walk = [1, 3, 8].map((x) => ({ x: fromRows([[x, -x]]) }));

  it('fade by shares, from the first parameters on', () => {
    const { update, average } = ema({ decay: 0.75 });
    for (const parameters of walk) update(parameters);
    // 1, 1.5, 3.125
    expect(average).toEqual({ x: fromRows([[3.125, -3.125]]) });
  });

  it('are means of all', () => {
    const { update, average } = swa();
    for (const parameters of walk) update(parameters);
    expectClose(average.x.data, [4, -4], 1e-6);
  });

  it('go on from a state, to the bit', () => {
    const [unbroken, before, after] = [swa(), swa(), swa()];
    for (const parameters of walk) unbroken.update(parameters);
    for (const parameters of walk.slice(0, 2)) before.update(parameters);
    after.restore(structuredClone(before.state));
    after.update(walk[2]);
    expect(after.state).toEqual(unbroken.state);
  });

  it('can stand in for the parameters, and give them back', () => {
    const { update, average } = swa();
    update(walk[0]);
    const parameters = { x: fromRows([[5, 6]]) };
    const { x } = parameters;
    exchange(parameters, average);
    expect([x, average.x]).toEqual([fromRows([[1, -1]]), fromRows([[5, 6]])]);
    exchange(parameters, average);
    expect(x).toEqual(fromRows([[5, 6]]));
  });

  it('refuse parameters that were not there before, or have another shape', () => {
    const { update } = ema();
    update(walk[0]);
    expect(() => update({ y: matrix(1, 2) })).toThrow(
      new RangeError('ema.update: there must be an average of y, got none'),
    );
    expect(() => update({ x: matrix(1, 3) })).toThrow(
      new RangeError('ema.update: cols of x must be 2, got 3'),
    );
  });
});
