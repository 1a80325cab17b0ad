import { row } from '../../src/core/matrix.ts';
import { cosine } from '../../src/distances/cosine.ts';
import type { OpenDataFolder } from '../../src/formats/data-folder.ts';
import { shortest } from '../../src/formats/shortest.ts';
import type { MinedNegative, MinedPositive, MinedQuery } from '../../src/formats/training-rows.ts';
import { similarity } from '../../src/miners/asked.ts';
import type { Verdict } from '../../src/miners/candidate-filter.ts';
import type { Searchable } from '../../src/neighbors/flat.ts';
import { type MinedBatch, passedOver } from './counts.ts';

/** Kept candidates by query, so many queries at a time, under the names of their ids. */
export function* minedQueries(
  { pairs: { queryIds, features }, lists }: MinedBatch,
  { corpus, queries }: OpenDataFolder,
  together: number,
): Generator<readonly MinedQuery[], void, undefined> {
  let some: MinedQuery[] = [];
  for (let i = 0; i < lists.length;) {
    const query = queryIds[i];
    const positives: MinedPositive[] = [];
    for (; i < lists.length && queryIds[i] === query; i++) {
      const { positiveScore, candidates, verdicts } = lists[i];
      const negatives: MinedNegative[] = [];
      verdicts.forEach((verdict, c) => {
        if (verdict !== 'kept') return;
        negatives.push({
          negative: corpus.names.nameOf(candidates.ids[c]),
          score: shortest(candidates.scores[c]),
          rank: candidates.ranks[c],
        });
      });
      positives.push({
        positive: corpus.names.nameOf(features.ids[i]),
        score: shortest(positiveScore),
        negatives,
      });
    }
    some.push({ query: queries.names.nameOf(query), positives });
    if (some.length < together) continue;
    yield some;
    some = [];
  }
  yield some;
}

/** A line a pair that has fewer negatives than asked: query, positive, how many it has. */
export function unmetLines(
  { pairs: { queryIds, features }, lists }: MinedBatch,
  { corpus, queries }: OpenDataFolder,
  asked: number,
): string {
  return lists
    .map(({ verdicts }, i) => {
      const kept = verdicts.filter((verdict) => verdict === 'kept').length;
      const names = [queries.names.nameOf(queryIds[i]), corpus.names.nameOf(features.ids[i])];
      return kept < asked ? `${[...names, kept].join('\t')}\n` : '';
    })
    .join('');
}

/** A candidate as `--explain` tells of it. */
export interface ExplainedCandidate {
  readonly id: string;
  /** null where it may not be given, so that it counts in no rank */
  readonly rank: number | null;
  readonly score: number;
  readonly verdict: Verdict;
  /** of what is kept: its cosine to the positive */
  readonly to_positive?: number;
}

/** What `--explain` tells of a pair. */
export interface ExplainedPair {
  readonly query: string;
  readonly positive: string;
  readonly positive_score: number;
  /** what margins were taken from, where that is another score */
  readonly margin_score?: number;
  /** rows a search passed over as too near, beyond those that are listed */
  readonly passed_over: number;
  readonly candidates: readonly ExplainedCandidate[];
}

/** A line a pair: every candidate that was looked at and what became of it. */
export function* explainedLines(
  batch: MinedBatch,
  data: OpenDataFolder,
  index: Searchable,
): Generator<string, void, undefined> {
  for (let i = 0; i < batch.lists.length; i++) yield explainedLine(batch, i, data, index);
}

function explainedLine(
  { pairs: { queryIds, features }, lists }: MinedBatch,
  i: number,
  { corpus, queries }: OpenDataFolder,
  index: Searchable,
): string {
  const { positiveScore, marginScore, candidates, verdicts } = lists[i];
  const positive = row(features.positives, i);
  const { rows } = index.read(candidates.ids.filter((_, c) => verdicts[c] === 'kept'));
  let kept = 0;
  const pair: ExplainedPair = {
    query: queries.names.nameOf(queryIds[i]),
    positive: corpus.names.nameOf(features.ids[i]),
    positive_score: shortest(positiveScore),
    ...(marginScore !== positiveScore && { margin_score: shortest(marginScore) }),
    passed_over: passedOver(candidates),
    candidates: Array.from(candidates.ids, (id, c) => ({
      id: corpus.names.nameOf(id),
      rank: candidates.ranks[c] === 0 ? null : candidates.ranks[c],
      score: shortest(candidates.scores[c]),
      verdict: verdicts[c],
      ...(verdicts[c] === 'kept' && {
        to_positive: shortest(similarity(cosine, positive, row(rows, kept++))),
      }),
    })),
  };
  return `${JSON.stringify(pair)}\n`;
}
