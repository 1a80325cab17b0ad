import { checkEqual, refuse } from '../core/check.ts';

/** Every number finite. */
export function checkNumbers(where: string, name: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i])) refuse(where, `${name}[${i}] must be a finite number`, values[i]);
}

/** A finite score and a label of 0 or 1 for each row. */
export function checkBinary(where: string, scores: ArrayLike<number>, labels: ArrayLike<number>): void {
  checkEqual(where, 'labels.length', labels.length, scores.length);
  checkNumbers(where, 'scores', scores);
  for (let i = 0; i < labels.length; i++)
    if (labels[i] !== 0 && labels[i] !== 1) refuse(where, `labels[${i}] must be 0 or 1`, labels[i]);
}

/** A probability in [0, 1] and an outcome of 0 or 1 for each row. */
export function checkProbabilities(
  where: string,
  probabilities: ArrayLike<number>,
  outcomes: ArrayLike<number>,
): void {
  checkBinary(where, probabilities, outcomes);
  for (let i = 0; i < probabilities.length; i++)
    if (probabilities[i] < 0 || probabilities[i] > 1)
      refuse(where, `probabilities[${i}] must be in [0, 1]`, probabilities[i]);
}
