import { refuse } from '../../src/core/check.ts';
import { row } from '../../src/core/matrix.ts';
import type { OpenRows } from '../../src/formats/open-rows.ts';
import { openRows } from '../../src/formats/row-files.ts';
import { readPairsAndTriplets } from '../../src/formats/training-texts.ts';

/** What a file says is right for what, and what is wrong for it: texts, or rows. */
export interface FilePair<Part> {
  readonly anchor: Part;
  readonly positive: Part;
  /** any number */
  readonly negatives: readonly Part[];
}

/** Pairs that can be read more than once, in the order of the file. */
export interface PairFile<Part> {
  readonly path: string;
  read(): AsyncIterable<FilePair<Part>>;
}

/** Pairs of texts, with their negatives where a record has some. */
export function textPairFile(path: string): PairFile<string> {
  return { path, read: () => readPairsAndTriplets(path) };
}

/**
 * Pairs of rows: `anchors.npy,positives.npy`, or with `,negatives.npy`, row by row; of a file of negatives with n times as many rows each
 * pair has n.
 */
export function rowPairFile(paths: string): PairFile<Float32Array> {
  const named = paths.split(',');
  if (named.length < 2 || named.length > 3)
    refuse(
      'train',
      '--pairs must be a .jsonl, .jsonl.gz or .parquet file, or ANCHORS,POSITIVES or ANCHORS,POSITIVES,NEGATIVES',
      paths,
    );
  return {
    path: paths,
    async *read() {
      const opened: OpenRows[] = [];
      try {
        for (const path of named) opened.push(await openRows(path));
        yield* zipped(opened);
      } finally {
        for (const each of opened) await each.close();
      }
    },
  };
}

const ROWS = 1024;

async function* zipped([anchors, positives, negatives]: readonly OpenRows[]): AsyncGenerator<
  FilePair<Float32Array>
> {
  const each = negatives === undefined ? 0 : negatives.rows / anchors.rows;
  for (const other of negatives === undefined ? [positives] : [positives, negatives]) {
    if (other.cols !== anchors.cols)
      refuse(other.path, `cols must be ${anchors.cols}, as in ${anchors.path}`, other.cols);
  }
  if (positives.rows !== anchors.rows)
    refuse(positives.path, `rows must be ${anchors.rows}, one for each of ${anchors.path}`, positives.rows);
  if (!Number.isInteger(each))
    refuse(
      negatives.path,
      `rows must be a multiple of ${anchors.rows}, those of ${anchors.path}`,
      negatives.rows,
    );
  for (let start = 0; start < anchors.rows; start += ROWS) {
    const end = Math.min(start + ROWS, anchors.rows);
    const [a, p] = [await anchors.between(start, end), await positives.between(start, end)];
    const n = negatives && (await negatives.between(start * each, end * each));
    for (let i = 0; i < end - start; i++) {
      yield {
        anchor: row(a, i),
        positive: row(p, i),
        negatives: Array.from({ length: each }, (_, e) => row(n, i * each + e)),
      };
    }
  }
}
