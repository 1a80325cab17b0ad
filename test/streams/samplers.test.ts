import fc from 'fast-check';
import { lastValueFrom, map, toArray } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { byGroup } from '../../src/streams/by-group.ts';
import { mPerClass } from '../../src/streams/m-per-class.ts';
import { proportional, roundRobin } from '../../src/streams/mixed.ts';
import { noDuplicates } from '../../src/streams/no-duplicates.ts';
import { pull } from '../../src/streams/pull.ts';
import { sample, sampled } from '../../src/streams/sample.ts';
import type { Sampled, Sampler } from '../../src/streams/sampler.ts';
import { all } from '../formats/fixture.ts';

interface Item {
  readonly number: number;
  readonly keys: readonly number[];
}

const options = fc
  .record({
    rows: fc.integer({ min: 1, max: 6 }),
    more: fc.nat(20),
    dropShort: fc.boolean(),
    seed: fc.nat(99),
  })
  .map(({ rows, more, dropShort, seed }) => ({ rows, window: rows + more, dropShort, seed }));
const items = fc
  .array(fc.array(fc.nat(12), { minLength: 1, maxLength: 3 }), { maxLength: 80 })
  .map((all) => all.map((keys, number): Item => ({ number, keys })));

/** Every batch of a stream, and how many items were held at most. */
function run(sampler: Sampler<Item>, stream: readonly Item[]): { batches: Sampled<Item>[]; most: number } {
  const batches: Sampled<Item>[] = [];
  let most = 0;
  for (const item of stream) {
    batches.push(...sampler.push(item));
    const { read, batched, dropped } = sampler.counts;
    most = Math.max(most, read - batched - dropped);
  }
  batches.push(...sampler.end());
  return { batches, most };
}

/** Laws of every sampler: no item twice, what is missing is counted, no more than a window is held, batches are full, and a seed decides. */
function expectSampler(
  make: () => Sampler<Item>,
  stream: readonly Item[],
  rows: number,
  window: number,
): Sampled<Item>[] {
  const sampler = make();
  const { batches, most } = run(sampler, stream);
  const numbers = batches.flatMap((batch) => batch.items.map(({ number }) => number));
  expect(new Set(numbers).size).toBe(numbers.length);
  const { counts } = sampler;
  expect([counts.read, counts.batched, counts.dropped]).toEqual([
    stream.length,
    numbers.length,
    stream.length - numbers.length,
  ]);
  // the window is looked at when it is full, and a batch or an item leaves it
  expect(most).toBeLessThan(window);
  for (const [step, batch] of batches.entries()) {
    expect(batch.step).toBe(step);
    expect(batch.items.length).toBeGreaterThan(0);
    expect(batch.items.length).toBeLessThanOrEqual(rows);
  }
  expect(run(make(), stream).batches).toEqual(batches);
  return batches;
}

