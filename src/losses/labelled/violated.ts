/** A triplet's term, its slope along d(a, p), and how much of the slope along the negative's distance is along d(p, n). */
interface Violated {
  readonly term: number;
  readonly slope: number;
  readonly ofOther: number;
}

/**
 * max(0, v) or, smooth, log(1 + exp v), with v = d(a, p) - d(a, n) + margin; where d(p, n) is given the smaller of it and d(a, n) takes
 * the latter's place, and of equal ones each has half the slope, as in torch.
 */
export function violated(
  positive: number,
  negative: number,
  other: number | undefined,
  margin: number,
  smooth: boolean,
): Violated {
  const ofOther = other === undefined || negative < other ? 0 : negative === other ? 0.5 : 1;
  const excess = positive - Math.min(negative, other ?? Infinity) + margin;
  if (!smooth) return { term: Math.max(0, excess), slope: excess > 0 ? 1 : 0, ofOther };
  const e = Math.exp(-Math.abs(excess));
  return {
    term: Math.max(0, excess) + Math.log1p(e),
    slope: excess > 0 ? 1 / (1 + e) : e / (1 + e),
    ofOther,
  };
}
