import { refuse } from '../core/check.ts';
import { entriesOf, type FileRecord } from './json-records.ts';
import { brief, readRecords } from './records.ts';

/** A text and one that is right for it. */
export interface TextPair {
  /** the record's own name, where it has one */
  readonly id?: string;
  readonly anchor: string;
  readonly positive: string;
  /** `pairs.jsonl line 7` */
  readonly where: string;
}

/** And some that are wrong for it, as many as its record has. */
export interface TextPairOrTriplet extends TextPair {
  readonly negatives: readonly string[];
}

/** And some that are wrong for it: one or more. */
export interface TextTriplet extends TextPair {
  readonly negatives: readonly string[];
}

export interface LabelledText {
  readonly id?: string;
  readonly text: string;
  /** strings and whole numbers may be labels, 5 and "5" being the same */
  readonly label: string;
  readonly where: string;
}

/**
 * Pairs of a .jsonl (or .gz) or .parquet file, as they are wanted: `anchor` (or `query`, `question`, `sentence1`) and `positive` (or `answer`,
 * `passage`, `sentence2`), and `id` where there is one. Other fields are passed over.
 *
 * @throws RangeError that names the file and the line or row if a record lacks one or has something else there
 */
export async function* readTextPairs(path: string): AsyncGenerator<TextPair, void, undefined> {
  for await (const record of readRecords(path)) yield pairOf(record);
}

/**
 * Triplets in such a file: pairs with `negative`, or `negative_1`, `negative_2` …, or a list `negatives`, whose members are texts.
 *
 * @throws RangeError as `readTextPairs`, or if a record has no negative
 */
export async function* readTextTriplets(path: string): AsyncGenerator<TextTriplet, void, undefined> {
  for await (const record of readRecords(path)) yield { ...pairOf(record), negatives: negativesOf(record) };
}

/**
 * Pairs in such a file, and the negatives of those that have any.
 *
 * @throws RangeError as `readTextPairs`, or if negatives are no texts
 */
export async function* readPairsAndTriplets(
  path: string,
): AsyncGenerator<TextPairOrTriplet, void, undefined> {
  for await (const record of readRecords(path))
    yield { ...pairOf(record), negatives: hasNegatives(record) ? negativesOf(record) : [] };
}

/**
 * Labelled texts in such a file: `text` (or `sentence`) and `label` (or `class`, `category`).
 *
 * @throws RangeError as `readTextPairs`
 */
export async function* readLabelledTexts(path: string): AsyncGenerator<LabelledText, void, undefined> {
  for await (const record of readRecords(path)) {
    const text = textAt(record, ['text', 'sentence']);
    yield {
      ...idOf(record),
      text,
      label: labelAt(record, ['label', 'class', 'category']),
      where: record.where,
    };
  }
}

function pairOf(record: FileRecord): TextPair {
  return {
    ...idOf(record),
    anchor: textAt(record, ['anchor', 'query', 'question', 'sentence1']),
    positive: textAt(record, ['positive', 'answer', 'passage', 'sentence2']),
    where: record.where,
  };
}

const NEGATIVE = /^negative(_\d+)?$/;

function hasNegatives({ fields }: FileRecord): boolean {
  if (fields.has('negatives')) return true;
  for (const name of fields.keys()) if (NEGATIVE.test(name)) return true;
  return false;
}

function negativesOf(record: FileRecord): readonly string[] {
  const { fields, where } = record;
  const list = fields.get('negatives');
  if (list !== undefined) {
    const texts = Array.from(entriesOf(list).values()).flatMap((each) => (isText(each) ? [each] : []));
    if (Array.isArray(list) && list.length > 0 && texts.length === list.length) return texts;
    return refuse(where, 'negatives must be a list of texts that are not empty', brief(list));
  }
  const names = [...fields.keys()].filter((name) => NEGATIVE.test(name));
  if (names.length === 0)
    refuse(where, 'must have negative, negative_1 … or negatives', [...fields.keys()].join(', '));
  return names.map((name) => textAt(record, [name]));
}

/** The first of some fields that is there. */
function fieldOf(
  { fields, where }: FileRecord,
  names: readonly string[],
): readonly [name: string, value: unknown] {
  const name = names.find((each) => fields.has(each));
  if (name === undefined)
    refuse(where, `must have ${names.join(' or ')}`, [...fields.keys()].join(', ') || 'no field');
  return [name, fields.get(name)];
}

function textAt(record: FileRecord, names: readonly string[]): string {
  const [name, value] = fieldOf(record, names);
  return isText(value)
    ? value
    : refuse(record.where, `${name} must be a text that is not empty`, brief(value));
}

function labelAt(record: FileRecord, names: readonly string[]): string {
  const [name, value] = fieldOf(record, names);
  if (isText(value) || typeof value === 'bigint' || Number.isSafeInteger(value)) return String(value);
  return refuse(record.where, `${name} must be a string that is not empty or a whole number`, brief(value));
}

function idOf(record: FileRecord): { readonly id?: string } {
  return record.fields.has('id') ? { id: labelAt(record, ['id']) } : {};
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
