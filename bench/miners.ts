import { checkWhole } from '../src/core/check.ts';
import type { Labelled } from '../src/core/batches.ts';
import { angularTriplets } from '../src/miners/angular-triplets.ts';
import { batchEasyHard } from '../src/miners/batch-easy-hard.ts';
import { batchHard } from '../src/miners/batch-hard.ts';
import { distanceWeightedTriplets } from '../src/miners/distance-weighted-triplets.ts';
import { hdcPairs } from '../src/miners/hdc-pairs.ts';
import { marginPairs } from '../src/miners/margin-pairs.ts';
import { marginTriplets } from '../src/miners/margin-triplets.ts';
import { multiSimilarityPairs } from '../src/miners/multi-similarity-pairs.ts';
import { semiHardTriplets } from '../src/miners/semi-hard-triplets.ts';
import { uniformHistogramPairs } from '../src/miners/uniform-histogram-pairs.ts';
import { uniformTriplets } from '../src/miners/uniform-triplets.ts';
import { median, spread, timed, warmUp } from './clock.ts';
import { centres, labelsOf, near, shuffledClasses } from './data.ts';
import type { Run } from './tasks/task.ts';

export const MINERS_OPTIONS = {
  json: { type: 'boolean', describe: 'one JSON object a line', default: false },
  rounds: { type: 'number', describe: 'timed rounds, which take turns', default: 5, requiresArg: true },
} as const;

export interface MinersOptions {
  readonly json: boolean;
  readonly rounds: number;
}

const [ROWS, COLS, CLASSES] = [2048, 256, 64];

/** The first is what the others are measured by: one call of a kernel. */
const MINERS: Readonly<Record<string, (batch: Labelled) => Labelled>> = {
  batchHard: batchHard(),
  batchEasyHard: batchEasyHard(),
  'batchEasyHard, all pairs': batchEasyHard({ positives: 'all', negatives: 'all' }),
  semiHardTriplets: semiHardTriplets(),
  'marginTriplets, 0.2': marginTriplets(),
  'marginTriplets, 0.5': marginTriplets({ margin: 0.5 }),
  marginPairs: marginPairs(),
  multiSimilarityPairs: multiSimilarityPairs(),
  'angularTriplets, 35°': angularTriplets({ angle: 35 }),
  hdcPairs: hdcPairs(),
  distanceWeightedTriplets: distanceWeightedTriplets(),
  uniformTriplets: uniformTriplets({ tuplesPerAnchor: 31 }),
  uniformHistogramPairs: uniformHistogramPairs(),
};

/** What mining a batch costs, against its hardest triplets: rows of a class have a cosine of about 0.5, as in `core`. */
export async function miners({ json, rounds }: MinersOptions): Promise<void> {
  checkWhole('bench miners', '--rounds', rounds, 1);
  const labels = shuffledClasses(ROWS, CLASSES, 0);
  const batch = { embeddings: near(centres(labels, CLASSES, COLS, 1), 1, 2), labels: labelsOf(labels) };
  const measured = [];
  for (const [miner, mine] of Object.entries(MINERS)) {
    const run: Run = () => ({ value: tuplesOf(mine(batch)), results: {} });
    const { outcome, calls } = await warmUp(run);
    measured.push({ miner, run, calls, tuples: outcome.value, times: new Array<number>() });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { run, calls, times } of measured) times.push(await timed(run, calls));
  }
  const hardest = median(measured[0].times);
  if (!json) console.log(line('miner', 'tuples', 'ms', 'spread', 'times batchHard'));
  for (const { miner, tuples, times } of measured) {
    const [ms, apart] = [median(times), spread(times)];
    const found = { miner, rows: ROWS, cols: COLS, classes: CLASSES, tuples, ms, spread: apart };
    if (json) console.log(JSON.stringify({ ...found, times_batch_hard: ms / hardest, rounds }));
    else {
      const cells = [ms.toFixed(1), `${(100 * apart).toFixed(0)} %`, (ms / hardest).toFixed(1)] as const;
      console.log(line(miner, String(tuples), ...cells));
    }
  }
}

function tuplesOf({ triplets, pairs }: Labelled): number {
  if (triplets !== undefined) return triplets.anchors.length;
  return (pairs?.positives.anchors.length ?? 0) + (pairs?.negatives.anchors.length ?? 0);
}

function line(miner: string, ...cells: readonly string[]): string {
  return miner.padEnd(26) + cells.map((cell) => cell.padStart(17)).join('');
}
