import { waysOf } from './adapter.ts';
import type { Kind } from './answer.ts';
import type { ReferenceCase } from './case.ts';
import { compareMeasures } from './compare-measures.ts';
import { compare, type Comparison } from './compare.ts';
import { compareTuples } from './compare-tuples.ts';

/** A case held against every way ours has to say it. What a way throws is a failure. */
export async function checkCase(given: ReferenceCase): Promise<Comparison> {
  const ways = waysOf(given.loss);
  if (ways.length === 0) return { failures: [`nothing of ours is a ${given.loss}`], notes: [] };
  const found = await Promise.all(ways.map((way) => compared(given, way)));
  return {
    failures: found.flatMap(({ failures }) => failures),
    notes: [...new Set(found.flatMap(({ notes }) => notes))],
  };
}

async function compared(given: ReferenceCase, way: Kind): Promise<Comparison> {
  try {
    const answer = await way(given);
    if ('tuples' in answer) return compareTuples(given, answer);
    return 'measures' in answer ? compareMeasures(given, answer) : compare(given, answer);
  } catch (error) {
    return { failures: [String(error)], notes: [] };
  }
}
