import { join } from 'node:path';
import type { InferredOptionTypes } from 'yargs';
import { checkWhole, refuse } from '../src/core/check.ts';
import { relevant } from '../src/core/judgments.ts';
import { gather, type Matrix, row } from '../src/core/matrix.ts';
import { normalize } from '../src/distances/normalize.ts';
import { readDataFolder, readSplit } from '../src/formats/data-folder.ts';
import { openNpyRows, readNpy } from '../src/formats/npy.ts';
import { gatherRows } from '../src/formats/open-rows.ts';
import { alignment } from '../src/losses/views/alignment.ts';
import { uniformity } from '../src/losses/views/uniformity.ts';
import { effectiveRank } from '../src/metrics/effective-rank.ts';
import { hubness } from '../src/metrics/hubness.ts';
import { rowStatistics } from '../src/metrics/row-statistics.ts';
import { checkSeed, DATA_OPTIONS } from './options.ts';
import { progress } from './progress.ts';
import { sampledRows } from './sampled-rows.ts';
import { table } from './table.ts';

export const HEALTH_OPTIONS = {
  data: {
    type: 'string',
    describe: 'BEIR folder: its corpus.npy and queries.npy, and how near pairs are',
    requiresArg: true,
  },
  split: { ...DATA_OPTIONS.split, describe: 'which qrels/SPLIT.tsv pairs are of, with --data' },
  sample: {
    type: 'number',
    describe: 'rows drawn for effective rank, hubness and uniformity; what else is there goes over all',
    default: 5000,
    requiresArg: true,
  },
  k: { type: 'number', describe: 'neighbors of each row, for hubness', default: 10, requiresArg: true },
  seed: DATA_OPTIONS.seed,
  json: DATA_OPTIONS.json,
} as const;

/** What embeddings are like, one number each. */
export interface Health {
  readonly rows: number;
  readonly cols: number;
  readonly zero_rows: number;
  readonly duplicates: number;
  readonly dead_dimensions: number;
  /** the least, the shares .05, .25, .5, .75 and .95, and the greatest */
  readonly norms: readonly number[];
  readonly mean_cosine: number;
  readonly effective_rank: number;
  readonly hubness: number;
  readonly orphans: number;
  readonly uniformity: number;
}

/** Says what embeddings are like before anything is learned from them or searched in them. */
export async function health(
  file: string | undefined,
  options: InferredOptionTypes<typeof HEALTH_OPTIONS>,
  signal: AbortSignal,
): Promise<void> {
  const { data, split, sample, k, seed, json } = options;
  checkSeed('health', seed);
  checkWhole('health', '--sample', sample, 2);
  checkWhole('health', '--k', k, 1);
  if ((file === undefined) === (data === undefined))
    refuse('health', 'one must be given, FILE.npy or --data', file === undefined ? 'neither' : 'both');
  const paths =
    data === undefined ? [file ?? ''] : ['corpus.npy', 'queries.npy'].map((name) => join(data, name));
  const found: Record<string, Health> = {};
  for (const path of paths) {
    signal.throwIfAborted();
    found[path] = await healthOf(path, { sample, k, seed });
  }
  const apart = data === undefined ? undefined : await alignmentOf(data, split, sample, seed);
  if (json) {
    console.log(JSON.stringify({ files: found, alignment: apart, sample, k, seed }));
    return;
  }
  console.log(healthTable(found));
  if (apart !== undefined)
    console.log(
      `alignment of ${apart.pairs} pairs of split ${split}: ${apart.value.toFixed(4)}, the mean squared distance of unit rows`,
    );
  console.log(
    `effective rank, hubness (skewness of how often a row is among the ${k} nearest) and uniformity of ${sample} rows at most, zero rows aside, seed ${seed}; the rest of all`,
  );
}

async function healthOf(
  path: string,
  { sample, k, seed }: { readonly sample: number; readonly k: number; readonly seed: number },
): Promise<Health> {
  const shown = progress(`reading ${path}`);
  const statistics = await rowStatistics(readNpy(path));
  shown.done();
  const file = await openNpyRows(path);
  let rows: Matrix;
  try {
    rows = await gatherRows(file, sampledRows(file.rows, sample, seed));
  } finally {
    await file.close();
  }
  const measured = progress(`measuring ${path}`);
  // a zero row is as near to all: its neighbors would be those whose rows come first
  const directions = unitWithoutZeros(rows);
  const { skewness, orphans } = await hubness(directions, { k });
  const found = {
    rows: statistics.rows,
    cols: statistics.cols,
    zero_rows: statistics.zeroRows,
    duplicates: statistics.duplicates,
    dead_dimensions: statistics.dead.length,
    norms: statistics.norms,
    mean_cosine: statistics.meanCosine,
    effective_rank: await effectiveRank(rows),
    hubness: skewness,
    orphans,
    uniformity: uniformity()({ embeddings: directions }).value,
  };
  measured.done();
  return found;
}

function unitWithoutZeros(rows: Matrix): Matrix {
  return unit(
    rows,
    Array.from({ length: rows.rows }, (_, i) => i).filter((i) => !isZero(rows, i)),
  );
}

/** How far unit rows of a query and of a document that is relevant to it are apart, squared: the mean over pairs without a zero row. */
async function alignmentOf(path: string, name: string, sample: number, seed: number) {
  const data = await readDataFolder(path);
  const split = await readSplit(data, name);
  const pairs = split.judgments.flatMap((judged, q) =>
    relevant(judged).flatMap((id): [number, number][] => {
      const pair: [number, number] = [split.queries[q], data.corpus.names.rowOf[id]];
      return isZero(data.queries.vectors, pair[0]) || isZero(data.corpus.vectors, pair[1]) ? [] : [pair];
    }),
  );
  const drawn = Array.from(sampledRows(pairs.length, sample, seed), (i) => pairs[i]);
  const { value } = alignment()({
    anchors: unit(
      data.queries.vectors,
      drawn.map(([query]) => query),
    ),
    positives: unit(
      data.corpus.vectors,
      drawn.map(([, document]) => document),
    ),
  });
  return { pairs: drawn.length, value };
}

function isZero(rows: Matrix, i: number): boolean {
  return row(rows, i).every((value) => value === 0);
}

function unit(rows: Matrix, numbers: readonly number[]): Matrix {
  return normalize(gather(rows, numbers)).value;
}

function healthTable(found: Readonly<Record<string, Health>>): string {
  const each = Object.values(found);
  const line = (name: string, cell: (health: Health) => string): string[] => [name, ...each.map(cell)];
  const share = (name: string, s: number): string[] => line(name, ({ norms }) => norms[s].toPrecision(4));
  return table(
    ['', ...Object.keys(found)],
    [
      line('rows x dimensions', ({ rows, cols }) => `${rows} x ${cols}`),
      line('zero rows', ({ zero_rows: zeros }) => String(zeros)),
      line('duplicates of an earlier row', ({ duplicates }) => String(duplicates)),
      line('dead dimensions', ({ dead_dimensions: dead }) => String(dead)),
      share('norm: least', 0),
      share('norm: median', 3),
      share('norm: greatest', 6),
      line('anisotropy (mean cosine)', ({ mean_cosine: cosine }) => cosine.toFixed(4)),
      line('effective rank', ({ effective_rank: rank }) => rank.toFixed(1)),
      line('hubness', ({ hubness: skewness }) => skewness.toFixed(2)),
      line('rows that are no neighbor', ({ orphans }) => `${(100 * orphans).toFixed(1)} %`),
      line('uniformity', (health) => health.uniformity.toFixed(3)),
    ],
  );
}
