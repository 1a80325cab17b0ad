import { checkEqual, refuse } from '../core/check.ts';
import { random, shuffled } from '../core/random.ts';
import { unionFind } from '../core/union-find.ts';

/** Judgments as columns, one entry each. */
export interface JudgedPairs {
  /** the query of each, a number that queries which ask the same may share */
  readonly queries: Uint32Array;
  /** the document of each, a number that variants of one document may share */
  readonly documents: Uint32Array;
  /** above 0 is relevant: the document is an answer */
  readonly grades: Int32Array;
}

export interface DisjointSplitOptions {
  /** the share of the queries of each split, training first: the last is the one that loses nothing. They add up to 1. */
  readonly shares: readonly number[];
  /** @default 0 */
  readonly seed?: number;
}

export interface DisjointSplit {
  /** as many as there are judgments; the number of its split, or -1 where it was dropped */
  readonly splits: Int8Array;
  /** how many groups of queries have nothing in common */
  readonly components: number;
  /** the share of all queries that the largest has */
  readonly largest: number;
}

/** The share of the queries above which a component is cut. */
export const LARGE = 0.2;

/**
 * Divides judgments into splits that share no query and no answer document. Queries that share an answer, by way of others too, are a connected
 * component, which goes into one split whole; components go in random order to the split that is farthest from its share.
 *
 * A component of over a fifth of all queries would be a split by itself: its queries are divided by their first answer instead, and what
 * then bridges two splits is dropped: of training the judgments of documents that are answers elsewhere (and queries that are left without
 * an answer), of a split between the first and the last the queries that share an answer with a later one.
 *
 * @throws RangeError if the columns differ in length or shares are not numbers >= 0 that add up to 1
 */
export function disjointSplit(
  { queries, documents, grades }: JudgedPairs,
  { shares, seed = 0 }: DisjointSplitOptions,
): DisjointSplit {
  checkEqual('disjointSplit', 'documents.length', documents.length, queries.length);
  checkEqual('disjointSplit', 'grades.length', grades.length, queries.length);
  const whole = shares.reduce((sum, share) => sum + share, 0);
  if (!(shares.every((share) => share >= 0) && Math.abs(whole - 1) < 1e-9))
    refuse('disjointSplit', 'shares must be numbers >= 0 that add up to 1', shares.join(', '));

  const asked = new Set(queries);
  const firstDocument = queries.reduce((most, query) => Math.max(most, query + 1), 0);
  const size = documents.reduce(
    (most, document) => Math.max(most, firstDocument + document + 1),
    firstDocument,
  );
  const connected = unionFind(size);
  eachAnswer((e) => connected.unite(queries[e], firstDocument + documents[e]));
  const sizes = countBy(asked, connected.of);

  // in a large component queries hang together by their first answer alone
  const byFirst = unionFind(size);
  const answered = new Set<number>();
  eachAnswer((e) => {
    if (!answered.has(queries[e])) byFirst.unite(queries[e], firstDocument + documents[e]);
    answered.add(queries[e]);
  });
  const largeRoots = new Set(
    [...sizes].filter(([, count]) => count > LARGE * asked.size).map(([root]) => root),
  );
  const unitOf = (query: number): number => {
    const root = connected.of(query);
    return largeRoots.has(root) ? byFirst.of(query) : root;
  };

  const splitOf = assigned(countBy(asked, unitOf), shares, seed);
  const splits = Int8Array.from(queries, (query) => splitOf.get(unitOf(query)) ?? -1);
  dropBridges({ queries, documents, grades }, splits, shares.length);
  const largest = [...sizes.values()].reduce((most, count) => Math.max(most, count), 0);
  return { splits, components: sizes.size, largest: asked.size === 0 ? 0 : largest / asked.size };

  function eachAnswer(visit: (e: number) => void): void {
    grades.forEach((grade, e) => {
      if (grade > 0) visit(e);
    });
  }
}

function countBy(queries: Iterable<number>, key: (query: number) => number): Map<number, number> {
  const counts = new Map<number, number>();
  for (const query of queries) counts.set(key(query), (counts.get(key(query)) ?? 0) + 1);
  return counts;
}

/** The split of each unit: in random order each goes where most queries are wanting. */
function assigned(units: Map<number, number>, shares: readonly number[], seed: number): Map<number, number> {
  const all = [...units];
  const total = all.reduce((sum, [, count]) => sum + count, 0);
  const wanting = shares.map((share) => share * total);
  const splitOf = new Map<number, number>();
  for (const at of shuffled(all.length, random(seed))) {
    const [unit, count] = all[at];
    const split = wanting.indexOf(Math.max(...wanting));
    wanting[split] -= count;
    splitOf.set(unit, split);
  }
  return splitOf;
}

/** Writes -1 for judgments that would bridge splits, from the last split to the first. */
function dropBridges({ queries, documents, grades }: JudgedPairs, splits: Int8Array, count: number): void {
  const taken = new Set<number>();
  for (let split = count - 1; split >= 0; split--) {
    const own = Array.from(splits.keys()).filter((e) => splits[e] === split);
    const bridges = own.filter((e) => grades[e] > 0 && taken.has(documents[e]));
    if (split === 0) {
      for (const e of bridges) splits[e] = -1;
      const left = new Set(own.filter((e) => splits[e] === 0 && grades[e] > 0).map((e) => queries[e]));
      const cut = new Set(bridges.map((e) => queries[e]).filter((query) => !left.has(query)));
      for (const e of own) if (cut.has(queries[e])) splits[e] = -1;
    } else {
      const cut = new Set(bridges.map((e) => queries[e]));
      for (const e of own) if (cut.has(queries[e])) splits[e] = -1;
    }
    for (const e of own) if (splits[e] === split && grades[e] > 0) taken.add(documents[e]);
  }
}
