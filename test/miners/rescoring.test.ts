import { describe, expect, it } from 'vitest';
import { type QueryAndCandidate, rescoring } from '../../src/miners/rescoring.ts';

const pair = (query: number, candidate: number): QueryAndCandidate => ({ query, candidate });

/** Scores 100 query + candidate, and keeps what it was asked. */
function crossEncoder() {
  const calls: QueryAndCandidate[][] = [];
  let [now, most] = [0, 0];
  return {
    calls,
    most: () => most,
    async score(pairs: readonly QueryAndCandidate[]) {
      calls.push([...pairs]);
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 2));
      now--;
      return pairs.map(({ query, candidate }) => 100 * query + candidate);
    },
  };
}

describe('rescoring', () => {
  it('asks in batches over queries, so many at a time, and gives scores in the order of the pairs', async () => {
    const { score, calls, most } = crossEncoder();
    const pairs = Array.from({ length: 10 }, (_, i) => pair(i % 3, i));
    const scores = await rescoring(score, { batch: 3, inFlight: 2 })(pairs);
    expect([...scores]).toEqual(pairs.map(({ query, candidate }) => 100 * query + candidate));
    expect(calls.map((call) => call.length)).toEqual([3, 3, 3, 1]);
    expect(most()).toBe(2);
  });

  it('never asks about a pair it remembers, nor about one twice in a call', async () => {
    const { score, calls } = crossEncoder();
    const rescore = rescoring(score);
    expect([...(await rescore([pair(1, 2), pair(1, 2), pair(1, 3)]))]).toEqual([102, 102, 103]);
    expect([...(await rescore([pair(1, 3), pair(2, 3)]))]).toEqual([103, 203]);
    expect(calls).toEqual([[pair(1, 2), pair(1, 3)], [pair(2, 3)]]);
  });

  it('forgets the pair that was used longest ago where it remembers as many as it may', async () => {
    const { score, calls } = crossEncoder();
    const rescore = rescoring(score, { remember: 2 });
    await rescore([pair(0, 1), pair(0, 2)]);
    await rescore([pair(0, 1)]);
    await rescore([pair(0, 3)]);
    calls.length = 0;
    await rescore([pair(0, 1), pair(0, 3)]);
    expect(calls).toEqual([]);
    await rescore([pair(0, 2)]);
    expect(calls).toEqual([[pair(0, 2)]]);
  });

  it('refuses scores that are none, or not one a pair', async () => {
    await expect(rescoring(async () => [NaN])([pair(0, 1)])).rejects.toThrow(
      "rescoring: the cross-encoder's score 0 must be finite, got NaN",
    );
    await expect(rescoring(async () => [1, 2])([pair(0, 1)])).rejects.toThrow(/scores must be 1, got 2/);
    expect(() => rescoring(async () => [], { batch: 0 })).toThrow(
      'rescoring: batch must be a whole number >= 1, got 0',
    );
  });
});
