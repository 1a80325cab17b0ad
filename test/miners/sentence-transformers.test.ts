import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { idLists } from '../../src/core/batches.ts';
import { fromRows } from '../../src/core/matrix.ts';
import { type MinedQuery, type RowFormat, trainingRows } from '../../src/formats/training-rows.ts';
import { candidateLists } from '../../src/miners/candidate-lists.ts';
import { nearMisses } from '../../src/miners/near-misses.ts';
import { exact } from '../../src/neighbors/exact.ts';
import { flat } from '../../src/neighbors/flat.ts';

interface Case {
  readonly options: Readonly<Record<string, number>>;
  readonly output_format: RowFormat;
  readonly output_scores: boolean;
  readonly corpus: number[][];
  readonly queries: number[][];
  readonly positives: number[][];
  readonly cross_encoder: number[][] | null;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

const file = new URL('../fixtures/sentence-transformers/mine-hard-negatives.json', import.meta.url);
const cases: readonly Case[] = JSON.parse(readFileSync(file, 'utf8'));

/** `range_min` is our rangeMin. */
function camel(options: Case['options']): Record<string, number> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}

/** Mines all pairs of a case in one batch, and gives what its rows are made of. */
async function mined({ options, corpus, queries, positives, cross_encoder: table }: Case) {
  const { numNegatives = 3, ...filter } = camel(options);
  const ids = Uint32Array.from(corpus.keys());
  const pairs = positives.flatMap((right, query) => right.map((document) => ({ query, document, right })));
  const listsOf = candidateLists('test', flat({ rows: fromRows(corpus), ids }), {
    ...filter,
    negatives: numNegatives,
    compat: 'sentence-transformers',
    mostPositives: Math.max(...positives.map((right) => right.length)),
    rescore:
      table === null
        ? undefined
        : async (asked) => asked.map(({ query, candidate }) => table[query][candidate]),
  });
  const lists = await listsOf(
    {
      anchors: fromRows(pairs.map(({ query }) => queries[query])),
      positives: fromRows(pairs.map(({ document }) => corpus[document])),
      ids: Uint32Array.from(pairs, ({ document }) => document),
      known: idLists(pairs.map(({ right }) => right)),
    },
    { queryIds: Uint32Array.from(pairs, ({ query }) => query) },
  );
  const found = lists.map(({ positiveScore, candidates, verdicts }, i) => ({
    query: pairs[i].query,
    positive: `d${pairs[i].document}`,
    score: positiveScore,
    negatives: Array.from(candidates.ids.keys())
      .filter((c) => verdicts[c] === 'kept')
      .map((c) => ({
        negative: `d${candidates.ids[c]}`,
        score: candidates.scores[c],
        rank: candidates.ranks[c],
      })),
  }));
  const grouped = queries.map((_, query): MinedQuery => ({
    query: `q${query}`,
    positives: found.filter((each) => each.query === query),
  }));
  return { negatives: numNegatives, grouped };
}

/** The columns of sentence-transformers, whose names of the second and third are those of the caller's pairs. */
function columns(row: object): unknown[] {
  return Object.values(row);
}

function close(value: unknown): unknown {
  if (typeof value === 'number') return expect.closeTo(value, 4);
  return Array.isArray(value) ? value.map(close) : value;
}

describe("compat: 'sentence-transformers'", () => {
  it.each(cases.map((each, i) => [i, each] as const))(
    'gives the rows that mine_hard_negatives gave, in their order: case %i',
    async (_, each) => {
      const { negatives, grouped } = await mined(each);
      const rows = grouped.flatMap((query) =>
        trainingRows(each.output_format, query, {
          negatives,
          scores: each.output_scores,
          onceAQuery: true,
        }),
      );
      expect(rows.map(columns)).toEqual(each.rows.map((row) => columns(row).map(close)));
    },
  );

  const at = (cosine: number): number[] => [cosine, Math.sqrt(1 - cosine ** 2)];
  const scores = [0.95, 0.93, 0.9, 0.8, 0.7, 0.6];

  it.each([
    // of .80, .70 and .60, which the margin leaves, the first two are skipped
    [{ compat: 'sentence-transformers' } as const, [0.6]],
    // of all six the first two are: the margin leaves .80 as the first of the others
    [{}, [0.8]],
    [{ rank: 'filtered' } as const, [0.6]],
  ])('skips rangeMin survivors where ours skips rangeMin candidates: %j', async (mode, expected) => {
    const index = exact({ dim: 2 });
    await index.add(
      fromRows([at(0.92), ...scores.map(at)]),
      Uint32Array.from({ length: 7 }, (_, i) => i),
    );
    const mine = nearMisses(index, { ...mode, rangeMin: 2, relativeMargin: 0.05, negatives: 1 });
    const { negativeScores } = await mine({
      anchors: fromRows([[1, 0]]),
      positives: fromRows([at(0.92)]),
      ids: Uint32Array.of(0),
    });
    expect([...negativeScores]).toEqual(expected.map((score) => expect.closeTo(score, 6)));
  });
});
