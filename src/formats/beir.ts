import { refuse } from '../core/check.ts';
import { entriesOf, ownField, readJsonLines } from './json-records.ts';
import { readLineChunks } from './lines.ts';

/** A line of a BEIR corpus.jsonl or queries.jsonl: its name and what else nearmiss makes use of. */
export interface BeirRecord {
  readonly id: string;
  readonly text: string;
  /** `metadata`, as it stands */
  readonly metadata: ReadonlyMap<string, unknown>;
}

/** A line of a BEIR qrels file. */
export interface BeirJudgment {
  readonly query: string;
  readonly document: string;
  readonly grade: number;
  /** where it stands, for whoever finds fault with it: `qrels/test.tsv line 7` */
  readonly where: string;
}

/** The same before anything is made of it. */
export interface BeirLine {
  readonly id: string;
  readonly text: unknown;
  readonly metadata: unknown;
}

/**
 * The records of a .jsonl file, plain or .gz.
 *
 * @throws RangeError that names the file and the line if one is not a JSON object with a string `_id`
 */
export async function* readBeirRecords(path: string): AsyncGenerator<BeirRecord, void, undefined> {
  for await (const lines of readBeirLines(path)) {
    for (const { id, text, metadata } of lines)
      yield { id, text: typeof text === 'string' ? text : '', metadata: entriesOf(metadata) };
  }
}

/** The same as they stand, those of a piece of the file at a time. @throws as `readBeirRecords` */
export async function* readBeirLines(path: string): AsyncGenerator<readonly BeirLine[], void, undefined> {
  for await (const lines of readJsonLines(path)) {
    yield lines.map(({ value, line }) => {
      const id = ownField(value, '_id');
      if (typeof id !== 'string' || id === '')
        return refuse(`${path} line ${line}`, '_id must be a string that is not empty', JSON.stringify(id));
      return { id, text: ownField(value, 'text'), metadata: ownField(value, 'metadata') };
    });
  }
}

/**
 * The judgments of a qrels/SPLIT.tsv: a header line or none, then query, document and a whole-number grade, tabs between.
 *
 * @throws RangeError that names the file and the line if one has other fields
 */
export async function* readBeirQrels(path: string): AsyncGenerator<BeirJudgment, void, undefined> {
  for await (const lines of readQrelsLines(path))
    for (const { line, ...judgment } of lines) yield { ...judgment, where: `${path} line ${line}` };
}

/** A judgment, and the number of its line. */
export type QrelsLine = Omit<BeirJudgment, 'where'> & { readonly line: number };

/** The same, those of a piece of the file at a time. @throws as `readBeirQrels` */
export async function* readQrelsLines(path: string): AsyncGenerator<readonly QrelsLine[], void, undefined> {
  let line = 0;
  for await (const texts of readLineChunks(path)) {
    const found: QrelsLine[] = [];
    for (const text of texts) {
      line++;
      if (text.trim() === '') continue;
      const where = (): string => `${path} line ${line}`;
      const fields = text.split('\t');
      if (fields.length !== 3) refuse(where(), 'must have 3 fields with tabs between', fields.length);
      const [query, document, score] = fields;
      if (line === 1 && Number.isNaN(Number(score))) continue;
      const grade = Number(score);
      if (score.trim() === '' || !Number.isInteger(grade))
        refuse(where(), 'score must be a whole number', JSON.stringify(score));
      found.push({ query, document, grade, line });
    }
    yield found;
  }
}
