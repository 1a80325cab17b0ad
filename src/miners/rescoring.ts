import { checkEqual, checkWhole, refuse } from '../core/check.ts';

/** A query and a candidate, by id. */
export interface QueryAndCandidate {
  readonly query: number;
  readonly candidate: number;
}

/** What a cross-encoder says of pairs: a finite number each, the larger the nearer. */
export type CrossEncoder = (pairs: readonly QueryAndCandidate[]) => Promise<ArrayLike<number>>;

export interface RescoringOptions {
  /** Pairs the cross-encoder is given at a time, of as many queries as they come from. @default 256 */
  readonly batch?: number;
  /** Calls under way at a time. @default 2 */
  readonly inFlight?: number;
  /** Pairs whose scores are remembered, the last used. @default 1000000 */
  readonly remember?: number;
}

/**
 * A cross-encoder that is asked in batches, a bounded number of them at a time, and never twice about a pair it remembers.
 *
 * @throws RangeError if batch or inFlight is not a whole number >= 1 or remember one >= 0; when it is asked, if it does not give a finite number a pair
 */
export function rescoring(
  crossEncoder: CrossEncoder,
  { batch = 256, inFlight = 2, remember = 1_000_000 }: RescoringOptions = {},
): (pairs: readonly QueryAndCandidate[]) => Promise<Float64Array> {
  checkWhole('rescoring', 'batch', batch, 1);
  checkWhole('rescoring', 'inFlight', inFlight, 1);
  checkWhole('rescoring', 'remember', remember);
  /** the least recently used first */
  const remembered = new Map<string, number>();

  const ask = async (pairs: readonly QueryAndCandidate[], into: Map<string, number>): Promise<void> => {
    const scores = await crossEncoder(pairs);
    checkEqual('rescoring', 'the cross-encoder’s scores', scores.length, pairs.length);
    pairs.forEach((pair, i) => {
      const score = Number(scores[i]);
      if (!Number.isFinite(score))
        refuse('rescoring', `the cross-encoder's score ${i} must be finite`, scores[i]);
      into.set(keyOf(pair), score);
    });
  };

  return async (pairs) => {
    const scores = new Map<string, number>();
    const asked = new Map<string, QueryAndCandidate>();
    for (const pair of pairs) {
      const key = keyOf(pair);
      const score = remembered.get(key);
      if (score === undefined) asked.set(key, pair);
      else scores.set(key, score);
    }
    const waiting = batches([...asked.values()], batch);
    const worker = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await ask(next, scores);
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
    for (const [key, score] of scores) {
      remembered.delete(key);
      remembered.set(key, score);
    }
    for (const key of remembered.keys()) {
      if (remembered.size <= remember) break;
      remembered.delete(key);
    }
    return Float64Array.from(pairs, (pair) => scores.get(keyOf(pair)) ?? NaN);
  };
}

function keyOf({ query, candidate }: QueryAndCandidate): string {
  return `${query} ${candidate}`;
}

function batches<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, b) =>
    items.slice(b * size, (b + 1) * size),
  );
}
