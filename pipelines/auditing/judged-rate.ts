import { refuse } from '../../src/core/check.ts';
import { readLines } from '../../src/formats/lines.ts';
import { stratifiedRate } from '../../src/metrics/stratified-rate.ts';
import { type DrawnSample, drawSample, keyOf, type SampleDesign } from './drawn-sample.ts';
import { fieldsOf, numberAt, parsed, textAt } from './explained-file.ts';

/** What the judgments of a drawn sample come to. */
export interface JudgedRate {
  /** the share of the kept negatives that are none */
  readonly rate: number;
  readonly interval: readonly [low: number, high: number];
  readonly judged: number;
  readonly falseNegatives: number;
  /** rows of the sample without a judgment */
  readonly unjudged: number;
  /** judged rows that are not of the sample: they tell nothing of the rate, and are left out */
  readonly outside: number;
  readonly strata: readonly {
    readonly population: number;
    readonly judged: number;
    readonly positive: number;
  }[];
}

/** What the first line of a sample holds. */
export const HEADER = 'nearmiss_audit';

/**
 * Draws the sample of a judged file again and takes the rate from the judgments of its rows alone, weighted by stratum.
 *
 * @throws RangeError if the file is not such a sample of this one, a row is judged twice or otherwise than true or false, or a stratum has no judgment
 */
export async function judgedRate(explained: string, path: string): Promise<JudgedRate> {
  const judgments = new Map<string, boolean>();
  let drawn: DrawnSample | undefined;
  let number = 0;
  for await (const line of readLines(path)) {
    number++;
    if (line.trim() === '') continue;
    const where = `${path} line ${number}`;
    const fields = fieldsOf(parsed(line), where);
    if (fields.has(HEADER)) {
      drawn = await drawnAgain(explained, fieldsOf(fields.get(HEADER), where), where);
      continue;
    }
    const key = keyOf({
      query: textAt(fields, 'query', where),
      positive: textAt(fields, 'positive', where),
      candidate: textAt(fields, 'candidate', where),
    });
    const judgment = fields.get('false_negative');
    if (judgment === null || judgment === undefined) continue;
    if (judgment !== true && judgment !== false && judgment !== 1 && judgment !== 0)
      refuse(where, 'false_negative must be true, false or null', JSON.stringify(judgment));
    if (judgments.has(key)) refuse(where, 'a row must be judged once', `${key} again`);
    judgments.set(key, Boolean(judgment));
  }
  if (drawn === undefined)
    return refuse(path, 'must have the line that says how the sample was drawn, its first', 'none');
  const strata = drawn.populations.map((population) => ({ population, judged: 0, positive: 0 }));
  let unjudged = 0;
  for (const row of drawn.rows) {
    const judgment = judgments.get(keyOf(row));
    judgments.delete(keyOf(row));
    if (judgment === undefined) {
      unjudged++;
      continue;
    }
    strata[row.stratum].judged++;
    if (judgment) strata[row.stratum].positive++;
  }
  const bare = strata.findIndex(({ population, judged }) => population > 0 && judged === 0);
  if (bare >= 0) refuse(path, `stratum ${bare} must have a judged row of the sample`, 'none');
  return {
    ...stratifiedRate(strata),
    judged: strata.reduce((sum, { judged }) => sum + judged, 0),
    falseNegatives: strata.reduce((sum, { positive }) => sum + positive, 0),
    unjudged,
    outside: judgments.size,
    strata,
  };
}

async function drawnAgain(
  explained: string,
  header: ReadonlyMap<string, unknown>,
  where: string,
): Promise<DrawnSample> {
  const drawn = await drawSample(explained, {
    size: numberAt(header, 'size', where),
    edges: numbersAt(header, 'edges', where),
    seed: numberAt(header, 'seed', where),
  });
  const before = numbersAt(header, 'populations', where);
  if (before.join() !== drawn.populations.join())
    refuse(where, `must be of a sample of ${explained}`, `one of strata of ${before.join(', ')}`);
  return drawn;
}

function numbersAt(fields: ReadonlyMap<string, unknown>, name: string, where: string): number[] {
  const value = fields.get(name);
  if (!Array.isArray(value)) return refuse(where, `${name} must be numbers`, JSON.stringify(value));
  const numbers = value.map(Number);
  numbers.forEach((each) => Number.isFinite(each) || refuse(where, `${name} must be numbers`, each));
  return numbers;
}

/** The first line of a sample. */
export function headerOf({ size, edges, seed }: SampleDesign, { populations }: DrawnSample): object {
  return { [HEADER]: { size, edges, seed, populations } };
}
