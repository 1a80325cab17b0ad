import { refuse } from '../../src/core/check.ts';
import type { Matrix } from '../../src/core/matrix.ts';
import type { Distance } from '../../src/distances/distance.ts';
import { dot } from '../../src/distances/dot.ts';
import type { StoredFolder } from '../../src/formats/data-folder.ts';
import { chunked } from '../../src/neighbors/chunked.ts';
import { eachChunk } from '../../src/neighbors/chunks.ts';
import { int8Codes, int8Decoded, ranges, signs, truncated } from '../../src/neighbors/quantized.ts';
import { rescored } from '../../src/neighbors/rescored.ts';
import type { StoredOptions } from './stored.ts';
import type { System } from './systems.ts';

export const PRECISIONS = ['float32', 'int8', 'binary'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** A shorter way of keeping vectors. */
export interface Form {
  /** how many numbers of each are kept, from the first on */
  readonly dims: number;
  readonly precision: Precision;
}

/**
 * Every way of --dims and --precision but that of the stored vectors, whole ones first.
 *
 * @throws RangeError if one is not a number of dimensions that the vectors have, or no precision
 */
export function formsOf(cols: number, dims: string | undefined, precisions: string | undefined): Form[] {
  const kept = new Set([cols, ...wordsOf(dims).map((word) => dimsOf(word, cols))]);
  const named = new Set(
    precisions === undefined ? PRECISIONS.slice(0, 1) : wordsOf(precisions).map(precisionOf),
  );
  return [...named].flatMap((precision) =>
    [...kept].filter((dims) => dims < cols || precision !== 'float32').map((dims) => ({ dims, precision })),
  );
}

function wordsOf(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(',').map((word) => word.trim());
}

function dimsOf(word: string, cols: number): number {
  const dims = word === '' ? NaN : Number(word);
  return Number.isInteger(dims) && dims >= 1 && dims <= cols
    ? dims
    : refuse('evaluate', `--dims must be whole numbers in [1, ${cols}], commas between`, `'${word}'`);
}

function precisionOf(word: string): Precision {
  return (
    PRECISIONS.find((name) => name === word) ??
    refuse('evaluate', `--precision must be of ${PRECISIONS.join(', ')}, commas between`, `'${word}'`)
  );
}

export interface FormOptions extends StoredOptions {
  /** how many candidates are ranked again by the stored vectors; none without it */
  readonly rescore?: number;
}

/** The corpus ranked by vectors in a shorter form; a chunk of it is brought into the form as it is read. */
export async function ofForm(folder: StoredFolder, form: Form, options: FormOptions): Promise<System> {
  const { corpus, corpusVectors } = folder;
  const { distance, depth, chunk, signal, rescore } = options;
  const { queries, documents, by } = await coded(folder, form, options);
  const index = chunked(corpusVectors, corpus.names.ofRow, {
    distance: by,
    chunk,
    signal,
    encode: documents,
  });
  const { dims, precision } = form;
  const name = dims === corpusVectors.cols ? precision : `${precision}, ${dims} dims`;
  return {
    name: rescore === undefined ? name : `${name}, rescored`,
    bytes: bytesOf(form),
    async rank(asked) {
      const found = await index.search(queries(asked.queries), rescore ?? depth);
      if (rescore === undefined) return found;
      return rescored(corpusVectors, corpus.names.rowOf, asked.queries, found, {
        distance,
        k: Math.min(depth, rescore),
        chunk,
        signal,
      });
    },
  };
}

interface Coded {
  readonly queries: (rows: Matrix) => Matrix;
  readonly documents: (rows: Matrix) => Matrix;
  readonly by: Distance;
}

/** Codes are decoded for the kernels: bytes by a query of floats, bits by one of bits. */
async function coded(
  { corpusVectors }: StoredFolder,
  { dims, precision }: Form,
  { distance, chunk, signal }: FormOptions,
): Promise<Coded> {
  const cut = (rows: Matrix): Matrix => (dims < rows.cols ? truncated(rows, dims) : rows);
  if (precision === 'float32') return { queries: cut, documents: cut, by: distance };
  if (precision === 'binary') {
    const bits = (rows: Matrix): Matrix => signs(cut(rows));
    return { queries: bits, documents: bits, by: dot };
  }
  const all = ranges(dims);
  await eachChunk(corpusVectors, { chunk, signal }, (rows) => all.meet(cut(rows)));
  return { queries: cut, documents: (rows) => int8Decoded(int8Codes(cut(rows), all), all), by: distance };
}

function bytesOf({ dims, precision }: Form): number {
  if (precision === 'float32') return 4 * dims;
  return precision === 'int8' ? dims : Math.ceil(dims / 8);
}
