import { checkWhole, refuse } from '../core/check.ts';
import type { FileRecord } from './json-records.ts';
import { brief, readRecords } from './records.ts';

export interface ReadTextsOptions {
  /** Texts of each chunk but the last. @default 4096 */
  readonly chunkRows?: number;
}

/** Whether a file is one of texts, by its name: .jsonl, .jsonl.gz or .parquet. */
export function isTextFile(path: string): boolean {
  return /\.(jsonl(\.gz)?|parquet)$/.test(path);
}

/**
 * The texts of a .jsonl (or .gz) or .parquet file in chunks: `title`, where there is one, and `text`, as in BEIR's corpus.jsonl and
 * queries.jsonl. A text may be empty. Other fields are passed over.
 *
 * @throws RangeError that names the file and the line or row if a record has neither, or something else than a string there
 */
export async function* readTexts(
  path: string,
  { chunkRows = 4096 }: ReadTextsOptions = {},
): AsyncGenerator<string[], void, undefined> {
  checkWhole('readTexts', 'chunkRows', chunkRows, 1);
  let texts: string[] = [];
  for await (const record of readRecords(path)) {
    texts.push(textOf(record));
    if (texts.length < chunkRows) continue;
    yield texts;
    texts = [];
  }
  if (texts.length > 0) yield texts;
}

/** A document's title and its text as one text. */
export function titled(title: string, text: string): string {
  return `${title} ${text}`.trim();
}

function textOf({ fields, where }: FileRecord): string {
  const [title, text] = [fields.get('title') ?? undefined, fields.get('text')];
  if (title === undefined && text === undefined)
    return refuse(where, 'must have a text', [...fields.keys()].join(', ') || 'no field');
  return titled(stringOf(where, 'title', title), stringOf(where, 'text', text));
}

function stringOf(where: string, name: string, value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : refuse(where, `${name} must be a string`, brief(value));
}
