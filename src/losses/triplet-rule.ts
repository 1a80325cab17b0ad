import { logistic, softplus } from '../core/softplus.ts';
import type { RowDistance } from '../distances/distance.ts';

/** What a loss makes of a triplet. */
export interface TripletRule {
  readonly distance: RowDistance;
  readonly margin: number;
  /** whether a negative is as far as it is from the nearer of anchor and positive */
  readonly swap: boolean;
  /** whether a term is log(1 + exp v) and not max(0, v) */
  readonly softMargin: boolean;
  /** what the terms of an anchor are multiplied by, by its row; absent where all weigh 1 */
  weightOf?(anchor: number): number;
}

/** A triplet's term, its slope along d(a, p), and how much of the slope along the negative's distance is along d(p, n). */
interface Violated {
  readonly term: number;
  readonly slope: number;
  readonly ofOther: number;
}

/**
 * max(0, v) or, with a soft margin, log(1 + exp v), with v = d(a, p) - d(a, n) + margin; where d(p, n) is given the smaller of it and
 * d(a, n) takes the latter's place, and of equal ones each has half the slope, as in torch.
 */
export function violated(
  { margin, softMargin }: TripletRule,
  positive: number,
  negative: number,
  other?: number,
): Violated {
  const ofOther = other === undefined || negative < other ? 0 : negative === other ? 0.5 : 1;
  const excess = positive - Math.min(negative, other ?? Infinity) + margin;
  return softMargin
    ? { term: softplus(excess), slope: logistic(excess), ofOther }
    : { term: Math.max(0, excess), slope: excess > 0 ? 1 : 0, ofOther };
}