describe('noDuplicates', () => {
  it('has no key twice in a batch, and gives every item once', () => {
    fc.assert(
      fc.property(options, items, (settings, stream) => {
        const make = () => noDuplicates(({ keys }: Item) => keys, settings);
        const batches = expectSampler(make, stream, settings.rows, settings.window);
        for (const batch of batches) {
          const keys = batch.items.flatMap(({ keys }) => [...new Set(keys)]);
          expect(new Set(keys).size).toBe(keys.length);
          if (settings.dropShort) expect(batch.items).toHaveLength(settings.rows);
        }
        if (!settings.dropShort)
          expect(run(make(), stream).batches.flatMap((batch) => batch.items)).toHaveLength(stream.length);
      }),
    );
  });

  it('gives full batches of distinct items, in another order from another seed', () => {
    const stream = Array.from({ length: 100 }, (_, number) => ({ number, keys: [number] }));
    const batches = run(
      noDuplicates(({ keys }) => keys, { rows: 8 }),
      stream,
    ).batches;
    expect(batches.map((batch) => batch.items.length)).toEqual([...Array<number>(12).fill(8), 4]);
    expect(batches[0].counts.deferred).toBe(0);
    expect(
      run(
        noDuplicates(({ keys }) => keys, { rows: 8, seed: 1 }),
        stream,
      ).batches[0],
    ).not.toEqual(batches[0]);
  });

  it('counts what waited: of one answer to all, each batch has one', () => {
    const stream = Array.from({ length: 5 }, (_, number) => ({ number, keys: [7] }));
    const sampler = noDuplicates(({ keys }: Item) => keys, { rows: 2, window: 4 });
    expect(run(sampler, stream).batches.map((batch) => batch.items.length)).toEqual([1, 1, 1, 1, 1]);
    // of 4 held 3 wait, twice, then of 3 two and of 2 one
    expect(sampler.counts).toEqual({ read: 5, batched: 5, deferred: 3 + 3 + 2 + 1, dropped: 0 });
    const dropping = noDuplicates(({ keys }: Item) => keys, { rows: 2, window: 4, dropShort: true });
    expect(run(dropping, stream).batches).toEqual([]);
    expect(dropping.counts).toMatchObject({ batched: 0, dropped: 5 });
  });

  it('refuses a window that holds no batch', () => {
    expect(() => noDuplicates(() => [], { rows: 4, window: 3 })).toThrow(
      'noDuplicates: window must be a whole number >= 4, got 3',
    );
    expect(() => noDuplicates(() => [], { rows: 0 })).toThrow(
      'noDuplicates: rows must be a whole number >= 1, got 0',
    );
  });
});

describe('mPerClass', () => {
  const classOf = ({ keys }: Item): number => keys[0];

  it('has m items of each of its classes', () => {
    fc.assert(
      fc.property(
        options,
        items,
        fc.integer({ min: 1, max: 3 }),
        ({ rows: classes, window, seed }, stream, m) => {
          const rows = classes * m;
          const settings = { rows, m, window: window * m, seed };
          for (const batch of expectSampler(
            () => mPerClass(classOf, settings),
            stream,
            rows,
            settings.window,
          )) {
            const counts = new Map<number, number>();
            for (const item of batch.items) counts.set(classOf(item), (counts.get(classOf(item)) ?? 0) + 1);
            expect([...counts.values()]).toEqual(Array<number>(classes).fill(m));
          }
        },
      ),
    );
  });

  it('drops the item held longest where the window makes no batch', () => {
    // a class of its own each: nothing ever fits
    const stream = Array.from({ length: 10 }, (_, number) => ({ number, keys: [number] }));
    const sampler = mPerClass(classOf, { rows: 4, m: 2, window: 6 });
    expect(run(sampler, stream).batches).toEqual([]);
    expect(sampler.counts.dropped).toBe(10);
    expect(() => mPerClass(classOf, { rows: 5, m: 2 })).toThrow(
      'mPerClass: rows past a multiple of 2 must be 0, got 1',
    );
  });
});

describe('byGroup', () => {
  const groupOf = ({ keys }: Item): number => keys[0] % 3;

  it('has one group in a batch', () => {
    fc.assert(
      fc.property(options, items, (settings, stream) => {
        const batches = expectSampler(
          () => byGroup(groupOf, settings),
          stream,
          settings.rows,
          settings.window,
        );
        for (const batch of batches) {
          expect(new Set(batch.items.map(groupOf)).size).toBe(1);
          if (settings.dropShort) expect(batch.items).toHaveLength(settings.rows);
        }
        const kept = batches.flatMap((batch) => batch.items).length;
        if (!settings.dropShort) expect(kept).toBe(stream.length);
      }),
    );
  });

  it('has short batches only at the end where a window holds a batch of some group whatever comes', () => {
    const stream = Array.from({ length: 200 }, (_, number) => ({ number, keys: [(number * number) % 7] }));
    // three groups: of 10 held one has 4
    const { batches } = run(byGroup(groupOf, { rows: 4, window: 10 }), stream);
    expect(batches.filter((batch) => batch.items.length < 4).length).toBeLessThanOrEqual(3);
  });
});

