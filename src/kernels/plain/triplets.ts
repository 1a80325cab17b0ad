import { row, type Matrix } from '../../core/matrix.ts';
import type { Geometry, LossTerms, TripletRows } from '../kernels.ts';

/**
 * max(0, d(a, p) - d(a, n) + margin). Whatever the distance, its slope at a pair lies in the plane of the two rows:
 * ∂d/∂x = ownX x + across y and ∂d/∂y = ownY y + across x.
 */
export function triplets(input: TripletRows, gradients: readonly Matrix[]): LossTerms {
  const { geometry, margin, upstream } = input;
  const { anchors, positives, negatives } = input.triplets;
  const rows = input.rows.flatMap((m) => Array.from({ length: m.rows }, (_, i) => row(m, i)));
  const slopes = rows.map(({ length }) => new Float64Array(length));
  const terms = new Float32Array(anchors.length);
  let [sum, active] = [0, 0];
  for (let t = 0; t < terms.length; t++) {
    const [a, p, n] = [anchors[t], positives[t], negatives[t]];
    const near = slopeAt(geometry, rows[a], rows[p]);
    const far = slopeAt(geometry, rows[a], rows[n]);
    const violation = near.distance - far.distance + margin;
    if (violation <= 0) continue;
    terms[t] = violation;
    sum += violation;
    active++;
    addScaled(slopes[a], rows[a], near.ownX - far.ownX);
    addScaled(slopes[a], rows[p], near.across);
    addScaled(slopes[a], rows[n], -far.across);
    addScaled(slopes[p], rows[p], near.ownY);
    addScaled(slopes[p], rows[a], near.across);
    addScaled(slopes[n], rows[n], -far.ownY);
    addScaled(slopes[n], rows[a], -far.across);
  }
  const into = gradients.flatMap((m) => Array.from({ length: m.rows }, (_, i) => row(m, i)));
  slopes.forEach((slope, i) => into[i].set(slope.map((value) => upstream * value)));
  return { value: upstream * sum, terms, active };
}

/** A distance, and its slopes by x and by y. */
interface Slope {
  readonly distance: number;
  readonly ownX: number;
  readonly ownY: number;
  readonly across: number;
}

function slopeAt(geometry: Geometry, x: Float32Array, y: Float32Array): Slope {
  let [xx, yy, xy, apart] = [0, 0, 0, 0];
  for (let k = 0; k < x.length; k++) {
    xx += x[k] * x[k];
    yy += y[k] * y[k];
    xy += x[k] * y[k];
    apart += (x[k] - y[k]) * (x[k] - y[k]);
  }
  switch (geometry) {
    case 'dot':
      return { distance: -xy, ownX: 0, ownY: 0, across: -1 };
    case 'cosine': {
      if (xx === 0 || yy === 0) return { distance: 1, ownX: 0, ownY: 0, across: 0 };
      const lengths = Math.sqrt(xx) * Math.sqrt(yy);
      const cosine = xy / lengths;
      return { distance: 1 - cosine, ownX: cosine / xx, ownY: cosine / yy, across: -1 / lengths };
    }
    case 'euclidean': {
      const distance = Math.sqrt(apart);
      const over = distance === 0 ? 0 : 1 / distance;
      return { distance, ownX: over, ownY: over, across: -over };
    }
    case 'squaredEuclidean':
      return { distance: apart, ownX: 2, ownY: 2, across: -2 };
  }
}

function addScaled(to: Float64Array, from: Float32Array, weight: number): void {
  for (let k = 0; k < to.length; k++) to[k] += weight * from[k];
}
