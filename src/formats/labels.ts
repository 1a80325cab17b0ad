import { refuse } from '../core/check.ts';
import { readLines } from './lines.ts';
import { openNpyInt32 } from './npy-integers.ts';

/** A label for each row. */
export interface Labels {
  /** rows; the number of each row's label, in the order they come; of a .npy the numbers themselves */
  readonly of: Int32Array;
  /** the label of each number */
  readonly names: ReadonlyMap<number, string>;
}

/**
 * The labels of rows: a .npy of whole numbers, a .jsonl of objects with a `label` (or `class`, or one of the two in `metadata`), or a text file
 * with a label a line; the latter two plain or .gz.
 *
 * @throws RangeError that names the file and the line if a row has no label
 */
export async function readLabels(path: string): Promise<Labels> {
  if (path.endsWith('.npy')) {
    const file = await openNpyInt32(path);
    try {
      const of = await file.between(0, file.rows);
      return { of, names: new Map(Array.from(new Set(of), (label) => [label, String(label)])) };
    } finally {
      await file.close();
    }
  }
  const json = /\.jsonl(\.gz)?$/.test(path);
  const numbers = new Map<string, number>();
  const of: number[] = [];
  let line = 0;
  for await (const text of readLines(path)) {
    line++;
    const label = json ? labelIn(text) : text.trim();
    if (label === undefined || label === '')
      refuse(
        `${path} line ${line}`,
        json ? 'must be an object with a label' : 'must have a label',
        `'${text.slice(0, 40)}'`,
      );
    const number = numbers.get(label) ?? numbers.size;
    numbers.set(label, number);
    of.push(number);
  }
  return { of: Int32Array.from(of), names: new Map(Array.from(numbers, ([name, number]) => [number, name])) };
}

function labelIn(line: string): string | undefined {
  const record = parsed(line);
  for (const holder of [record, fieldOf(record, 'metadata')]) {
    for (const name of ['label', 'class']) {
      const value = fieldOf(holder, name);
      if (typeof value === 'string' || typeof value === 'number') return String(value);
    }
  }
  return undefined;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
