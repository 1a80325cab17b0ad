import { describe, expect, it } from 'vitest';
import { fromRows } from '../../src/core/matrix.ts';
import { adamW } from '../../src/optimizers/adamw.ts';
import { clamped } from '../../src/optimizers/clamped.ts';
import { sgd } from '../../src/optimizers/sgd.ts';

/** Moves every parameter by its gradient. */
const descent = sgd({ rate: 1 });

describe('clamped', () => {
  it('puts back what a step moved past its bounds, and nothing else', () => {
    const [logScale, weights] = [fromRows([[1, 2, 3]]), fromRows([[1, 2, 3]])];
    const slopes = fromRows([[5, 0.5, -5]]);
    clamped(descent, { logScale: [0, 4] }).step({ logScale, weights }, { logScale: slopes, weights: slopes });
    expect(logScale).toEqual(fromRows([[0, 1.5, 4]]));
    expect(weights).toEqual(fromRows([[-4, 1.5, 8]]));
  });

  it('has the state of the optimizer it clamps', () => {
    const optimizer = adamW();
    expect(clamped(optimizer, {}).state).toBe(optimizer.state);
  });

  it('refuses a name that there is no parameter of, and moves none', () => {
    const weights = fromRows([[1]]);
    expect(() => clamped(descent, { logScale: [0, 4] }).step({ weights }, { weights })).toThrow(
      new RangeError('clamped.step: there must be a parameter logScale, got none'),
    );
    expect(weights).toEqual(fromRows([[1]]));
  });

  it('refuses bounds that hold nothing between them', () => {
    expect(() => clamped(descent, { logScale: [1, 0] })).toThrow(
      new RangeError('clamped: the most logScale must be at least 1, got 0'),
    );
    expect(() => clamped(descent, { logScale: [0, Infinity] })).toThrow(
      new RangeError('clamped: the most logScale must be a finite number, got Infinity'),
    );
  });
});
