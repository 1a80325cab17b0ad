import type { RowDistance } from './distance.ts';
import { squaredChord } from './squared-chord.ts';

/**
 * |x / |x| - y / |y||, in [0, 2]: the euclidean distance of unit rows, pytorch-metric-learning's `LpDistance()`.
 *
 * A zero row stays zero: it is at 1 from every other and has no gradient. Where the unit rows are the same the gradient is 0.
 */
export const chord: RowDistance = {
  name: 'chord',
  between: (x, y) => Math.sqrt(squaredChord.between(x, y)),
  backward(x, y, upstream, dx, dy) {
    const distance = chord.between(x, y);
    if (distance > 0) squaredChord.backward(x, y, upstream / (2 * distance), dx, dy);
  },
};
