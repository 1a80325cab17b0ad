import { matrix, type Matrix } from '../core/matrix.ts';

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

/** A fresh or handed-in matrix for the gradient of each. */
export function gradientsOf({ left, right }: LeftAndRight, into: Partial<LeftAndRight> = {}): LeftAndRight {
  return {
    left: into.left ?? matrix(left.rows, left.cols),
    right: into.right ?? matrix(right.rows, right.cols),
  };
}
