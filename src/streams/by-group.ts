import { shuffled } from '../core/random.ts';
import { grouped, type Sampler, windowed, type WindowOptions } from './sampler.ts';

/**
 * Batches of one group each, a data set, a language, a kind of pair: in-batch negatives from elsewhere would be told apart by that alone.
 *
 * Groups of which the window holds a whole batch are drawn, the likelier the more it holds of them. Where it holds no whole batch of any,
 * the largest gives a short one.
 *
 * @throws RangeError if rows is not a whole number >= 1 or window not one >= rows
 */
export function byGroup<Item>(
  groupOf: (item: Item) => string | number,
  options: WindowOptions,
): Sampler<Item> {
  return windowed(
    'byGroup',
    (held, draw) => {
      const groups = [...grouped(held, groupOf).values()];
      const whole = groups.filter(({ length }) => length >= options.rows);
      let at = draw.below(whole.reduce((sum, { length }) => sum + length, 0));
      const members =
        whole.find(({ length }) => (at -= length) < 0) ??
        groups.reduce((largest, group) => (group.length > largest.length ? group : largest));
      return {
        numbers: Array.from(shuffled(members.length, draw).subarray(0, options.rows), (i) => members[i]),
      };
    },
    options,
  );
}
