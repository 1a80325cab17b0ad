import { refuse } from '../../src/core/check.ts';
import type { Matrix } from '../../src/core/matrix.ts';
import { readLabels } from '../../src/formats/labels.ts';
import { allRows } from '../../src/formats/open-rows.ts';
import { openRows } from '../../src/formats/row-files.ts';
import { isTextFile } from '../../src/formats/text-chunks.ts';
import { readLabelledTexts } from '../../src/formats/training-texts.ts';

/** Rows or texts with the numbers of their classes, which are this file's own. */
export interface LabelledFile<Items> {
  readonly path: string;
  readonly items: Items;
  readonly labels: Int32Array;
  readonly classes: number;
}

/** @throws RangeError that names the file and the line if a text has no label */
export async function readLabelledTextFile(path: string): Promise<LabelledFile<readonly string[]>> {
  if (!isTextFile(path))
    refuse('train', 'a file of labelled texts must be .jsonl, .jsonl.gz or .parquet', path);
  const texts: string[] = [];
  const names: string[] = [];
  for await (const { text, label } of readLabelledTexts(path)) {
    texts.push(text);
    names.push(label);
  }
  if (texts.length === 0) refuse(path, 'must have a text', 'none');
  return { path, items: texts, ...numbered(names) };
}

/** @throws RangeError if there is not a label a row */
export async function readLabelledRows(paths: string): Promise<LabelledFile<Matrix>> {
  const [rows, labels, ...others] = paths.split(',');
  if (labels === undefined || others.length > 0 || isTextFile(rows))
    refuse(
      'train',
      'labelled rows must be ROWS,LABELS, unless --encoder texts or --text-model is given',
      paths,
    );
  const items = await allRows(await openRows(rows));
  const { of } = await readLabels(labels);
  if (of.length !== items.rows)
    refuse(labels, `labels must be ${items.rows}, one for each row of ${rows}`, of.length);
  return { path: rows, items, ...numbered(Array.from(of)) };
}

/** Classes from 0 on, in the order they first come. */
function numbered(names: readonly (string | number)[]): Pick<LabelledFile<unknown>, 'labels' | 'classes'> {
  const numbers = new Map<string | number, number>();
  for (const name of names) if (!numbers.has(name)) numbers.set(name, numbers.size);
  return { labels: Int32Array.from(names, (name) => numbers.get(name) ?? 0), classes: numbers.size };
}
