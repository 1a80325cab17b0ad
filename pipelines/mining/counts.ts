import type { Candidates, Verdict } from '../../src/miners/candidate-filter.ts';
import type { CandidateList } from '../../src/miners/candidate-lists.ts';
import type { PairBatch } from '../../src/streams/batches.ts';

/** A batch of pairs and what became of their candidates. */
export interface MinedBatch {
  readonly pairs: PairBatch;
  readonly lists: readonly CandidateList[];
}

/** What is counted of a batch; of several it adds up. */
export interface Counts {
  readonly pairs: number;
  readonly negatives: number;
  /** pairs that have fewer negatives than asked */
  readonly unmet: number;
  /** rows written */
  readonly rows: number;
  /** how many candidates each filter turned down, of those that are listed; `too-near`: rows a search passed over, unlisted */
  readonly turnedDown: Readonly<Record<string, number>>;
}

export const NONE: Counts = { pairs: 0, negatives: 0, unmet: 0, rows: 0, turnedDown: {} };

export function added(a: Counts, b: Counts): Counts {
  const turnedDown = { ...a.turnedDown };
  for (const [verdict, count] of Object.entries(b.turnedDown))
    turnedDown[verdict] = (turnedDown[verdict] ?? 0) + count;
  return {
    pairs: a.pairs + b.pairs,
    negatives: a.negatives + b.negatives,
    unmet: a.unmet + b.unmet,
    rows: a.rows + b.rows,
    turnedDown,
  };
}

/** From the summary of a piece. */
export function readCounts(summary: unknown): Counts {
  return { ...NONE, ...(typeof summary === 'object' ? summary : {}) };
}

export function countsOf({ lists }: MinedBatch, asked: number, rows: number): Counts {
  const verdicts: Partial<Record<Verdict, number>> = {};
  let tooNear = 0;
  let unmet = 0;
  for (const { candidates, verdicts: each } of lists) {
    for (const verdict of each) verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
    if (each.filter((verdict) => verdict === 'kept').length < asked) unmet++;
    tooNear += passedOver(candidates);
  }
  const { kept = 0, 'not-drawn': _, ...turnedDown } = verdicts;
  return {
    pairs: lists.length,
    negatives: kept,
    unmet,
    rows,
    turnedDown: { ...(tooNear > 0 && { 'too-near': tooNear }), ...turnedDown },
  };
}

/** How many rows are nearer than the farthest that is listed, and are not listed: those a search passed over. */
export function passedOver({ ranks }: Candidates): number {
  let [listed, farthest] = [0, 0];
  for (const rank of ranks) {
    if (rank > 0) listed++;
    farthest = Math.max(farthest, rank);
  }
  return farthest - listed;
}
