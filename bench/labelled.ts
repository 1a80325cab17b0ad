import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Labelled, LabelledGradients } from '../src/core/batches.ts';
import { checkOneOf, checkWhole, refuse } from '../src/core/check.ts';
import { matrix } from '../src/core/matrix.ts';
import { kernels } from '../src/kernels/active.ts';
import { angular } from '../src/losses/labelled/angular.ts';
import { batchAllTriplet } from '../src/losses/labelled/batch-all-triplet.ts';
import { batchHardTriplet } from '../src/losses/labelled/batch-hard-triplet.ts';
import { batchSemiHardTriplet } from '../src/losses/labelled/batch-semi-hard-triplet.ts';
import { circle } from '../src/losses/labelled/circle.ts';
import { contrastive } from '../src/losses/labelled/contrastive.ts';
import { decoupledContrastive } from '../src/losses/labelled/decoupled-contrastive.ts';
import { fastAp } from '../src/losses/labelled/fast-ap.ts';
import { generalizedLiftedStructure } from '../src/losses/labelled/generalized-lifted-structure.ts';
import { intraPairVariance } from '../src/losses/labelled/intra-pair-variance.ts';
import { liftedStructure } from '../src/losses/labelled/lifted-structure.ts';
import { marginLoss } from '../src/losses/labelled/margin-loss.ts';
import { multiSimilarity } from '../src/losses/labelled/multi-similarity.ts';
import { nPairs } from '../src/losses/labelled/n-pairs.ts';
import { nca } from '../src/losses/labelled/nca.ts';
import { ntXent } from '../src/losses/labelled/nt-xent.ts';
import { snrContrastive } from '../src/losses/labelled/snr-contrastive.ts';
import { supCon } from '../src/losses/labelled/sup-con.ts';
import { triplet } from '../src/losses/labelled/triplet.ts';
import { tupletMargin } from '../src/losses/labelled/tuplet-margin.ts';
import type { Loss } from '../src/losses/loss.ts';
import { median, spread, timed, warmUp } from './clock.ts';
import { checkedError, lossDifference } from './compare.ts';
import { centres, labelsOf, near, SEED, shuffledClasses } from './data.ts';
import type { Outcome, Run } from './tasks/task.ts';

export const LABELLED_OPTIONS = {
  loss: { type: 'string', array: true, describe: 'only these, and supCon', defaultDescription: 'all' },
  rounds: { type: 'number', describe: 'timed rounds, which take turns', default: 5, requiresArg: true },
} as const;

export interface LabelledOptions {
  readonly loss?: readonly string[];
  readonly rounds: number;
}

/** As they are without options. */
const LOSSES: Readonly<Record<string, Loss<Labelled, LabelledGradients>>> = {
  supCon: supCon(),
  ntXent: ntXent(),
  decoupledContrastive: decoupledContrastive(),
  multiSimilarity: multiSimilarity(),
  circle: circle(),
  contrastive: contrastive(),
  liftedStructure: liftedStructure(),
  generalizedLiftedStructure: generalizedLiftedStructure(),
  nca: nca(),
  nPairs: nPairs(),
  tupletMargin: tupletMargin(),
  marginLoss: marginLoss(),
  snrContrastive: snrContrastive(),
  intraPairVariance: intraPairVariance(),
  fastAp: fastAp(),
  batchHardTriplet: batchHardTriplet(),
  batchSemiHardTriplet: batchSemiHardTriplet(),
  batchAllTriplet: batchAllTriplet(),
  triplet: triplet(),
  'triplet, soft': triplet({ softMargin: true }),
  angular: angular(),
};

interface Contestant {
  readonly name: string;
  readonly run: Run;
  /** a measure takes */
  readonly calls: number;
  readonly error: number;
  readonly times: number[];
}

const [rows, cols, classes] = [2048, 256, 64];

/** Rows by which results are held to the plain kernels, which take their time. */
const FEWER = 512;

/** The losses of labelled rows against one another: each over supCon, if on fewer rows its results are those of the plain kernels. */
export async function labelled({ loss: asked, rounds }: LabelledOptions): Promise<void> {
  for (const name of asked ?? []) checkOneOf('bench labelled', '--loss', name, Object.keys(LOSSES));
  checkWhole('bench labelled', '--rounds', rounds, 1);
  const names = Object.keys(LOSSES).filter((name) => name === 'supCon' || (asked?.includes(name) ?? true));
  const right = await plainOutcomes(names);
  const contestants: Contestant[] = [];
  for (const name of names) {
    const plain = right.get(name) ?? refuse('bench labelled', `${name} must have plain results`, 'none');
    const error = checkedError(name, 'the plain kernels', lossDifference(runOf(name, FEWER)(), plain));
    const run = runOf(name, rows);
    const { calls } = await warmUp(run);
    contestants.push({ name, run, calls, error, times: [] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { run, calls, times } of contestants) times.push(await timed(run, calls));
  }
  const unit = median(contestants[0].times);
  console.log(line('loss', 'ms', 'spread', 'over supCon', 'max_error'));
  for (const { name, times, error } of contestants) {
    const ms = median(times);
    const percent = `${(100 * spread(times)).toFixed(0)} %`;
    console.log(line(name, ms.toFixed(1), percent, (ms / unit).toFixed(2), error.toExponential(1)));
  }
  console.log(`# ${rows} × ${cols}, ${classes} classes: ${kernels.name}, seed ${SEED}`);
}

/** What a process that was told to use the plain kernels sends to the one that started it. */
export function labelledTruth(): void {
  process.on('message', (name: string) => process.send?.(runOf(name, FEWER)()));
}

async function plainOutcomes(names: readonly string[]): Promise<ReadonlyMap<string, Outcome>> {
  const [, script] = process.argv;
  const env = { ...process.env, NEARMISS_KERNELS: 'plain' };
  const child = fork(script, ['labelled-truth'], { env, serialization: 'advanced' });
  const ended = once(child, 'exit').then(() =>
    refuse('bench labelled', 'the plain kernels must answer', 'their end'),
  );
  const outcomes = new Map<string, Outcome>();
  for (const name of names) {
    child.send(name);
    const [outcome] = await Promise.race([once(child, 'message'), ended]);
    outcomes.set(name, outcome);
  }
  // its end is due once it has answered
  ended.catch(() => {});
  child.disconnect();
  return outcomes;
}

function runOf(name: string, rows: number): () => Outcome {
  const classOf = shuffledClasses(rows, classes, 0);
  // rows of a class have a cosine of about 0.5
  const batch = { embeddings: near(centres(classOf, classes, cols, 1), 1, 2), labels: labelsOf(classOf) };
  const into = { embeddings: matrix(rows, cols) };
  return () => ({ value: LOSSES[name](batch, into).value, results: into });
}

function line(loss: string, ...cells: readonly string[]): string {
  return [loss.padEnd(28), ...cells.map((cell) => cell.padStart(11))].join('  ');
}
