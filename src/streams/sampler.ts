import { checkWhole } from '../core/check.ts';
import { random, type Random } from '../core/random.ts';
import type { Step } from './batches.ts';

/** Items that were brought together. */
export interface Sampled<Item> extends Step {
  readonly items: readonly Item[];
  /** up to and with this batch */
  readonly counts: SampleCounts;
}

/** What became of a stream's items: `read` is the sum of `batched`, `dropped` and those that are held. */
export interface SampleCounts {
  readonly read: number;
  readonly batched: number;
  /** how often an item was passed over for a batch it did not fit in */
  readonly deferred: number;
  readonly dropped: number;
}

/** Brings the items of a stream together in batches; it holds a window of them, and no more. */
export interface Sampler<Item> {
  /** Takes the next item, and gives the batch that is complete with it, if one is. */
  push(item: Item): readonly Sampled<Item>[];
  /** What can be made of those that are held, when no more come. */
  end(): Iterable<Sampled<Item>>;
  readonly counts: SampleCounts;
}

export interface WindowOptions {
  /** Items a batch. */
  readonly rows: number;
  /** Items held at most. The larger, the better they are mixed and the fewer batches are short. @default 16 batches */
  readonly window?: number;
  /** Whether batches of fewer items are dropped, as by `drop_last` elsewhere. @default false */
  readonly dropShort?: boolean;
  /** @default 0 */
  readonly seed?: number;
}

/** Numbers of held items that make a batch, as many as rows or, where there are not so many, fewer. */
export interface Composed {
  readonly numbers: readonly number[];
  readonly deferred?: number;
}

/**
 * Composes a batch whenever the window is full, and of what is left at the end.
 *
 * A batch that comes out short is given all the same, or dropped with `dropShort`: at the end itself, before it only the item that was held
 * longest, which makes room. Where nothing can be composed, likewise.
 *
 * @throws RangeError if rows is not a whole number >= 1 or window not one >= rows
 */
export function windowed<Item>(
  where: string,
  compose: (held: readonly Item[], draw: Random) => Composed,
  { rows, window = 16 * rows, dropShort = false, seed = 0 }: WindowOptions,
): Sampler<Item> {
  checkWhole(where, 'rows', rows, 1);
  checkWhole(where, 'window', window, rows);
  let held: Item[] = [];
  let [step, drawn] = [0, 0];
  let [read, batched, deferred, dropped] = [0, 0, 0, 0];
  const counts = (): SampleCounts => ({ read, batched, deferred, dropped });
  const without = (numbers: readonly number[]): Item[] => {
    const gone = new Set(numbers);
    return held.filter((_, i) => !gone.has(i));
  };
  const take = (atEnd: boolean): Sampled<Item>[] => {
    const { numbers, deferred: passedOver = 0 } = compose(held, random(seed, drawn++));
    deferred += passedOver;
    if (numbers.length === rows || (numbers.length > 0 && !dropShort)) {
      const items = numbers.map((i) => held[i]);
      held = without(numbers);
      batched += items.length;
      return [{ step: step++, items, counts: counts() }];
    }
    const all = numbers.length > 0 ? numbers : [...held.keys()];
    const lost = atEnd ? all : [0];
    held = without(lost);
    dropped += lost.length;
    return [];
  };
  return {
    push(item) {
      held.push(item);
      read++;
      return held.length < window ? [] : take(false);
    },
    *end() {
      while (held.length > 0) yield* take(true);
    },
    get counts() {
      return counts();
    },
  };
}

/** Numbers of items by what each belongs to, in the order they came. */
export function grouped<Item, Key>(items: Iterable<Item>, keyOf: (item: Item) => Key): Map<Key, number[]> {
  const groups = new Map<Key, number[]>();
  let i = 0;
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [i]);
    else group.push(i);
    i++;
  }
  return groups;
}
