import { checkNonNegative } from './check.ts';

export interface FusedScoresOptions {
  /** how little the first ranks stand out. @default 60 */
  readonly k?: number;
}

/**
 * The score of each document of some rankings, by name or number: 1 / (k + rank), summed over the rankings that have it, ranks from 1.
 *
 * Documents come in the order in which they are seen first; those of no ranking have no score. A ranking has each document once.
 *
 * @throws RangeError if k is not a finite number >= 0
 * @see Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods", 2009
 */
export function fusedScores<Document>(
  rankings: readonly Iterable<Document>[],
  { k = 60 }: FusedScoresOptions = {},
): Map<Document, number> {
  checkNonNegative('fusedScores', 'k', k);
  const fused = new Map<Document, number>();
  for (const ranking of rankings) {
    let rank = 0;
    for (const document of ranking) fused.set(document, (fused.get(document) ?? 0) + 1 / (k + ++rank));
  }
  return fused;
}
