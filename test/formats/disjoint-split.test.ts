import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { disjointSplit, type JudgedPairs } from '../../src/formats/disjoint-split.ts';

function pairs(judged: readonly (readonly [query: number, document: number, grade: number])[]): JudgedPairs {
  return {
    queries: Uint32Array.from(judged, ([query]) => query),
    documents: Uint32Array.from(judged, ([, document]) => document),
    grades: Int32Array.from(judged, ([, , grade]) => grade),
  };
}

const judgment = fc.tuple(fc.nat(20), fc.nat(25), fc.integer({ min: -1, max: 2 }));
const judgments = fc.uniqueArray(judgment, { selector: ([q, d]) => `${q} ${d}`, maxLength: 40 });

/** Every number that two splits have. */
function bridged(numbers: Uint32Array, splits: Int8Array, counts: (e: number) => boolean): number[] {
  const splitOf = new Map<number, number>();
  return [...numbers].filter((number, e) => {
    if (splits[e] < 0 || !counts(e)) return false;
    const split = splitOf.get(number) ?? splits[e];
    splitOf.set(number, split);
    return split !== splits[e];
  });
}

describe('disjointSplit', () => {
  it('shares no query and no answer across splits, whatever the judgments', () => {
    fc.assert(
      fc.property(judgments, fc.nat(5), (judged, seed) => {
        const columns = pairs(judged);
        const { splits } = disjointSplit(columns, { shares: [0.6, 0.2, 0.2], seed });
        expect(bridged(columns.queries, splits, () => true)).toEqual([]);
        expect(bridged(columns.documents, splits, (e) => columns.grades[e] > 0)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('drops nothing but what bridges: nothing where no component is large, and nothing of the last split', () => {
    fc.assert(
      fc.property(judgments, fc.nat(5), (judged, seed) => {
        const columns = pairs(judged);
        const { splits, largest } = disjointSplit(columns, { shares: [0.6, 0.2, 0.2], seed });
        const dropped = new Set([...splits.keys()].filter((e) => splits[e] < 0));
        if (largest <= 0.2) expect(dropped.size).toBe(0);
        // what was dropped is, or belongs to a query with, an answer that another query that is kept or was dropped has
        for (const e of dropped) {
          const own = [...splits.keys()].filter(
            (f) => columns.queries[f] === columns.queries[e] && columns.grades[f] > 0,
          );
          const others = (f: number) =>
            [...splits.keys()].some(
              (g) =>
                columns.queries[g] !== columns.queries[e] &&
                columns.grades[g] > 0 &&
                columns.documents[g] === columns.documents[f],
            );
          expect(own.some(others)).toBe(true);
        }
      }),
    );
  });

  it('keeps components whole, and comes as near to the shares as they let it', () => {
    // 100 components of two queries about one document
    const judged = Array.from({ length: 200 }, (_, q) => [q, Math.floor(q / 2), 1] as const);
    const { splits, components, largest } = disjointSplit(pairs(judged), { shares: [0.7, 0.1, 0.2] });
    expect([components, largest]).toEqual([100, 0.01]);
    expect([0, 1, 2].map((split) => splits.filter((each) => each === split).length)).toEqual([140, 20, 40]);
    for (let q = 0; q < 200; q += 2) expect(splits[q]).toBe(splits[q + 1]);
  });

  it('cuts a large component at its bridges, by first answers', () => {
    // a chain: query q answers to q and q + 1, so that all hang together
    const judged = Array.from({ length: 60 }, (_, i) => [Math.floor(i / 2), Math.ceil(i / 2), 1] as const);
    const columns = pairs(judged);
    const { splits, components, largest } = disjointSplit(columns, { shares: [0.8, 0, 0.2], seed: 1 });
    expect([components, largest]).toEqual([1, 1]);
    const kept = new Set([...columns.queries].filter((_, e) => splits[e] === 2));
    expect(kept.size).toBe(6);
    // all of the test's judgments stand, and training lost at most the two ends of each of its queries
    expect(splits.filter((split) => split === 2)).toHaveLength(12);
    const dropped = splits.filter((split) => split < 0).length;
    expect(dropped).toBeGreaterThan(0);
    expect(dropped).toBeLessThanOrEqual(12);
  });

  it('is the same for the same seed and another for another', () => {
    const columns = pairs(Array.from({ length: 30 }, (_, q) => [q, q, 1] as const));
    const shares = [0.5, 0.5];
    expect(disjointSplit(columns, { shares, seed: 3 })).toEqual(disjointSplit(columns, { shares, seed: 3 }));
    expect(disjointSplit(columns, { shares, seed: 3 })).not.toEqual(
      disjointSplit(columns, { shares, seed: 4 }),
    );
  });

  it('has no use for judgments that are no answers, but keeps them with their query', () => {
    const columns = pairs([
      [0, 7, 1],
      [0, 8, 0],
      [1, 8, 1],
      [1, 7, 0],
    ]);
    const { splits, components } = disjointSplit(columns, { shares: [0.5, 0.5] });
    expect(components).toBe(2);
    expect([...splits].sort()).toEqual([0, 0, 1, 1]);
    expect(splits[0]).toBe(splits[1]);
  });

  it('refuses columns of other lengths and shares that are none', () => {
    const columns = pairs([[0, 0, 1]]);
    expect(() => disjointSplit({ ...columns, grades: new Int32Array(2) }, { shares: [1] })).toThrow(
      new RangeError('disjointSplit: grades.length must be 1, got 2'),
    );
    expect(() => disjointSplit(columns, { shares: [0.5, 0.4] })).toThrow(
      new RangeError('disjointSplit: shares must be numbers >= 0 that add up to 1, got 0.5, 0.4'),
    );
  });
});
