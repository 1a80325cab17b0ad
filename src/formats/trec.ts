import { refuse } from '../core/check.ts';
import type { Interned } from '../core/interned.ts';
import { decimal } from './decimal.ts';
import { type Column, type Entries, EntryColumns } from './entries.ts';
import { FieldLines, isSpace } from './field-lines.ts';
import { readPieces } from './lines.ts';
import { NestedJson } from './nested-json.ts';

/** A run, and what it calls itself. */
export interface Run extends Entries<Float32Array | Float64Array> {
  /** the last field of its last line; of JSON, which has none, the path */
  readonly tag: string;
}

/** Query, document, and a grade or a score. */
export type QueryScores = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Where a format of lines has what: fields count from 0. */
interface Layout {
  readonly form: string;
  readonly fields: number;
  /** whether others may follow */
  readonly more: boolean;
  /** whether fields end at tabs and nowhere else */
  readonly tabs: boolean;
  /** whether the first line may be a heading */
  readonly heading: boolean;
  readonly document: number;
  readonly value: number;
  readonly tag?: number;
}

const RUN: Layout = {
  form: '6 fields (query Q0 document rank score tag)',
  fields: 6,
  more: true,
  tabs: false,
  heading: false,
  document: 2,
  value: 4,
  tag: 5,
};

const QRELS: Layout = {
  form: '4 fields (query 0 document grade)',
  fields: 4,
  more: false,
  tabs: false,
  heading: false,
  document: 2,
  value: 3,
};

const BEIR_QRELS: Layout = {
  form: '3 fields with tabs between (query document grade)',
  fields: 3,
  more: false,
  tabs: true,
  heading: true,
  document: 1,
  value: 2,
};

/** What a file's numbers are. */
interface Kind<Values extends Column> {
  readonly layouts: readonly [Layout, ...Layout[]];
  readonly must: string;
  is(value: number): boolean;
  make(length: number): Values;
}

const GRADES: Kind<Int32Array> = {
  layouts: [QRELS, BEIR_QRELS],
  must: 'the grade must be a whole number',
  is: (value) => (value | 0) === value,
  make: (length) => new Int32Array(length),
};

const SCORES: Kind<Float32Array> = {
  layouts: [RUN],
  must: 'the score must be a finite number',
  is: Number.isFinite,
  make: (length) => new Float32Array(length),
};

const SCORES_64: Kind<Float64Array> = { ...SCORES, make: (length) => new Float64Array(length) };

/**
 * The judgments of a file, whole numbers: lines of TREC, `query 0 document grade`, lines of BEIR,
 * `query\tdocument\tgrade` with or without a heading, or JSON, {"query": {"document": grade}}; plain or gzip. Or those of a map.
 *
 * @throws RangeError that names the file and the line if it is something else, or has a document a second time
 */
export async function readQrels(from: string | QueryScores, queries: Interned): Promise<Entries<Int32Array>> {
  const { entries } = await read('qrels', from, GRADES, queries);
  return entries;
}

/**
 * The scores of a file, as float32 unless float64 is asked for, in any order: lines of TREC, `query Q0 document rank score tag`, where the rank says
 * nothing and more fields may follow, or JSON, {"query": {"document": score}}; plain or gzip.
 *
 * @throws RangeError that names the file and the line if it is something else, or has a document a second time
 */
export async function readRun(
  from: string | QueryScores,
  queries: Interned,
  { float64 = false } = {},
): Promise<Run> {
  const { entries, tag } = await (float64
    ? read('run', from, SCORES_64, queries)
    : read('run', from, SCORES, queries));
  return { ...entries, tag: tag ?? (typeof from === 'string' ? from : 'run') };
}

interface Reader {
  write(piece: Uint8Array): void;
  /** the last line's tag, where lines have one */
  end(): string | undefined;
}

const BRACE = 0x7b;

