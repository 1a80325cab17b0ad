import { refuse } from '../../src/core/check.ts';
import { readLines } from '../../src/formats/lines.ts';

/** A pair of a file that `nearmiss mine --explain` wrote, as far as an audit needs it. */
export interface AuditedPair {
  readonly query: string;
  readonly positive: string;
  readonly positiveScore: number;
  readonly candidates: readonly AuditedCandidate[];
}

export interface AuditedCandidate {
  readonly id: string;
  readonly score: number;
  readonly verdict: string;
  /** of what is kept: its cosine to the positive */
  readonly toPositive?: number;
}

/**
 * The pairs of such a file, one after the other.
 *
 * @throws RangeError that names the line if one is none
 */
export async function* readExplained(path: string): AsyncGenerator<AuditedPair, void, undefined> {
  let number = 0;
  for await (const line of readLines(path)) {
    number++;
    if (line.trim() === '') continue;
    const where = `${path} line ${number}`;
    const pair = fieldsOf(parsed(line), where);
    const listed = pair.get('candidates');
    if (!Array.isArray(listed)) refuse(where, 'must be a line that mine --explain wrote', line.slice(0, 40));
    const entries: readonly unknown[] = listed;
    yield {
      query: textAt(pair, 'query', where),
      positive: textAt(pair, 'positive', where),
      positiveScore: numberAt(pair, 'positive_score', where),
      candidates: entries.map((entry) => {
        const fields = fieldsOf(entry, where);
        return {
          id: textAt(fields, 'id', where),
          score: numberAt(fields, 'score', where),
          verdict: textAt(fields, 'verdict', where),
          toPositive: fields.has('to_positive') ? numberAt(fields, 'to_positive', where) : undefined,
        };
      }),
    };
  }
}

export function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

export function fieldsOf(value: unknown, where: string): ReadonlyMap<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return new Map(Object.entries(value));
  return refuse(where, 'must be a JSON object', JSON.stringify(value));
}

export function textAt(fields: ReadonlyMap<string, unknown>, name: string, where: string): string {
  const value = fields.get(name);
  return typeof value === 'string' ? value : refuse(where, `${name} must be a string`, JSON.stringify(value));
}

export function numberAt(fields: ReadonlyMap<string, unknown>, name: string, where: string): number {
  const value = fields.get(name);
  return typeof value === 'number' ? value : refuse(where, `${name} must be a number`, JSON.stringify(value));
}
