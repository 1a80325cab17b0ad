import { skippedBecause, waysOf } from './adapter.ts';
import type { ReferenceCase } from './case.ts';
import { compare, type Comparison } from './compare.ts';
import { compareTuples } from './compare-tuples.ts';

export interface Outcome extends Comparison {
  readonly skipped?: string;
}

/** A case held against every way ours has to say it. What a way throws is a failure. */
export function checkCase(given: ReferenceCase): Outcome {
  const skipped = skippedBecause(given.family);
  if (skipped !== undefined) return { skipped, failures: [], notes: [] };
  const ways = waysOf(given.loss);
  if (ways.length === 0) return { failures: [`nothing of ours is a ${given.loss}`], notes: [] };
  const found = ways.map((way): Comparison => {
    try {
      const answer = way(given);
      return 'tuples' in answer ? compareTuples(given, answer) : compare(given, answer);
    } catch (error) {
      return { failures: [String(error)], notes: [] };
    }
  });
  return {
    failures: found.flatMap(({ failures }) => failures),
    notes: [...new Set(found.flatMap(({ notes }) => notes))],
  };
}