async function read<Values extends Column>(
  what: string,
  from: string | QueryScores,
  kind: Kind<Values>,
  queries: Interned,
): Promise<{ readonly entries: Entries<Values>; readonly tag: string | undefined }> {
  if (typeof from !== 'string') return { entries: entriesOf(what, from, kind, queries), tag: undefined };
  const path = from;
  const columns = new EntryColumns(path, queries, kind.make);
  let reader: Reader | undefined;
  for await (const piece of readPieces(path)) {
    reader ??=
      piece.find((byte) => !isSpace(byte)) === BRACE
        ? nestedJson(path, kind, queries, columns)
        : lines(path, kind, queries, columns);
    reader.write(piece);
  }
  const tag = reader?.end();
  return { entries: columns.grouped(), tag };
}

function entriesOf<Values extends Column>(
  what: string,
  from: QueryScores,
  { is, must, make }: Kind<Values>,
  queries: Interned,
): Entries<Values> {
  const columns = new EntryColumns(what, queries, make);
  const encoder = new TextEncoder();
  let count = 0;
  for (const [query, documents] of from) {
    const name = encoder.encode(query);
    const id = queries.intern(name, 0, name.length);
    for (const [document, value] of documents) {
      if (!is(value)) refuse(`${what}: query ${query}, document ${document}`, must, value);
      const bytes = encoder.encode(document);
      columns.add(id, bytes, 0, bytes.length, value, ++count);
    }
  }
  return columns.grouped();
}

function nestedJson<Values extends Column>(
  path: string,
  { is, must }: Kind<Values>,
  queries: Interned,
  columns: EntryColumns<Values>,
): Reader {
  const json = new NestedJson(path, (query, document, value, line) => {
    if (!is(value)) refuse(`${path} line ${line}`, must, value);
    columns.add(queries.intern(query, 0, query.length), document, 0, document.length, value, line);
  });
  return {
    write: (piece) => json.write(piece),
    end: () => {
      json.end();
      return undefined;
    },
  };
}

function lines<Values extends Column>(
  path: string,
  { layouts, is, must }: Kind<Values>,
  queries: Interned,
  columns: EntryColumns<Values>,
): Reader {
  let layout = layouts[0];
  const [tabbed] = layouts.filter(({ tabs }) => tabs);
  /** of the last line that has fields */
  let lastBytes: Uint8Array = new Uint8Array(0);
  let lastBounds: Uint32Array = new Uint32Array(0);
  const isTabbed = (spaced: number, count: number): boolean => {
    const tabs = tabbed !== undefined && spaced !== layout.fields && count === tabbed.fields;
    if (tabs) layout = tabbed;
    return tabs;
  };
  const reader = new FieldLines(path, isTabbed, (bytes, bounds, count, line) => {
    const { form, fields, more, heading, document, value } = layout;
    if (count < fields || (count > fields && !more))
      refuse(`${path} line ${line}`, `must have ${form}`, count);
    const number = decimal(bytes, bounds[2 * value], bounds[2 * value + 1]);
    if (heading && line === 1 && Number.isNaN(number)) return;
    if (!is(number)) {
      const got = bytes.subarray(bounds[2 * value], bounds[2 * value + 1]);
      refuse(`${path} line ${line}`, must, JSON.stringify(new TextDecoder().decode(got)));
    }
    const query = queries.intern(bytes, bounds[0], bounds[1]);
    columns.add(query, bytes, bounds[2 * document], bounds[2 * document + 1], number, line);
    lastBytes = bytes;
    lastBounds = bounds;
  });
  return {
    write: (piece) => reader.write(piece),
    end: () => {
      reader.end();
      const { tag } = layout;
      return tag === undefined
        ? undefined
        : new TextDecoder('utf-8', { ignoreBOM: true }).decode(
            lastBytes.subarray(lastBounds[2 * tag], lastBounds[2 * tag + 1]),
          );
    },
  };
}
