import type { DataFolder, Split } from '../../src/formats/data-folder.ts';
import { openTexts } from '../../src/formats/texts.ts';
import type { Case, CaseRanking, Cases, Retrieved } from './evaluation.ts';
import type { RankedSystem } from './ranked-system.ts';
import { shortened } from './shortened.ts';

const WORST = 10;
const MOVED = 5;
/** Documents shown of a ranking, and of those that would have been right. */
const SHOWN = 5;
const RIGHT = 3;

/** The queries that went worst by the last system, and those that fell and rose most from the one before it. */
export async function casesOf(
  systems: readonly RankedSystem[],
  split: Split,
  measure: string,
): Promise<readonly Cases[]> {
  const after = systems[systems.length - 1];
  const before = systems.at(-2);
  const value = after.values[measure];
  const { kept, values } = after;
  // of equals, the farthest down; of these, the most sure of what is wrong
  const worst = orderOf(
    value,
    values.mrr,
    kept.positives.map(([best], q) =>
      best === undefined ? 0 : best.score - kept.scores.data[q * kept.kept],
    ),
  ).filter((q) => kept.positives[q].length > 0 && value[q] < 1);
  const kinds = [
    {
      title: `Worst by ${after.name}`,
      says: `Lowest ${measure}; of equal ones first those whose relevant document came last and scored farthest below what was found instead.`,
      queries: worst.slice(0, WORST),
    },
  ];
  if (before !== undefined) {
    const change = value.map((each, q) => each - before.values[measure][q]);
    const order = orderOf(change);
    const from = `from ${before.name} to ${after.name}`;
    kinds.push(
      {
        title: 'Fell most',
        says: `Greatest loss of ${measure} ${from}.`,
        queries: order.slice(0, MOVED).filter((q) => change[q] < 0),
      },
      {
        title: 'Rose most',
        says: `Greatest gain of ${measure} ${from}.`,
        queries: order
          .slice(-MOVED)
          .toReversed()
          .filter((q) => change[q] > 0),
      },
    );
  }
  const text = await documentTexts(
    after.folder,
    systems,
    kinds.flatMap(({ queries }) => queries),
  );
  const caseOf = (query: number): Case => ({
    query,
    rankings: systems.map((system) => rankingOf(system, split, measure, query, text)),
  });
  return kinds
    .map((kind) => ({ ...kind, queries: kind.queries.map(caseOf) }))
    .filter(({ queries }) => queries.length > 0);
}

/** Numbers of queries from the least of some values on; of equals by the next values, and last by the split's order. */
function orderOf(...values: readonly ArrayLike<number>[]): number[] {
  return Array.from(values[0], (_, q) => q).sort((a, b) => {
    for (const each of values) if (each[a] !== each[b]) return each[a] - each[b];
    return a - b;
  });
}

function rankingOf(
  { values, kept, folder }: RankedSystem,
  split: Split,
  measure: string,
  query: number,
  text: ReadonlyMap<number, string>,
): CaseRanking {
  const document = (id: number, score: number, rank: number | undefined): Retrieved => ({
    rank,
    id: shortened(folder.corpus.names.names[id]),
    text: text.get(id) ?? '',
    score,
    grade: split.judgments[query].get(id),
  });
  const start = query * kept.kept;
  return {
    value: values[measure][query],
    relevant: kept.positives[query].slice(0, RIGHT).map(({ id, score, rank }) => document(id, score, rank)),
    retrieved: Array.from(kept.ids.subarray(start, start + Math.min(SHOWN, kept.kept)), (id, r) =>
      document(id, kept.scores.data[start + r], r + 1),
    ),
  };
}

/** The texts of all documents that cases show, by id. */
async function documentTexts(
  { corpus }: DataFolder,
  systems: readonly RankedSystem[],
  queries: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const ids = new Set(
    systems.flatMap(({ kept }) =>
      queries.flatMap((q) => [
        ...kept.ids.subarray(q * kept.kept, q * kept.kept + Math.min(SHOWN, kept.kept)),
        ...kept.positives[q].slice(0, RIGHT).map(({ id }) => id),
      ]),
    ),
  );
  const texts = await openTexts(corpus.path);
  try {
    const found = await texts.of(Array.from(ids, (id) => corpus.names.rowOf[id]));
    return new Map(Array.from(ids, (id, i) => [id, shortened(found[i])]));
  } finally {
    await texts.close();
  }
}
