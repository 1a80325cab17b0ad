import { describe, expect, it } from 'vitest';
import { fromRows, matrix, type Matrix } from '../src/core/matrix.ts';
import { expectGradient, expectSignsMatter } from './gradient.ts';

interface Point {
  readonly x: Matrix;
}

/** x₀³ + 2 x₁, with slopes 3 x₀² and 2, the first of them off by a factor. */
const cubic =
  (factor: number) =>
  ({ x }: Point) => {
    const [cubed, straight] = x.data;
    return { value: cubed ** 3 + 2 * straight, gradients: { x: fromRows([[factor * 3 * cubed ** 2, 2]]) } };
  };

/** No slope at all. */
const flat = ({ x }: Point) => ({ value: 3, gradients: { x: matrix(x.rows, x.cols) } });

/** A slope of 1, and not a word about it. */
const silent = ({ x }: Point): { value: number; gradients: Partial<Point> } => ({
  value: x.data[0],
  gradients: {},
});

describe('expectGradient', () => {
  it('accepts the slopes worked by hand', () =>
    expectGradient(cubic(1), { x: fromRows([[0.7, -1.3]]) }, ['x']));

  it('refuses a gradient that is a hundredth too large', () => {
    expect(() => expectGradient(cubic(1.01), { x: fromRows([[0.7, -1.3]]) }, ['x'])).toThrow('x at entry 0');
  });

  it('refuses a flat loss', () => {
    expect(() => expectGradient(flat, { x: fromRows([[1, 2]]) }, ['x'])).toThrow('which is flat');
  });

  it('refuses a gradient that is missing', () => {
    expect(() => expectGradient(silent, { x: fromRows([[1]]) }, ['x'])).toThrow('there is nothing under x');
  });

  it('leaves the input as it was', () => {
    const x = fromRows([[0.7, -1.3]]);
    expectGradient(cubic(1), { x }, ['x']);
    expect(x).toEqual(fromRows([[0.7, -1.3]]));
  });
});

describe('expectSignsMatter', () => {
  it('complains where a flipped sign makes no difference', () => {
    expect(() => expectSignsMatter(flat, { x: fromRows([[1, 2]]) }, ['x'])).toThrow(
      'to throw error including',
    );
  });
});
