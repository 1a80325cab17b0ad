import { refuse } from '../core/check.ts';
import { entriesOf, readJsonRecords } from './json-records.ts';
import { readLines } from './lines.ts';

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

/**
 * The records of a .jsonl file, plain or .gz.
 *
 * @throws RangeError that names the file and the line if one is not a JSON object with a string `_id`
 */
export async function* readBeirRecords(path: string): AsyncGenerator<BeirRecord, void, undefined> {
  for await (const { fields, where } of readJsonRecords(path)) {
    const id = fields.get('_id');
    if (typeof id !== 'string' || id === '')
      refuse(where, '_id must be a string that is not empty', JSON.stringify(id));
    const text = fields.get('text');
    yield { id, text: typeof text === 'string' ? text : '', metadata: entriesOf(fields.get('metadata')) };
  }
}

/**
 * The judgments of a qrels/SPLIT.tsv: a header line or none, then query, document and a whole-number grade, tabs between.
 *
 * @throws RangeError that names the file and the line if one has other fields
 */
export async function* readBeirQrels(path: string): AsyncGenerator<BeirJudgment, void, undefined> {
  let number = 0;
  for await (const line of readLines(path)) {
    number++;
    const fields = line.split('\t');
    if (line.trim() === '') continue;
    const where = `${path} line ${number}`;
    if (fields.length !== 3) refuse(where, 'must have 3 fields with tabs between', fields.length);
    const [query, document, score] = fields;
    if (number === 1 && Number.isNaN(Number(score))) continue;
    const grade = Number(score);
    if (score.trim() === '' || !Number.isInteger(grade))
      refuse(where, 'score must be a whole number', JSON.stringify(score));
    yield { query, document, grade, where };
  }
}
