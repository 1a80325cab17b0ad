import type { TopK } from '../kernels/kernels.ts';

/** Nearest rows by id, with the scores they were compared by. */
export interface ScoredIds {
  readonly k: number;
  /** queries × k; best first, undefined past `found` */
  readonly ids: Uint32Array;
  /** queries × k; `Distance.score` of each, the larger the closer, rounded to float32 */
  readonly scores: Float32Array;
  /** queries; how many there were to find, at most k */
  readonly found: Uint32Array;
}

/**
 * The k best rows of each query of all that were met, ties by id, which a search of further rows is merged into. A floor that is guessed for
 * each is one that no row below is met of.
 */
export function bestSoFar(
  queries: number,
  k: number,
  floors: Float32Array = new Float32Array(queries).fill(-Infinity),
) {
  const ids = new Uint32Array(queries * k);
  const scores = new Float32Array(queries * k);
  const found = new Uint32Array(queries);

  /** Takes `count` more of one query, best first; those of both lists that are past k go. */
  const merge = (q: number, count: number, more: TopK, from: number, idsOf: Uint32Array): void => {
    const ahead = (e: number, f: number): boolean =>
      scores[e] > more.scores[f] || (scores[e] === more.scores[f] && ids[e] < idsOf[more.rows[f]]);
    let [e, f] = [q * k + found[q] - 1, from + count - 1];
    const first = q * k;
    const surplus = found[q] + count - k;
    for (let drop = 0; drop < surplus; drop++) {
      if (f < from || (e >= first && !ahead(e, f))) e--;
      else f--;
    }
    found[q] = Math.min(k, found[q] + count);
    // from the last place on; what stands before the first that is new stays where it is
    for (let at = first + found[q] - 1; f >= from; at--) {
      if (e >= first && !ahead(e, f)) {
        ids[at] = ids[e];
        scores[at] = scores[e--];
      } else {
        ids[at] = idsOf[more.rows[f]];
        scores[at] = more.scores[f--];
      }
    }
    if (found[q] === k) floors[q] = scores[first + k - 1];
  };

  return {
    /** queries; what a row must score to be among them: the k-th best score, and what was guessed before there are k */
    floors,
    /** Merges what a search of rows under these ids found for queries from `first` on. */
    meet(more: TopK, first: number, idsOf: Uint32Array): void {
      const room = more.rows.length / more.found.length;
      for (let q = 0; q < more.found.length; q++) {
        if (more.found[q] > 0) merge(first + q, more.found[q], more, q * room, idsOf);
      }
    },
    best: { k, ids, scores, found } satisfies ScoredIds,
  };
}
