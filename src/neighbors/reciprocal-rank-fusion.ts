import { checkEqual, checkNonNegative, checkWhole, refuse } from '../core/check.ts';
import { fusedScores } from '../core/fused-scores.ts';
import type { ScoredIds } from './best-so-far.ts';

export interface ReciprocalRankFusionOptions {
  /** What is added to every rank: the larger, the less the first ranks stand out. @default 60 */
  readonly rankConstant?: number;
}

/**
 * One ranking of several of the same queries: a document scores Σ 1 / (rankConstant + rank) over those it is in, ranks from 1; the k best, ties
 * by id.
 *
 * Scores are in (0, rankings / (rankConstant + 1)] and say nothing of how near a document is.
 *
 * @throws RangeError if there is no ranking, they differ in queries, k is not a whole number >= 1, or rankConstant is not a number >= 0
 * @see Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms Condorcet and individual rank learning methods", 2009
 */
export function reciprocalRankFusion(
  rankings: readonly Pick<ScoredIds, 'k' | 'ids' | 'found'>[],
  k: number,
  { rankConstant = 60 }: ReciprocalRankFusionOptions = {},
): ScoredIds {
  const where = 'reciprocalRankFusion';
  checkWhole(where, 'k', k, 1);
  checkNonNegative(where, 'rankConstant', rankConstant);
  if (rankings.length === 0) refuse(where, 'there must be a ranking', 'none');
  const queries = rankings[0].found.length;
  for (const { found } of rankings) checkEqual(where, 'queries of each ranking', found.length, queries);
  const best = {
    k,
    ids: new Uint32Array(queries * k),
    scores: new Float32Array(queries * k),
    found: new Uint32Array(queries),
  };
  for (let q = 0; q < queries; q++) {
    const lists = rankings.map(({ k: room, ids, found }) => ids.subarray(q * room, q * room + found[q]));
    const scores = fusedScores(lists, { k: rankConstant });
    const ordered = [...scores].sort(([a, x], [b, y]) => y - x || a - b).slice(0, k);
    ordered.forEach(([id, score], e) => {
      best.ids[q * k + e] = id;
      best.scores[q * k + e] = score;
    });
    best.found[q] = ordered.length;
  }
  return best;
}
