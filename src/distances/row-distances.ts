import { matrix, row, type Matrix } from '../core/matrix.ts';
import type { RowDistance } from './distance.ts';

/** Two sets of rows, or the gradients of both. */
export interface LeftAndRight {
  readonly left: Matrix;
  readonly right: Matrix;
}

/** What came of two sets of rows, and its chain rule. */
export interface Measured<Value> {
  readonly value: Value;
  /** The gradients of Σ upstream · value: fresh matrices, or those of `into`, overwritten. */
  backward(upstream: Value, into?: Partial<LeftAndRight>): LeftAndRight;
}

/** How far each left row is from the right one beside it. */
export function rowDistances(distance: RowDistance, { left, right }: LeftAndRight): Float64Array {
  return Float64Array.from({ length: left.rows }, (_, i) => distance.between(row(left, i), row(right, i)));
}

/** Chain rule of `rowDistances`: overwrites the gradients. */
export function rowDistancesBackward(
  distance: RowDistance,
  { left, right }: LeftAndRight,
  upstream: ArrayLike<number>,
  gradients: LeftAndRight,
): void {
  gradients.left.data.fill(0);
  gradients.right.data.fill(0);
  for (let i = 0; i < left.rows; i++) {
    if (upstream[i] === 0) continue;
    distance.backward(
      row(left, i),
      row(right, i),
      upstream[i],
      row(gradients.left, i),
      row(gradients.right, i),
    );
  }
}

/** A fresh or handed-in matrix for the gradient of each. */
export function gradientsOf({ left, right }: LeftAndRight, into: Partial<LeftAndRight> = {}): LeftAndRight {
  return {
    left: into.left ?? matrix(left.rows, left.cols),
    right: into.right ?? matrix(right.rows, right.cols),
  };
}
