import { concat, concatMap, defer, from, type OperatorFunction } from 'rxjs';
import type { Sampled, Sampler } from './sampler.ts';

/** Batches of a stream's items, by a sampler that each subscription has for itself. */
export function sample<Item>(sampler: () => Sampler<Item>): OperatorFunction<Item, Sampled<Item>> {
  return (items) =>
    defer(() => {
      const { push, end } = sampler();
      return concat(
        items.pipe(concatMap((item) => push(item))),
        defer(() => from(end())),
      );
    });
}

/** The same of a source that is asked for its items: for `pull`. It reads no farther than to the next batch. */
export async function* sampled<Item, Held = Item>(
  source: Iterable<Item> | AsyncIterable<Item>,
  { push, end }: { push(item: Item): readonly Sampled<Held>[]; end(): Iterable<Sampled<Held>> },
): AsyncGenerator<Sampled<Held>, void, undefined> {
  for await (const item of source) for (const batch of push(item)) yield batch;
  yield* end();
}
