import type { MinedAnswer } from './answer.ts';
import type { ReferenceCase } from './case.ts';
import type { Comparison } from './compare.ts';

/** Beyond this, what two float64 systems have between the same rows is not the same. */
const TOLERANCE = 1e-9;

type Columns = readonly ArrayLike<number>[];

/**
 * The tuples of an answer against those of a case: in order where the source defines one, and else as sets. Where it does not, of equally
 * far tuples any may be kept: then what is kept must be as far as what the source keeps.
 */
export function compareTuples({ mined }: ReferenceCase, { tuples, between }: MinedAnswer): Comparison {
  const failures = mined.tuples.flatMap((due, l) => {
    const [theirs, ours] = [written(due), written(tuples[l])];
    if (mined.ordered) return firstDifference(theirs, ours);
    const difference = firstDifference(theirs.sort(), ours.sort());
    const distances = [...Array(tuples[l][0].length).keys()].flatMap((t) =>
      tuples[l].slice(1).map((others) => between(tuples[l][0][t], others[t])),
    );
    return difference.length > 0 && sameNumbers(mined.kept?.[l] ?? [], distances) ? [] : difference;
  });
  return { failures, notes: [] };
}

/** Each tuple of a list in a word. */
function written(columns: Columns): string[] {
  return Array.from(columns[0], (anchor, t) =>
    [anchor, ...columns.slice(1).map((others) => others[t])].join(' '),
  );
}

function firstDifference(due: readonly string[], found: readonly string[]): string[] {
  const most = Math.max(due.length, found.length);
  for (let t = 0; t < most; t++) {
    if (due[t] !== found[t]) {
      return [`tuple ${t} of ${due.length}: expected ${due[t] ?? 'none'}, got ${found[t] ?? 'none'}`];
    }
  }
  return [];
}

function sameNumbers(due: readonly number[], found: readonly number[]): boolean {
  const [theirs, ours] = [due, found].map((numbers) => Float64Array.from(numbers).sort());
  return (
    theirs.length === ours.length &&
    ours.every((number, e) => Math.abs(number - theirs[e]) <= TOLERANCE * Math.max(1, Math.abs(theirs[e])))
  );
}
