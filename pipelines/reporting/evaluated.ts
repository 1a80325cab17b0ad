import { basename, resolve } from 'node:path';
import { relevant } from '../../src/core/judgments.ts';
import type { Split } from '../../src/formats/data-folder.ts';
import { mean } from '../../src/metrics/mean.ts';
import { differences, figures, headwords, METRICS } from '../retrieval.ts';
import { askedQueries } from './asked-queries.ts';
import { calibrated } from './calibrated.ts';
import { casesOf } from './cases.ts';
import type { Difference, Evaluation, Query, Slicing, System } from './evaluation.ts';
import type { RankedSystem, RankOptions } from './ranked-system.ts';
import { scoreShares } from './score-shares.ts';
import { shortened } from './shortened.ts';
import { type Labels, labelsOf } from './slicings.ts';
import { versions } from './versions.ts';

const MEASURE = 'ndcg@10';
const MEASURES: readonly [string, ...string[]] = [
  MEASURE,
  ...Object.keys(METRICS).filter((name) => name !== MEASURE),
];

export interface EvaluatedOptions extends RankOptions {
  readonly split: Split;
  readonly dev: Split | undefined;
  /** further facts, after those that are known here */
  readonly facts?: Evaluation['facts'];
  readonly notes: readonly string[];
}

/** Brings together what is told of systems that ranked the same queries. */
export async function evaluated(
  systems: readonly RankedSystem[],
  { split, dev, distance, depth, seed, facts, notes }: EvaluatedOptions,
): Promise<Evaluation> {
  const { folder } = systems[systems.length - 1];
  const groups = headwords(folder, split);
  const byName = Object.fromEntries(systems.map(({ name, values }) => [name, values]));
  const found = await figures(byName, groups, seed);
  const asked = await askedQueries(folder, split);
  const right = split.judgments.map((judged) => relevant(judged).length);
  const { corpus, queries } = folder;
  return {
    title: `Retrieval on ${shortened(basename(resolve(folder.path)), 80)}, split ${split.name}`,
    depth,
    facts: {
      data: folder.path,
      split: split.name,
      queries: right.length,
      'queries without a relevant document': right.filter((count) => count === 0).length,
      documents: corpus.vectors.rows,
      dimensions: corpus.vectors.cols,
      'zero rows': `${corpus.zeroRows} of the corpus, ${queries.zeroRows} of the queries`,
      distance: distance.name,
      depth,
      intervals: '95 %, bootstrap of 10,000 resamples; queries about one group are drawn together',
      seed,
      ...facts,
      ...versions(),
    },
    notes,
    measures: MEASURES,
    queries: asked.ids.map((id, q): Query => ({
      id: shortened(id),
      text: shortened(asked.texts[q]),
      relevant: right[q],
    })),
    systems: systems.map(({ name, values, kept, dev: fitted }): System => ({
      name,
      figures: found[name],
      values: Object.fromEntries(Object.entries(values).map(([measure, each]) => [measure, [...each]])),
      unjudged: mean(kept.unjudged),
      scores: scoreShares(kept),
      calibration: dev && fitted && calibrated(dev.name, fitted, kept),
    })),
    differences: await differencesOf(systems, groups, seed),
    cases: await casesOf(systems, split, MEASURE),
    slicings: await slicingsOf(labelsOf(asked, right), systems, groups, seed),
  };
}

async function differencesOf(
  systems: readonly RankedSystem[],
  groups: Int32Array,
  seed: number,
): Promise<Difference[]> {
  const after = systems[systems.length - 1];
  const changes = systems
    .slice(0, -1)
    .map(({ name, values }) => ({ name, change: differences(after.values, values) }));
  const found = await figures(
    Object.fromEntries(changes.map(({ name, change }) => [name, change])),
    groups,
    seed,
  );
  return changes.map(({ name, change }) => ({
    after: after.name,
    before: name,
    figures: found[name],
    counts: Object.fromEntries(Object.entries(change).map(([measure, each]) => [measure, countsOf(each)])),
  }));
}

function countsOf(change: Float64Array) {
  const better = change.filter((each) => each > 0).length;
  const worse = change.filter((each) => each < 0).length;
  return { better, same: change.length - better - worse, worse };
}

async function slicingsOf(
  labels: readonly Labels[],
  systems: readonly RankedSystem[],
  groups: Int32Array,
  seed: number,
): Promise<Slicing[]> {
  const slicings: Slicing[] = [];
  for (const { name, order, ofQuery } of labels) {
    const slices: Slicing['slices'][number][] = [];
    for (const label of order) {
      const rows = ofQuery.flatMap((each, q) => (each === label ? [q] : []));
      const part = systems.map(({ name, values }) => [
        name,
        { [MEASURE]: Float64Array.from(rows, (q) => values[MEASURE][q]) },
      ]);
      const found = await figures(
        Object.fromEntries(part),
        Int32Array.from(rows, (q) => groups[q]),
        seed,
      );
      slices.push({
        name: shortened(label, 40),
        queries: rows.length,
        figures: systems.map(({ name }) => found[name][MEASURE]),
      });
    }
    slicings.push({ name: shortened(name, 40), slices });
  }
  return slicings;
}
