import { checkEqual } from '../core/check.ts';

/** Of the values that are defined; NaN of none. A metric is NaN where it is not defined, for a query that nothing is relevant to. */
export function mean(values: ArrayLike<number>): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    sum += values[i];
    count++;
  }
  return sum / count;
}

/**
 * The mean over classes of the mean of each class: every class counts the same, however many rows it has. Of the values that are
 * defined; a class without one does not count; NaN where none has.
 *
 * @throws RangeError if values and classes differ in length
 */
export function meanOfClassMeans(values: ArrayLike<number>, classes: ArrayLike<number>): number {
  checkEqual('meanOfClassMeans', 'classes.length', classes.length, values.length);
  const ofClass = new Map<number, { sum: number; count: number }>();
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    const { sum, count } = ofClass.get(classes[i]) ?? { sum: 0, count: 0 };
    ofClass.set(classes[i], { sum: sum + values[i], count: count + 1 });
  }
  return mean(Array.from(ofClass.values(), ({ sum, count }) => sum / count));
}
