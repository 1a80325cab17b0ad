import { refuse } from '../core/check.ts';
import { readBeirRecords } from './beir.ts';
import { readLines } from './lines.ts';

/** What a file says of each query, by the name of the field. */
export interface QueryFields {
  readonly path: string;
  /** in the order of the file */
  readonly fields: readonly string[];
  /** by query; a field that a query does not have is absent */
  readonly of: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/**
 * Fields of queries: the `metadata` of a BEIR .jsonl, or a table with tabs between whose first line names the columns, the first being the
 * query; either plain or .gz. Values are texts or numbers; of metadata what is neither is left out.
 *
 * @throws RangeError that names the file and the line if it is something else or has a query twice
 */
export async function readQueryFields(path: string): Promise<QueryFields> {
  const of = new Map<string, ReadonlyMap<string, string>>();
  const names = new Set<string>();
  const rows = /\.jsonl(\.gz)?$/.test(path) ? ofRecords(path) : ofTable(path);
  for await (const { query, where, values } of rows) {
    if (of.has(query)) refuse(where, 'each query must come once', `'${query}' again`);
    of.set(query, values);
    for (const name of values.keys()) names.add(name);
  }
  if (of.size === 0) refuse(path, 'must have a query', 'none');
  return { path, fields: [...names], of };
}

interface Row {
  readonly query: string;
  readonly where: string;
  readonly values: ReadonlyMap<string, string>;
}

async function* ofRecords(path: string): AsyncGenerator<Row, void, undefined> {
  let record = 0;
  for await (const { id, metadata } of readBeirRecords(path)) {
    record++;
    const values = new Map<string, string>();
    for (const [name, value] of metadata)
      if (typeof value === 'string' || typeof value === 'number') values.set(name, String(value));
    yield { query: id, where: `${path} record ${record}`, values };
  }
}

async function* ofTable(path: string): AsyncGenerator<Row, void, undefined> {
  let line = 0;
  let heading: readonly string[] | undefined;
  for await (const text of readLines(path)) {
    line++;
    if (text.trim() === '') continue;
    const cells = text.split('\t');
    const where = `${path} line ${line}`;
    if (heading === undefined) {
      if (cells.length < 2 || new Set(cells).size < cells.length)
        refuse(
          where,
          'must name a column for the query and one or more fields, each once, tabs between',
          text,
        );
      heading = cells;
      continue;
    }
    if (cells.length !== heading.length)
      refuse(where, `must have ${heading.length} fields with tabs between`, cells.length);
    yield {
      query: cells[0],
      where,
      values: new Map(
        heading.slice(1).flatMap((name, i) => (cells[i + 1] === '' ? [] : [[name, cells[i + 1]]])),
      ),
    };
  }
}
