import { expect } from 'vitest';
import { row, type Matrix } from '../src/core/matrix.ts';
import { isOfRows, type RowGradients } from '../src/core/parameters.ts';

/** What has matrices under these names, some of them perhaps absent. */
type Holding<Name extends string> = { readonly [Each in Name]?: Matrix };

/** A loss, or anything else that gives a value and its slopes. */
type Differentiable<Input, Gradients> = (input: Input) => {
  readonly value: number;
  readonly gradients: Gradients;
};

/** How far a gradient may be from the slopes, as a share of the largest of them. */
const TOLERANCE = 1e-3;
/** Slopes no larger than this are no test of anything. */
const FLAT = 1e-5;
/**
 * The widest of the steps, as a share of the length of the row that is moved; each further one is half as wide. Where what comes
 * of the first is not the gradient, a hinge may lie within it, and the next are tried.
 */
const WIDEST = [2 ** -4, 2 ** -7, 2 ** -10];
const STEPS = 6;

/**
 * Expects the gradient of each named input to be the slope of the value, entry by entry.
 *
 * Each entry of the input is moved where it stands and put back, so no row may be zero, nor nearer to a hinge than
 * the narrowest of `WIDEST`. A gradient that is zero everywhere is refused: it would agree with a loss that does nothing.
 */
export function expectGradient<
  Name extends string,
  Input extends Holding<Name>,
  Gradients extends Holding<Name>,
>(loss: Differentiable<Input, Gradients>, input: Input, names: readonly Name[]): void {
  const { gradients } = loss(input);
  for (const name of names) {
    const [moved, gradient] = [held(input, name), held(gradients, name).data];
    expect(gradient.length, `entries in the gradient of ${name}`).toBe(moved.data.length);
    const slopeWithin = (widest: number, e: number) => slopeAlong(moved, e, widest, () => loss(input).value);
    const slopes = Float64Array.from(moved.data, (_, e) => slopeWithin(WIDEST[0], e));
    const largest = Math.max(...slopes.map(Math.abs));
    expect(largest, `the largest slope along ${name}, which is flat`).toBeGreaterThan(FLAT);
    slopes.forEach((slope, e) => {
      const errorOf = (each: number): number => Math.abs(gradient[e] - each) / largest;
      const agrees = (each: number): boolean => errorOf(each) < TOLERANCE;
      if (agrees(slope) || WIDEST.slice(1).some((widest) => agrees(slopeWithin(widest, e)))) return;
      expect(
        errorOf(slope),
        `the gradient of ${name} at entry ${e}, ${gradient[e]} where the slope is ${slope}: error`,
      ).toBeLessThan(TOLERANCE);
    });
  }
}

/** Expects `expectGradient` to refuse the loss with the sign of any one of the named gradients flipped. */
export function expectSignsMatter<
  Name extends string,
  Input extends Holding<Name>,
  Gradients extends Holding<Name>,
>(loss: Differentiable<Input, Gradients>, input: Input, names: readonly Name[]): void {
  for (const name of names) {
    const flipped = (batch: Input) => {
      const result = loss(batch);
      const { data } = held(result.gradients, name);
      data.forEach((slope, e) => (data[e] = -slope));
      return result;
    };
    expect(() => expectGradient(flipped, input, names)).toThrow(`the gradient of ${name} at entry`);
  }
}

function held<Name extends string>(holding: Holding<Name>, name: Name): Matrix {
  const matrix = holding[name];
  if (matrix === undefined) throw new Error(`there is nothing under ${name}`);
  return matrix;
}

/**
 * The derivative of `value` along entry e of `moved`, by central differences over ever smaller steps, extrapolated to none; of
 * the extrapolations the one that agrees best with those it was made from.
 *
 * @see Ridders, "Accurate computation of F'(x) and F'(x) F''(x)", 1982
 */
function slopeAlong(moved: Matrix, e: number, share: number, value: () => number): number {
  const { data, cols } = moved;
  const here = data[e];
  const widest = share * Math.hypot(...row(moved, Math.floor(e / cols)));
  const at = (x: number): readonly [x: number, value: number] => {
    // what was stored is x rounded to float32, and that is where the value is taken
    data[e] = x;
    return [data[e], value()];
  };
  const quotient = (step: number): number => {
    const [above, valueAbove] = at(here + step);
    const [below, valueBelow] = at(here - step);
    data[e] = here;
    return (valueAbove - valueBelow) / (above - below);
  };

  let [best, leastError] = [NaN, Infinity];
  let wider: readonly number[] = [];
  for (let halvings = 0; halvings < STEPS; halvings++) {
    const extrapolated = [quotient(widest / 2 ** halvings)];
    for (let order = 1; order <= halvings; order++) {
      // central differences err by even powers of the step, which this takes out one by one
      const gain = 4 ** order;
      const next = (gain * extrapolated[order - 1] - wider[order - 1]) / (gain - 1);
      const error = Math.max(Math.abs(next - extrapolated[order - 1]), Math.abs(next - wider[order - 1]));
      if (error < leastError) [best, leastError] = [next, error];
      extrapolated.push(next);
    }
    // smaller steps tell no more once two of these are the same by far more than is asked for
    if (leastError < (TOLERANCE / 100) * Math.abs(best)) break;
    // and only add rounding once the highest order has turned away
    if (Math.abs(extrapolated[halvings] - wider[halvings - 1]) > 2 * leastError) break;
    wider = extrapolated;
  }
  return best;
}

/** A gradient that is not of some rows alone. */
export function whole(gradient: Matrix | RowGradients): Matrix {
  if (isOfRows(gradient)) throw new Error('the gradient is of some rows alone');
  return gradient;
}
