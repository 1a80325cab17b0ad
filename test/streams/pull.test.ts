import { concatMap, delay, identity, lastValueFrom, map, of, pipe, toArray } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { pull } from '../../src/streams/pull.ts';

interface Counted {
  readonly step: number;
}

/** Counts what is read, and notices being stopped. */
function source(length: number) {
  const seen = { read: 0, returned: false };
  function* batches(): Generator<Counted> {
    try {
      while (seen.read < length) yield { step: seen.read++ };
    } finally {
      seen.returned = true;
    }
  }
  return { seen, batches };
}

const scheduler = () => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
const values = { a: { step: 0 }, b: { step: 1 }, c: { step: 2 } } as const;

describe('pull', () => {
  it('begins a turn only when the last one is done', () => {
    scheduler().run(({ expectObservable }) => {
      expectObservable(pull(source(3).batches(), delay(3))).toBe('---a--b--(c|)', values);
    });
  });

  it('passes on whatever a turn makes of a batch, nothing included', () => {
    scheduler().run(({ expectObservable, cold }) => {
      const marbles = ['-x-y|', '|', 'z|'];
      const turn = concatMap(({ step }: Counted) => cold(marbles[step]));
      expectObservable(pull(source(3).batches(), turn)).toBe('-x-yz|');
    });
  });

  it('ends with the error of a turn, the step named, and begins no other', () => {
    const { seen, batches } = source(9);
    scheduler().run(({ expectObservable, cold }) => {
      const turn = concatMap(({ step }: Counted) =>
        cold(step === 1 ? '--#' : '-v|', undefined, new RangeError('bad')),
      );
      expectObservable(pull(batches(), turn, { inFlight: 1 })).toBe(
        '-v--#',
        undefined,
        new RangeError('step 1: bad'),
      );
    });
    expect(seen).toEqual({ read: 2, returned: true });
  });

  it('ends the turn and returns the iterator when unsubscribed', () => {
    const { seen, batches } = source(9);
    scheduler().run(({ expectObservable }) => {
      expectObservable(pull(batches(), delay(3)), '-------!').toBe('---a--b', values);
    });
    expect(seen.returned).toBe(true);
  });

  it.each([1, 2, 5])('holds %i batches at most, the one in turn included', (inFlight) => {
    const { seen, batches } = source(20);
    const ahead: number[] = [];
    scheduler().run(({ expectObservable }) => {
      const turn = pipe(
        map((batch: Counted) => {
          ahead.push(seen.read - batch.step);
          return batch.step;
        }),
        delay(2),
        concatMap(() => of()),
      );
      expectObservable(pull(batches(), turn, { inFlight })).toBe(`${'-'.repeat(40)}|`);
    });
    expect(ahead).toHaveLength(20);
    expect(Math.max(...ahead)).toBe(inFlight);
  });

  it('reads an asynchronous source ahead while a turn lasts, and no farther', async () => {
    let reading = 0;
    async function* batches(): AsyncGenerator<Counted> {
      for (let step = 0; step < 12; step++) {
        reading = step;
        yield await Promise.resolve({ step });
      }
    }
    const ahead: number[] = [];
    const turn = concatMap(async ({ step }: Counted) => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      ahead.push(reading - step);
      return step;
    });
    const steps = await lastValueFrom(pull(batches(), turn, { inFlight: 3 }).pipe(toArray()));
    expect(steps).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(Math.max(...ahead)).toBe(2);
  });

  function* broken(): Generator<Counted> {
    yield { step: 0 };
    throw new RangeError('corpus.npy: broken');
  }
  async function* brokenLater(): AsyncGenerator<Counted> {
    yield* broken();
  }
  it.each([
    ['synchronous', broken],
    ['asynchronous', brokenLater],
  ])('passes on the error of a source, %s, after the batches before it', async (_, source) => {
    const seen: number[] = [];
    const pulled = pull(
      source(),
      map(({ step }: Counted) => seen.push(step)),
      { inFlight: 4 },
    );
    await expect(lastValueFrom(pulled)).rejects.toThrow('corpus.npy: broken');
    expect(seen).toEqual([0]);
  });

  it('goes through a long synchronous source without a deep stack', async () => {
    const { batches } = source(50_000);
    await expect(lastValueFrom(pull(batches(), identity))).resolves.toEqual({ step: 49_999 });
  });

  it('refuses to hold nothing', () => {
    expect(() => pull([], identity, { inFlight: 0 })).toThrow(
      'pull: inFlight must be a whole number >= 1, got 0',
    );
  });
});
