import type { InferredOptionTypes } from 'yargs';
import { checkWhole, refuse } from '../src/core/check.ts';
import { gather, row } from '../src/core/matrix.ts';
import { cosine } from '../src/distances/cosine.ts';
import { normalize } from '../src/distances/normalize.ts';
import { readNpyMatrix } from '../src/formats/npy.ts';
import { bootstrap } from '../src/metrics/bootstrap.ts';
import { mean } from '../src/metrics/mean.ts';
import { neighborOverlap } from '../src/metrics/neighbor-overlap.ts';
import { procrustesResidual } from '../src/metrics/procrustes.ts';
import { checkSeed, DATA_OPTIONS } from './options.ts';
import { progress } from './progress.ts';
import { sampledRows } from './sampled-rows.ts';
import { table, withInterval } from './table.ts';

export const DRIFT_OPTIONS = {
  k: { type: 'number', describe: 'neighbors of each row', default: 10, requiresArg: true },
  sample: {
    type: 'number',
    describe: 'rows that are looked at, among all',
    default: 1000,
    requiresArg: true,
  },
  'least-overlap': {
    type: 'number',
    describe: 'the neighbor overlap under which is a warning',
    default: 0.8,
    requiresArg: true,
  },
  'most-residual': {
    type: 'number',
    describe: 'the Procrustes residual over which is a warning',
    default: 0.3,
    requiresArg: true,
  },
  'least-cosine': {
    type: 'number',
    describe: 'the mean canary cosine under which is a warning',
    default: 0.95,
    requiresArg: true,
  },
  seed: DATA_OPTIONS.seed,
  json: DATA_OPTIONS.json,
} as const;

/** Says how far a new version of embeddings has gone from the old one, row by row of the same items. */
export async function drift(
  [oldPath, newPath]: readonly [old: string, new: string],
  options: InferredOptionTypes<typeof DRIFT_OPTIONS>,
  signal: AbortSignal,
): Promise<void> {
  const { k, sample, seed, json } = options;
  checkSeed('drift', seed);
  checkWhole('drift', '--k', k, 1);
  checkWhole('drift', '--sample', sample, 1);
  const limits = {
    overlap: options['least-overlap'],
    residual: options['most-residual'],
    cosine: options['least-cosine'],
  };
  const before = await readNpyMatrix(oldPath);
  const after = await readNpyMatrix(newPath);
  if (after.rows !== before.rows)
    refuse(newPath, `rows must be ${before.rows}, as in ${oldPath}`, after.rows);
  if (before.rows < 2) refuse(oldPath, 'must have two rows', before.rows);
  signal.throwIfAborted();

  const isZero = (i: number): boolean =>
    [before, after].some((rows) => row(rows, i).every((value) => value === 0));
  const drawn = sampledRows(before.rows, sample, seed).filter((i) => !isZero(i));
  if (drawn.length === 0) refuse('drift', 'a row that is drawn must not be zero in either file', 'none');
  const shown = progress('comparing neighbors');
  const overlaps = await neighborOverlap(before, after, { k, of: drawn });
  shown.done();
  const [x, y] = [before, after].map((rows) => normalize(gather(rows, drawn)).value);
  const residual = await procrustesResidual(x, y);
  const cosines =
    before.cols === after.cols
      ? Float64Array.from(drawn, (_, i) => 1 - cosine.between(row(x, i), row(y, i)))
      : undefined;
  const figure = (values: Float64Array) => ({ mean: mean(values), interval: bootstrap(values, { seed }) });
  const overlap = figure(overlaps);
  const canary = cosines && {
    ...figure(cosines),
    least: cosines.reduce((least, value) => Math.min(least, value), 1),
  };

  const warnings = [
    ...(overlap.mean < limits.overlap
      ? [
          `of ${k} nearest neighbors ${(100 * (1 - overlap.mean)).toFixed(0)} % are others now (overlap under ${limits.overlap}): answers will change`,
        ]
      : []),
    ...(residual > limits.residual
      ? [
          `no rotation takes the old rows to the new (residual over ${limits.residual}): what was learned on the old ones must be learned again`,
        ]
      : []),
    ...(canary === undefined
      ? [
          `the rows have ${before.cols} columns and now ${after.cols}: old and new ones cannot stand in one index`,
        ]
      : canary.mean < limits.cosine
        ? [
            `rows have moved (mean cosine to themselves under ${limits.cosine}): old and new ones must not stand in one index`,
          ]
        : []),
  ];
  if (json) {
    const settings = { rows: before.rows, sample: drawn.length, k, seed, limits };
    console.log(JSON.stringify({ overlap, residual, cosine: canary, ...settings, warnings }));
    return;
  }
  console.log(
    table(
      ['', `${drawn.length} of ${before.rows} rows, zero rows aside`],
      [
        [`neighbor overlap@${k} [95 %]`, withInterval(overlap)],
        ['Procrustes residual, unit rows', residual.toFixed(4)],
        ...(canary === undefined
          ? []
          : [
              ['canary cosine [95 %]', withInterval(canary)],
              ['least canary cosine', canary.least.toFixed(4)],
            ]),
      ],
    ),
  );
  console.log(
    warnings.length === 0
      ? 'nothing is past its limit'
      : warnings.map((words) => `warning: ${words}`).join('\n'),
  );
}
