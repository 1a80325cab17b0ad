import { refuse } from '../core/check.ts';
import { readLineChunks } from './lines.ts';

/** A record of a file, and where it stands, for whoever finds fault with it. */
export interface FileRecord {
  /** a Map, since a JSON object may have a field named `constructor` */
  readonly fields: ReadonlyMap<string, unknown>;
  /** `pairs.jsonl line 7` */
  readonly where: string;
}

/** An object of a file, and the number of its line. */
export interface JsonLine {
  readonly value: object;
  readonly line: number;
}

/**
 * The objects of a .jsonl file, plain or .gz, those of a piece of the file at a time; blank lines are passed over.
 *
 * @throws RangeError that names the file and the line if one is no JSON object
 */
export async function* readJsonLines(path: string): AsyncGenerator<readonly JsonLine[], void, undefined> {
  let line = 0;
  for await (const texts of readLineChunks(path)) {
    const found: JsonLine[] = [];
    for (const text of texts) {
      line++;
      if (text.trim() !== '') found.push({ value: parseObject(text, path, line), line });
    }
    yield found;
  }
}

/** The same as records, one at a time. @throws as `readJsonLines` */
export async function* readJsonRecords(path: string): AsyncGenerator<FileRecord, void, undefined> {
  for await (const lines of readJsonLines(path))
    for (const { value, line } of lines) yield { fields: entriesOf(value), where: `${path} line ${line}` };
}

/** A field of an object's own, of anything else undefined: an object may have a field named `constructor`, and has one that it inherits. */
export function ownField(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

export function entriesOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
}

function parseObject(text: string, path: string, line: number): object {
  const value = parse(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  const got = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return refuse(`${path} line ${line}`, 'must be a JSON object', got);
}

/** undefined where it is not JSON */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