describe('sample', () => {
  it('gives a batch as soon as the window is full, and the rest at the end', () => {
    const make = () => noDuplicates((item: string) => [item], { rows: 2, window: 3 });
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(
      ({ cold, expectObservable }) => {
        const batches = cold('-a-b-c-d-e-|').pipe(
          sample(make),
          map((batch) => batch.items.length),
        );
        expectObservable(batches).toBe('-----x---x-(y|)', { x: 2, y: 1 });
        // each subscription has a sampler of its own
        expectObservable(batches).toBe('-----x---x-(y|)', { x: 2, y: 1 });
        expectObservable(
          cold('-a-a-a-#').pipe(
            sample(make),
            map((batch) => batch.items),
          ),
        ).toBe('-----x-#', { x: ['a'] });
      },
    );
  });

  it('is a source for pull, read no farther than to the next batch', async () => {
    let read = 0;
    function* numbers(): Generator<number> {
      while (read < 1000) yield read++;
    }
    const source = sampled(
      numbers(),
      noDuplicates((number: number) => [number], { rows: 10, window: 40 }),
    );
    const ahead: number[] = [];
    const steps = await lastValueFrom(
      pull(
        source,
        map(({ step, counts }: Sampled<number>) => {
          ahead.push(read - counts.batched);
          return step;
        }),
        { inFlight: 1 },
      ).pipe(toArray()),
    );
    expect(steps).toHaveLength(100);
    expect(Math.max(...ahead)).toBeLessThanOrEqual(40);
  });
});

describe('mixed sources', () => {
  const named = (sizes: Readonly<Record<string, number>>) =>
    Object.fromEntries(
      Object.entries(sizes).map(([name, size]) => [
        name,
        Array.from({ length: size }, (_, i) => `${name}${i}`),
      ]),
    );
  const itemsOf = async (mixed: AsyncIterable<{ readonly item: string }>) =>
    (await all(mixed)).map(({ item }) => item).join(' ');

  it('take turns until the first ends, or all have', async () => {
    const sources = named({ a: 3, b: 1, c: 2 });
    expect(await itemsOf(roundRobin(sources))).toBe('a0 b0 c0 a1');
    expect(await itemsOf(roundRobin(sources, { until: 'all' }))).toBe('a0 b0 c0 a1 c1 a2');
    await expect(all(roundRobin({}))).rejects.toThrow('roundRobin: there must be sources, got none');
  });

  it('are drawn by weight: each to its end, in its order, and as often as its weight says', async () => {
    const sources = named({ a: 3000, b: 1000 });
    const mixed = await all(proportional(sources, { weights: { a: 3, b: 1 }, seed: 5 }));
    for (const name of ['a', 'b']) {
      expect(mixed.filter(({ source }) => source === name).map(({ item }) => item)).toEqual(sources[name]);
    }
    // of the first 2000 draws 1500 ± 4 deviations of 19.4
    expect(Math.abs(mixed.slice(0, 2000).filter(({ source }) => source === 'a').length - 1500)).toBeLessThan(
      78,
    );
    expect(await all(proportional(sources, { weights: { a: 3, b: 1 }, seed: 5 }))).toEqual(mixed);
    expect(() => proportional(sources, { weights: { a: 1 } })).toThrow(
      "proportional: weight of 'b' must be a finite number > 0, got NaN",
    );
  });

  it('are returned when the reader stops, and pass on what a source throws', async () => {
    const returned: string[] = [];
    async function* endless(name: string): AsyncGenerator<string> {
      try {
        for (;;) yield name;
      } finally {
        returned.push(name);
      }
    }
    for await (const { item } of roundRobin({ a: endless('a'), b: endless('b') })) if (item === 'b') break;
    expect(returned).toEqual(['a', 'b']);
    async function* broken(): AsyncGenerator<string> {
      yield 'x';
      throw new RangeError('pairs.jsonl line 2: bad');
    }
    await expect(all(roundRobin({ a: endless('c'), b: broken() }))).rejects.toThrow(
      'pairs.jsonl line 2: bad',
    );
    expect(returned).toEqual(['a', 'b', 'c']);
  });
});
