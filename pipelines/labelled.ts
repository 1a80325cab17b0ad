import type { InferredOptionTypes } from 'yargs';
import { checkWhole, refuse } from '../src/core/check.ts';
import { normalize } from '../src/distances/normalize.ts';
import { readLabels } from '../src/formats/labels.ts';
import { readNpyMatrix } from '../src/formats/npy.ts';
import { bootstrapTogether } from '../src/metrics/bootstrap.ts';
import { kMeans } from '../src/metrics/k-means.ts';
import { mean, meanOfClassMeans } from '../src/metrics/mean.ts';
import { adjustedMutualInformation, normalizedMutualInformation } from '../src/metrics/mutual-information.ts';
import { retrievalByLabel } from '../src/metrics/retrieval-by-label.ts';
import { silhouette } from '../src/metrics/silhouette.ts';
import { DISTANCES } from '../src/distances/by-name.ts';
import { checkSeed, DATA_OPTIONS } from './options.ts';
import { progress } from './progress.ts';
import { table, withInterval } from './table.ts';

export const LABELLED_OPTIONS = {
  labels: {
    type: 'string',
    describe:
      'a label a row: .npy of whole numbers, .jsonl with label or class, or a text with a label a line',
    demandOption: true,
    requiresArg: true,
  },
  distance: {
    choices: ['cosine', 'euclidean'],
    describe: 'what near means; clusters of cosine are of unit rows',
    default: 'cosine',
  },
  starts: {
    type: 'number',
    describe: 'starts of k-means, the best of which is kept',
    default: 4,
    requiresArg: true,
  },
  seed: DATA_OPTIONS.seed,
  json: DATA_OPTIONS.json,
} as const;

/** Grades embeddings by their labels, as metric-learning papers do: each row among all others, and clusters. */
export async function labelled(
  path: string,
  options: InferredOptionTypes<typeof LABELLED_OPTIONS>,
  signal: AbortSignal,
): Promise<void> {
  const { labels: labelPath, starts, seed, json } = options;
  checkSeed('labelled', seed);
  checkWhole('labelled', '--starts', starts, 1);
  const distance = DISTANCES[options.distance];
  const { of: labels, names } = await readLabels(labelPath);
  const rows = await readNpyMatrix(path);
  if (labels.length !== rows.rows)
    refuse(labelPath, `must have a label for each of ${rows.rows} rows of ${path}`, labels.length);
  if (names.size < 2) refuse(labelPath, 'must have two labels', names.size);

  const shown = progress('ranking');
  // map and mrr go over all the others
  const found = await retrievalByLabel(rows, labels, { distance, k: Infinity });
  const values: Readonly<Record<string, Float64Array>> = {
    'precision@1': found.precisionAt1,
    'r-precision': found.rPrecision,
    'map@r': found.mapAtR,
    map: found.averagePrecision,
    mrr: found.reciprocalRank,
    silhouette: await silhouette(rows, labels, { distance }),
  };
  shown.done();
  signal.throwIfAborted();
  const clustering = progress('clustering');
  const { clusters } = await kMeans(options.distance === 'cosine' ? normalize(rows).value : rows, {
    k: names.size,
    seed,
    starts,
  });
  clustering.done();
  signal.throwIfAborted();

  // a row alone with its label has nothing to be found
  const counted = Array.from(labels.keys()).filter((i) => found.relevant[i] > 0);
  if (counted.length === 0) refuse(labelPath, 'two rows must have the same label', 'none');
  const kept = Object.fromEntries(
    Object.entries(values).map(([name, each]) => [name, Float64Array.from(counted, (i) => each[i])]),
  );
  const groups = counted.map((i) => labels[i]);
  const intervals = await bootstrapTogether(kept, { groups, seed });
  const figures = Object.entries(kept).map(([name, each]) => ({
    name,
    mean: mean(each),
    interval: intervals[name],
    ofClasses: meanOfClassMeans(each, groups),
  }));
  const shared = {
    nmi: normalizedMutualInformation(labels, clusters),
    ami: adjustedMutualInformation(labels, clusters),
  };
  const alone = labels.length - counted.length;
  if (json) {
    const facts = { rows: rows.rows, classes: names.size, alone, distance: distance.name, starts, seed };
    console.log(
      JSON.stringify({
        ...Object.fromEntries(figures.map((figure) => [figure.name, figure.mean])),
        ...shared,
        ...facts,
        intervals,
        class_means: Object.fromEntries(figures.map((figure) => [figure.name, figure.ofClasses])),
      }),
    );
    return;
  }
  console.log(
    table(
      ['', 'mean [95 %]', 'mean of classes'],
      [
        ...figures.map((figure) => [figure.name, withInterval(figure), figure.ofClasses.toFixed(4)]),
        ...Object.entries(shared).map(([name, value]) => [name, value.toFixed(4), '']),
      ],
    ),
  );
  console.log(
    `${counted.length} rows of ${names.size} classes, each among all others by ${distance.name}; ${alone} alone in their class are left out, but for nmi and ami`,
  );
  console.log(
    `intervals by bootstrap of classes; nmi and ami of k-means with as many clusters, best of ${starts} starts, seed ${seed}`,
  );
}
