import type * as Hyparquet from 'hyparquet';
import { checkWhole, refuse } from '../core/check.ts';
import { fromRows, type Matrix } from '../core/matrix.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';
import { fill } from './fill.ts';
import { entriesOf, type FileRecord } from './json-records.ts';
import { openToRead } from './open-rows.ts';

export interface ReadParquetOptions {
  /** @default every column */
  readonly columns?: readonly string[];
  /** Rows that are unpacked at a time, within a row group. @default 8192 */
  readonly chunkRows?: number;
}

/**
 * The records of a .parquet file, some rows of a row group at a time. It takes the package hyparquet, which nearmiss does not bring along:
 * `npm install hyparquet`. Columns are read a row group at a time, so memory is that of the file's row groups.
 *
 * @throws RangeError if hyparquet is missing, the file is, or it is no Parquet or packed with another codec than snappy
 */
export async function* readParquetRecords(
  path: string,
  { columns, chunkRows = 8192 }: ReadParquetOptions = {},
): AsyncGenerator<FileRecord, void, undefined> {
  checkWhole('readParquet', 'chunkRows', chunkRows, 1);
  const { parquetMetadataAsync, parquetReadObjects } = await hyparquet(path);
  const wrong = (error: unknown): never =>
    refuse(path, 'must be a .parquet file', error instanceof Error ? error.message : error);
  const handle = await openToRead(path);
  try {
    const { size } = await handle.stat();
    const file = {
      byteLength: size,
      async slice(start: number, end = size): Promise<ArrayBuffer> {
        const bytes = new ArrayBuffer(Math.max(0, Math.min(end, size) - start));
        await fill(handle, path, new Uint8Array(bytes), start);
        return bytes;
      },
    };
    const metadata = await parquetMetadataAsync(file).catch(wrong);
    const names = metadata.schema.map(({ name }) => name);
    for (const column of columns ?? []) {
      if (!names.includes(column))
        refuse(path, `must have the column '${column}'`, names.slice(1).join(', '));
    }
    let row = 0;
    for (const group of metadata.row_groups) {
      const groupEnd = row + Number(group.num_rows);
      while (row < groupEnd) {
        const rowEnd = Math.min(row + chunkRows, groupEnd);
        const range = { file, metadata, rowStart: row, rowEnd, useOffsetIndex: true };
        const objects: unknown[] = await parquetReadObjects({
          ...range,
          ...(columns && { columns: [...columns] }),
        }).catch(wrong);
        for (const object of objects) yield { fields: entriesOf(object), where: `${path} row ${row++}` };
        if (row < rowEnd) refuse(path, `must have ${rowEnd} rows`, row);
      }
    }
  } finally {
    await handle.close();
  }
}

/**
 * A column of lists of numbers, all of one length, as rows in chunks.
 *
 * @throws RangeError as `readParquetRecords`, or if a row is none or has a value that is not finite
 */
export async function* readParquetRows(
  path: string,
  column: string,
  { chunkRows = 8192 }: Pick<ReadParquetOptions, 'chunkRows'> = {},
): AsyncGenerator<Matrix, void, undefined> {
  let rows: ArrayLike<number>[] = [];
  let first = 0;
  const chunk = (): Matrix => {
    const m = fromRows(rows);
    checkFiniteRows(path, column, m, first);
    first += rows.length;
    rows = [];
    return m;
  };
  let cols: number | undefined;
  for await (const { fields, where } of readParquetRecords(path, { columns: [column], chunkRows })) {
    const values =
      numbersOf(fields.get(column)) ?? refuse(where, `${column} must be a list of numbers`, 'something else');
    cols ??= values.length;
    if (values.length !== cols) refuse(where, `${column} must have ${cols} numbers`, values.length);
    rows.push(values);
    if (rows.length === chunkRows) yield chunk();
  }
  if (rows.length > 0) yield chunk();
}

function numbersOf(value: unknown): ArrayLike<number> | undefined {
  if (value instanceof Float32Array || value instanceof Float64Array) return value;
  if (!Array.isArray(value)) return undefined;
  const numbers = value.flatMap((each: unknown) => (typeof each === 'number' ? [each] : []));
  return numbers.length === value.length ? numbers : undefined;
}

async function hyparquet(path: string): Promise<typeof Hyparquet> {
  try {
    return await import('hyparquet');
  } catch {
    return refuse(
      path,
      'a .parquet file needs the package hyparquet (npm install hyparquet)',
      'none installed',
    );
  }
}
