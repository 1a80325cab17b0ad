import { refuse } from '../../core/check.ts';
import type { Curve } from './margin-softmax.ts';

/**
 * cos(θ + margin), and where that would rise again, past π, cos θ - margin · sin(margin), as in the paper's code.
 *
 * The slope grows as 1 / sin θ towards the proxy itself; at θ = 0, where that has no direction, the part that does is left out.
 */
export function additiveAngle(where: string, marginDegrees: number): Curve {
  if (!(marginDegrees >= 0 && marginDegrees < 180)) {
    refuse(where, 'marginDegrees must be a number in [0, 180)', marginDegrees);
  }
  const margin = (marginDegrees * Math.PI) / 180;
  const [cosMargin, sinMargin] = [Math.cos(margin), Math.sin(margin)];
  return (cosine) => {
    if (cosine < -cosMargin) return [cosine - margin * sinMargin, 1];
    const sine = Math.sqrt((1 - cosine) * (1 + cosine));
    const cotangent = sine === 0 ? 0 : cosine / sine;
    return [cosine * cosMargin - sine * sinMargin, cosMargin + sinMargin * cotangent];
  };
}
