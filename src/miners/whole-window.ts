import type { Views } from '../core/batches.ts';
import { similarityAt } from '../distances/distance.ts';
import type { Searchable } from '../neighbors/flat.ts';
import type { Candidates, FilteredQuery, Verdict } from './candidate-filter.ts';
import { firstLook, type Mining } from './mining-options.ts';

/**
 * The rows nearest to each anchor with nothing left out: what is right for it and what is too near among them. As many as a miner
 * looks at first.
 */
export async function wholeWindow(
  index: Searchable,
  mining: Mining,
  views: Views,
  queries: readonly FilteredQuery[],
): Promise<readonly Candidates[]> {
  const byClass = mining.filter.sameClass === 'drop' && views.labels !== undefined;
  const found = await index.search(views.anchors, firstLook(mining, false));
  return queries.map(({ positive, known = [], label }, q) => {
    const start = q * found.k;
    const ids = found.ids.subarray(start, start + found.found[q]);
    const classes = byClass ? index.read(ids).classes : undefined;
    const right = new Set([positive, ...Array.from(known)]);
    let rank = 0;
    return {
      ids,
      scores: Float64Array.from(ids, (_, c) => similarityAt(index.distance, found.distances[start + c])),
      ranks: ids.map((id, c) => (right.has(id) || (byClass && classes?.[c] === label) ? 0 : ++rank)),
      classes,
    };
  });
}

/** Candidates and their verdicts with those of the window that are not among them, best first. */
export function withWindow(
  list: { readonly candidates: Candidates; readonly verdicts: readonly Verdict[] },
  window: Candidates,
  verdicts: readonly Verdict[],
): { readonly candidates: Candidates; readonly verdicts: readonly Verdict[] } {
  const own = new Set(list.candidates.ids);
  const all = [
    ...entriesOf(list.candidates, list.verdicts),
    // what may be a negative and was not looked at was not needed
    ...entriesOf(window, verdicts)
      .filter(({ id }) => !own.has(id))
      .map((entry) => (entry.verdict === 'kept' ? { ...entry, verdict: 'not-drawn' as const } : entry)),
  ].sort((a, b) => b.score - a.score || a.id - b.id);
  return {
    candidates: {
      ids: Uint32Array.from(all, ({ id }) => id),
      scores: Float64Array.from(all, ({ score }) => score),
      ranks: Uint32Array.from(all, ({ rank }) => rank),
    },
    verdicts: all.map(({ verdict }) => verdict),
  };
}

function entriesOf({ ids, scores, ranks }: Candidates, verdicts: readonly Verdict[]) {
  return Array.from(ids, (id, c) => ({ id, score: scores[c], rank: ranks[c], verdict: verdicts[c] }));
}
