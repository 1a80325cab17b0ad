import type { Views } from '../../core/batches.ts';
import { checkPositive, refuse } from '../../core/check.ts';

export interface ScaleOptions {
  /** What similarities are divided by. */
  readonly temperature?: number;
  /** What they are multiplied by: the temperature's inverse, and given in its place. */
  readonly scale?: number;
}

/**
 * What a loss of views multiplies similarities by: exp of the views' `logScale` where they carry one, else what the options
 * say, else the default. A scale that is learned and one that is given contradict one another, and are refused.
 */
export function scaleOf(
  where: string,
  { temperature, scale }: ScaleOptions,
  byDefault: number,
): (views: Views) => number {
  if (temperature !== undefined) checkPositive(where, 'temperature', temperature);
  if (scale !== undefined) checkPositive(where, 'scale', scale);
  if (temperature !== undefined && scale !== undefined) {
    refuse(where, 'scale must be absent where temperature is given', scale);
  }
  const given = scale ?? (temperature === undefined ? undefined : 1 / temperature);
  return ({ logScale }) => {
    if (logScale === undefined) return given ?? byDefault;
    if (given !== undefined) {
      refuse(where, 'views.logScale must be absent where temperature or scale is given', logScale);
    }
    checkPositive(where, 'exp(views.logScale)', Math.exp(logScale));
    return Math.exp(logScale);
  };
}
