import { extname } from 'node:path';
import { type FileRecord, readJsonRecords } from './json-records.ts';
import { readParquetRecords } from './parquet.ts';

/** The records of a .parquet file, or else of a .jsonl, plain or .gz. */
export function readRecords(path: string): AsyncGenerator<FileRecord, void, undefined> {
  return extname(path) === '.parquet' ? readParquetRecords(path) : readJsonRecords(path);
}

/** A value of a record, for a sentence about it. */
export function brief(value: unknown): string {
  const text = typeof value === 'bigint' ? String(value) : String(JSON.stringify(value));
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`;
}
