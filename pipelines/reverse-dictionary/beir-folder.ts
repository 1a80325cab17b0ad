import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { refuse } from '../../src/core/check.ts';
import { wholeFile, type WholeFileOptions } from '../../src/formats/whole-file.ts';
import { writeNpy } from '../../src/formats/npy.ts';
import type { Matrix } from '../../src/core/matrix.ts';
import type { Definition, Document } from './dictionary.ts';
import type { Splits } from './split.ts';

export interface BeirFolder {
  readonly documents: readonly Document[];
  readonly definitions: readonly Definition[];
  readonly splits: Splits;
  /** a row for each document */
  readonly documentVectors: Matrix;
  /** a row for each definition */
  readonly definitionVectors: Matrix;
  readonly licenseNote: string;
}

/**
 * Writes a data folder: corpus and queries as .jsonl.gz and float16 .npy in the same order, a qrels file for each split.
 *
 * The same input gives the same bytes.
 *
 * @throws RangeError if it cannot be written there
 */
export async function writeBeirFolder(
  path: string,
  folder: BeirFolder,
  options: WholeFileOptions,
): Promise<void> {
  const { documents, definitions, splits, documentVectors, definitionVectors, licenseNote } = folder;
  await mkdir(join(path, 'qrels'), { recursive: true }).catch((error: unknown) =>
    refuse(path, 'must be where a folder can be made', error instanceof Error ? error.message : error),
  );
  const text = (name: string, content: string | Uint8Array) =>
    wholeFile(join(path, name), (write) => write(content), options);
  const vectors = (name: string, { rows, cols, data }: Matrix) =>
    writeNpy(join(path, name), [{ rows, cols, data }], { rows, cols, dtype: 'float16', ...options });

  await text('LICENSE-NOTE.md', licenseNote);
  await text('corpus.jsonl.gz', await packed(documents.map(documentLine)));
  await text('queries.jsonl.gz', await packed(definitions.map(queryLine)));
  for (const [name, pairs] of Object.entries(splits)) await text(`qrels/${name}.tsv`, qrels(pairs));
  await vectors('corpus.npy', documentVectors);
  await vectors('queries.npy', definitionVectors);
}

function documentLine({ id, text, group }: Document): string {
  return `${JSON.stringify({ _id: id, title: '', text, metadata: { group } })}\n`;
}

function queryLine({ id, text, class: label, document }: Definition): string {
  return `${JSON.stringify({ _id: id, text, metadata: { group: document.group, class: label } })}\n`;
}

function qrels(pairs: readonly Definition[]): string {
  return `query-id\tcorpus-id\tscore\n${pairs.map(({ id, document }) => `${id}\t${document.id}\t1\n`).join('')}`;
}

/** zlib's header has no time and no name in it. */
function packed(lines: readonly string[]): Promise<Uint8Array> {
  return promisify(gzip)(lines.join(''), { level: 9 });
}
