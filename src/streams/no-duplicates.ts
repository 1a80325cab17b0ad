import { shuffled } from '../core/random.ts';
import { type Sampler, windowed, type WindowOptions } from './sampler.ts';

/**
 * Batches in which no two items have a key in common: an id, a text, an answer. In a loss that takes the rest of a batch for negatives, a second copy would be a
 * false one.
 *
 * Items are drawn from the window at random; one that shares a key with the batch waits for a later one. Where the window holds too few
 * that fit, the batch is short. A dictionary of all columns, as sentence-transformers' NoDuplicatesBatchSampler has it, is
 * `({ anchor, positive }) => [anchor, positive]`.
 *
 * @param keysOf what no other item of a batch may have
 * @throws RangeError if rows is not a whole number >= 1 or window not one >= rows
 */
export function noDuplicates<Item>(
  keysOf: (item: Item) => Iterable<string | number>,
  options: WindowOptions,
): Sampler<Item> {
  return windowed(
    'noDuplicates',
    (held, draw) => {
      const taken = new Set<string | number>();
      const numbers: number[] = [];
      let deferred = 0;
      for (const i of shuffled(held.length, draw)) {
        const keys = [...keysOf(held[i])];
        if (keys.some((key) => taken.has(key))) {
          deferred++;
          continue;
        }
        for (const key of keys) taken.add(key);
        if (numbers.push(i) === options.rows) break;
      }
      return { numbers, deferred };
    },
    options,
  );
}
