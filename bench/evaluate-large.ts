import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { checkWhole, refuse } from '../src/core/check.ts';
import { type Matrix, matrix } from '../src/core/matrix.ts';
import { random } from '../src/core/random.ts';
import { writeNpy } from '../src/formats/npy.ts';
import { command } from './evaluate.ts';

export const LARGE_OPTIONS = {
  rows: { type: 'number', describe: 'documents', default: 5_000_000, requiresArg: true },
  cols: { type: 'number', describe: 'numbers of a vector', default: 128, requiresArg: true },
  queries: { type: 'number', describe: 'queries', default: 1000, requiresArg: true },
  chunk: {
    type: 'number',
    array: true,
    describe: 'sizes of chunks',
    default: [1000, 10_000, 100_000],
    requiresArg: true,
  },
  folder: {
    type: 'string',
    describe: 'where a folder is made for as long as it runs',
    default: tmpdir(),
    requiresArg: true,
  },
  json: { type: 'boolean', describe: 'one JSON object a line', default: false },
} as const;

export interface LargeOptions {
  readonly rows: number;
  readonly cols: number;
  readonly queries: number;
  readonly chunk: readonly number[];
  readonly folder: string;
  readonly json: boolean;
}

/** Rows that are drawn and written at a time. */
const STEP = 8192;

/** Evaluates on the same corpus by chunks of each size: the lines printed must be the same. */
export async function evaluateLarge({ folder, json, ...options }: LargeOptions): Promise<void> {
  for (const name of ['rows', 'cols', 'queries'] as const)
    checkWhole('bench evaluate-large', `--${name}`, options[name], 1);
  const made = await mkdtemp(join(folder, 'nearmiss-large-'));
  try {
    await largeFolder(made, options);
    let first: string | undefined;
    for (const chunk of options.chunk) {
      const { seconds, peak_mb, stdout } = await command(['--data', made, '--chunk', String(chunk)]);
      const facts = {
        task: 'evaluate-large',
        rows: options.rows,
        cols: options.cols,
        queries: options.queries,
      };
      console.log(
        json
          ? JSON.stringify({ ...facts, chunk, seconds, peak_mb, figures: JSON.parse(stdout) })
          : `${options.rows} x ${options.cols}, ${options.queries} queries, chunks of ${String(chunk).padStart(6)}: ${seconds.toFixed(1)} s, peak ${peak_mb.toFixed(0)} MB\n${stdout}`,
      );
      first ??= stdout;
      if (stdout !== first) refuse('bench evaluate-large', `figures must be ${first}`, stdout);
    }
  } finally {
    await rm(made, { recursive: true });
  }
}

/**
 * A data folder whose documents are drawn at random, written a piece at a time; each query is one of them, blurred, and that one is
 * relevant to it.
 */
export async function largeFolder(
  folder: string,
  { rows, cols, queries }: { readonly rows: number; readonly cols: number; readonly queries: number },
): Promise<void> {
  await mkdir(join(folder, 'qrels'));
  const every = Math.max(1, Math.floor(rows / queries));
  const asked = matrix(queries, cols);
  const blur = random(2);
  const pieces = function* (): Generator<Matrix> {
    const { uniform } = random(1);
    for (let first = 0; first < rows; first += STEP) {
      const piece = matrix(Math.min(STEP, rows - first), cols);
      for (let e = 0; e < piece.data.length; e++) piece.data[e] = uniform() - 0.5;
      for (let q = Math.ceil(first / every); q < queries && q * every < first + piece.rows; q++) {
        for (let k = 0; k < cols; k++) {
          const value = piece.data[(q * every - first) * cols + k];
          asked.data[q * cols + k] = value + 0.6 * blur.normal();
        }
      }
      yield piece;
    }
  };
  await writeNpy(join(folder, 'corpus.npy'), pieces(), { rows, cols });
  await writeNpy(join(folder, 'queries.npy'), [asked], { rows: queries, cols });
  await lines(join(folder, 'corpus.jsonl'), rows, (i) => `{"_id":"d${i}"}`);
  await lines(join(folder, 'queries.jsonl'), queries, (q) => `{"_id":"q${q}"}`);
  const judged = Array.from({ length: queries }, (_, q) => `q${q}\td${q * every}\t1\n`);
  await writeFile(join(folder, 'qrels', 'test.tsv'), `query-id\tcorpus-id\tscore\n${judged.join('')}`);
}

async function lines(path: string, count: number, line: (i: number) => string): Promise<void> {
  const texts = function* (): Generator<string> {
    for (let first = 0; first < count; first += STEP) {
      const some = Array.from({ length: Math.min(STEP, count - first) }, (_, i) => `${line(first + i)}\n`);
      yield some.join('');
    }
  };
  await pipeline(Readable.from(texts()), createWriteStream(path));
}
