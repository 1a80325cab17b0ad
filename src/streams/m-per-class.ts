import { checkEqual, checkWhole } from '../core/check.ts';
import { shuffled } from '../core/random.ts';
import { grouped, type Sampler, windowed, type WindowOptions } from './sampler.ts';

export interface MPerClassOptions extends Omit<WindowOptions, 'dropShort'> {
  /** Items of each class in a batch; rows must be a multiple of it. @default 2 */
  readonly m?: number;
}

/**
 * Batches of rows / m classes with m items each, so that every item has a positive: what a loss of labelled rows needs.
 *
 * Classes are drawn at random among those of which the window holds m. Where there are too few of these, the item held longest is dropped:
 * one of a class so rare, or so frequent, that it was not drawn for a whole window. No item is given twice, unlike by
 * pytorch-metric-learning's MPerClassSampler, which repeats those of small classes.
 *
 * @throws RangeError if rows is not a whole number >= 1 and a multiple of m, or window not one >= rows
 */
export function mPerClass<Item>(
  classOf: (item: Item) => string | number,
  { m = 2, ...options }: MPerClassOptions,
): Sampler<Item> {
  const classes = classesOf('mPerClass', options.rows, m);
  return windowed(
    'mPerClass',
    (held, draw) => {
      const ready = [...grouped(held, classOf).values()].filter(({ length }) => length >= m);
      if (ready.length < classes) return { numbers: [] };
      const chosen = Array.from(shuffled(ready.length, draw).subarray(0, classes), (c) => ready[c]);
      return {
        numbers: chosen.flatMap((members) =>
          Array.from(shuffled(members.length, draw).subarray(0, m), (i) => members[i]),
        ),
      };
    },
    options,
  );
}

/** How many classes are in a batch of so many rows, m of each. */
export function classesOf(where: string, rows: number, m: number): number {
  checkWhole(where, 'm', m, 1);
  checkWhole(where, 'rows', rows, m);
  checkEqual(where, `rows past a multiple of ${m}`, rows % m, 0);
  return rows / m;
}
