import { refuse } from '../core/check.ts';
import { readLineChunks } from './lines.ts';

/** A record of a file, and where it stands, for whoever finds fault with it. */
export interface FileRecord {
  /** a Map, since a JSON object may have a field named `constructor` */
  readonly fields: ReadonlyMap<string, unknown>;
  /** `pairs.jsonl line 7` */
  readonly where: string;
}

/**
 * The objects of a .jsonl file, plain or .gz, a piece of the file at a time; blank lines are passed over.
 *
 * @throws RangeError that names the file and the line if one is no JSON object
 */
export async function* readJsonRecords(path: string): AsyncGenerator<FileRecord, void, undefined> {
  let number = 0;
  for await (const lines of readLineChunks(path)) {
    for (const line of lines) {
      number++;
      if (line.trim() === '') continue;
      const where = `${path} line ${number}`;
      yield { fields: entriesOf(parseObject(line, where)), where };
    }
  }
}

export function entriesOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
}

function parseObject(line: string, where: string): object {
  const value = parse(line);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  return refuse(where, 'must be a JSON object', line.length > 40 ? `${line.slice(0, 40)}…` : line);
}

/** undefined where it is not JSON */
function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
