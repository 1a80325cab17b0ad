import { checkOneOf, checkPositive, refuse } from '../core/check.ts';
import { random } from '../core/random.ts';

/** Sources by name. */
export type Sources<Item> = Readonly<Record<string, Iterable<Item> | AsyncIterable<Item>>>;

/** An item, and which source it is of. */
export interface Mixed<Item> {
  readonly source: string;
  readonly item: Item;
}

export interface RoundRobinOptions {
  /** When to stop: when the first source ends, so that each gives as much, or when all have. @default 'first' */
  readonly until?: 'first' | 'all';
}

/**
 * An item of each source in turn, in the order they are named: items or whole batches. As sentence-transformers'
 * RoundRobinBatchSampler, which stops with the first that ends.
 *
 * @throws RangeError if there are no sources; what a source throws
 */
export function roundRobin<Item>(
  sources: Sources<Item>,
  { until = 'first' }: RoundRobinOptions = {},
): AsyncGenerator<Mixed<Item>, void, undefined> {
  checkOneOf('roundRobin', 'until', until, ['first', 'all']);
  return mixed('roundRobin', sources, until, (open, turn) => open[turn % open.length]);
}

export interface ProportionalOptions {
  /** By source, how likely it is to be next beside the others: its size, say. */
  readonly weights: Readonly<Record<string, number>>;
  /** @default 0 */
  readonly seed?: number;
}

/**
 * An item of one source at a time, drawn by weight among those that have not ended, until all have. Weights that are the sources' sizes are
 * sentence-transformers' ProportionalBatchSampler.
 *
 * @throws RangeError if there are no sources, or one has no weight that is a finite number > 0; what a source throws
 */
export function proportional<Item>(
  sources: Sources<Item>,
  { weights, seed = 0 }: ProportionalOptions,
): AsyncGenerator<Mixed<Item>, void, undefined> {
  for (const name of Object.keys(sources)) {
    checkPositive('proportional', `weight of '${name}'`, Object.hasOwn(weights, name) ? weights[name] : NaN);
  }
  const { uniform } = random(seed);
  return mixed('proportional', sources, 'all', (open) => {
    let at = uniform() * open.reduce((sum, { name }) => sum + weights[name], 0);
    return open.find(({ name }) => (at -= weights[name]) < 0) ?? open[open.length - 1];
  });
}

interface Open<Item> {
  readonly name: string;
  readonly iterator: Iterator<Item> | AsyncIterator<Item>;
}

/** One item of the source that `next` names at a time; sources that did not end are returned. */
async function* mixed<Item>(
  where: string,
  sources: Sources<Item>,
  until: 'first' | 'all',
  next: (open: readonly Open<Item>[], turn: number) => Open<Item>,
): AsyncGenerator<Mixed<Item>, void, undefined> {
  let open: Open<Item>[] = Object.entries(sources).map(([name, source]) => ({
    name,
    iterator: Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator](),
  }));
  if (open.length === 0) refuse(where, 'there must be sources', 'none');
  try {
    for (let turn = 0; open.length > 0;) {
      const chosen = next(open, turn);
      const at = open.indexOf(chosen);
      const result = await chosen.iterator.next();
      if (result.done !== true) {
        yield { source: chosen.name, item: result.value };
        turn = at + 1;
      } else {
        open = open.filter((each) => each !== chosen);
        if (until === 'first') return;
        turn = at;
      }
    }
  } finally {
    for (const { iterator } of open) await iterator.return?.();
  }
}
