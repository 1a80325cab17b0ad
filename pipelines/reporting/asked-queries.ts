import type { DataFolder, Split } from '../../src/formats/data-folder.ts';
import { readBeirRecords } from '../../src/formats/beir.ts';

/** What a file of queries says of those that are asked, in the split's order. */
export interface AskedQueries {
  readonly ids: readonly string[];
  readonly texts: readonly string[];
  /** by field of `metadata`, a value a query: that of a string, a number or a boolean, and `none` elsewhere */
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

export async function askedQueries({ queries }: DataFolder, split: Split): Promise<AskedQueries> {
  const { names, ofRow } = queries.names;
  const ids = Array.from(split.queries, (row) => names[ofRow[row]]);
  const places = new Map(ids.map((id, q) => [id, q]));
  const texts = ids.map(() => '');
  const fields = new Map<string, string[]>();
  for await (const { id, text, metadata } of readBeirRecords(queries.path)) {
    const q = places.get(id);
    if (q === undefined) continue;
    texts[q] = text;
    for (const [name, value] of metadata) {
      if (!['string', 'number', 'boolean'].includes(typeof value)) continue;
      const values = fields.get(name) ?? ids.map(() => 'none');
      fields.set(name, values);
      values[q] = String(value);
    }
  }
  return { ids, texts, fields };
}
