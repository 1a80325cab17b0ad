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
  checkZerosAndOnes(where, 'labels', labels);
}

/** A probability in [0, 1] and an outcome of 0 or 1 for each row. */
export function checkProbabilities(
  where: string,
  probabilities: ArrayLike<number>,
  outcomes: ArrayLike<number>,
): void {
  checkEqual(where, 'outcomes.length', outcomes.length, probabilities.length);
  for (let i = 0; i < probabilities.length; i++)
    if (!(probabilities[i] >= 0 && probabilities[i] <= 1))
      refuse(where, `probabilities[${i}] must be in [0, 1]`, probabilities[i]);
  checkZerosAndOnes(where, 'outcomes', outcomes);
}

function checkZerosAndOnes(where: string, name: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++)
    if (values[i] !== 0 && values[i] !== 1) refuse(where, `${name}[${i}] must be 0 or 1`, values[i]);
}
