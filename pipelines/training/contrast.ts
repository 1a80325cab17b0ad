import { identity, type OperatorFunction, pipe } from 'rxjs';
import type { ScaledViewGradients, Views } from '../../src/core/batches.ts';
import { matrix, type Matrix } from '../../src/core/matrix.ts';
import { named, type Parameters } from '../../src/core/parameters.ts';
import { blended } from '../../src/losses/blended.ts';
import { crossEntropy } from '../../src/losses/classification/cross-entropy.ts';
import type { Loss } from '../../src/losses/loss.ts';
import { matryoshka } from '../../src/losses/matryoshka.ts';
import { infoNce } from '../../src/losses/views/info-nce.ts';
import { tripletRows } from '../../src/losses/views/triplet-rows.ts';
import { nearMisses } from '../../src/miners/near-misses.ts';
import { linear } from '../../src/models/linear.ts';
import type { Sides } from '../../src/models/sides.ts';
import { exact } from '../../src/neighbors/exact.ts';
import { hnsw } from '../../src/neighbors/hnsw.ts';
import { memoryBank } from '../../src/neighbors/memory-bank.ts';
import type { NeighborIndex } from '../../src/neighbors/neighbor-index.ts';
import { atSteps, where } from '../../src/streams/at-steps.ts';
import type { EmbeddedBatch, PairBatch, RowBatch, ScoredBatch } from '../../src/streams/batches.ts';
import { classify } from '../../src/streams/classify.ts';
import { type Descended, descend } from '../../src/streams/descend.ts';
import { embedNegatives } from '../../src/streams/embed-negatives.ts';
import { embed } from '../../src/streams/embed.ts';
import { mine } from '../../src/streams/mine.ts';
import { pull } from '../../src/streams/pull.ts';
import { remember } from '../../src/streams/remember.ts';
import { rowSteps } from '../../src/streams/row-steps.ts';
import { score } from '../../src/streams/score.ts';
import { run } from '../interruption.ts';
import type { Dev, Job, Passes } from './job.ts';
import { stepping } from './optimizer.ts';
import type { JobOptions } from './options.ts';

/** Where pairs come from, and what negatives are mined among. */
export interface PairSource<Query, Document> {
  readonly steps: number;
  batches(from: number): Iterable<PairBatch<Query, Document>> | AsyncIterable<PairBatch<Query, Document>>;
  /** how many classes queries have; 0 for none */
  readonly classes: number;
  /** What documents are embedded from, by id. */
  documents(ids: Uint32Array): Document | Promise<Document>;
  /** of files */
  readonly passes?: Passes;
  /** All that negatives are mined among, where they are not the last that came, embedded anew at the first step of mining and then after each so many steps. */
  readonly collection?: { readonly every: number; rows(): AsyncIterable<RowBatch> };
}

type Descent = ScoredBatch & Descended;

/** Pulls what belongs together near, and what is mistaken for it away. */
export function contrast<Query, Document>(
  sides: Sides<Query, Document>,
  source: PairSource<Query, Document>,
  options: JobOptions,
  { dim, dev, index }: { readonly dim: number; readonly dev?: Dev; readonly index?: NeighborIndex },
  signal: AbortSignal,
): Job<PairBatch<Query, Document>, Descent> {
  const { batches, steps } = source;
  const head =
    source.classes > 0 && options['class-weight'] > 0 ? headOf(dim, source.classes, options) : undefined;
  const scale: Parameters = options['learn-temperature'] ? { logScale: logScaleOf(options.temperature) } : {};
  const learned = { ...sides.parameters, ...head?.parameters, ...named('loss', scale) };
  const taking = stepping(options, steps);
  const mining =
    options.negatives > 0
      ? liveMining(
          sides,
          source,
          options,
          index ?? indexOf(dim, options, source.collection === undefined),
          signal,
        )
      : undefined;
  const turn = pipe(
    embed(sides),
    mining?.mined ?? identity,
    score<EmbeddedBatch>(lossOf(options, dim), scale),
    head?.classify ?? identity,
    descend<ScoredBatch>(learned, taking.optimizer),
    mining?.remembered ?? identity,
  );
  return { steps, batches, turn, learned, stepping: taking, mined: mining, passes: source.passes, dev };
}

function lossOf(options: JobOptions, dim: number): Loss<Views, ScaledViewGradients> {
  const { temperature, symmetric, margin, matryoshka: widths, 'triplet-weight': weight } = options;
  const alone = infoNce({ symmetric, ...(!options['learn-temperature'] && { temperature }) });
  const loss = blended([1, alone], [weight, tripletRows({ margin })]);
  const used = options.negatives > 0 && weight > 0 ? loss : alone;
  return widths === undefined ? used : matryoshka(used, [...new Set([dim, ...widths])]);
}

function logScaleOf(temperature: number): Matrix {
  return matrix(1, 1, Float32Array.of(-Math.log(temperature)));
}

/** A loss of classes beside the other: what queries are of. */
function headOf(
  dim: number,
  classes: number,
  { seed, 'class-weight': weight }: JobOptions,
): {
  readonly parameters: Parameters;
  readonly classify: OperatorFunction<ScoredBatch & EmbeddedBatch, ScoredBatch>;
} {
  const head = linear({ from: dim, to: classes, seed });
  return {
    parameters: named('head', head.parameters),
    classify: classify(head, crossEntropy({ ignoreIndex: -1 }), { weight }),
  };
}

function indexOf(dim: number, { index, seed, memory }: JobOptions, queue: boolean): NeighborIndex {
  if (queue) return memoryBank({ dim, rows: memory });
  return index === 'hnsw' ? hnsw({ dim, seed, efConstruction: 100 }) : exact({ dim });
}

/** The index follows the model, and what is found in it joins the batch, embedded anew. */
function liveMining<Query, Document>(
  sides: Sides<Query, Document>,
  { collection, documents }: PairSource<Query, Document>,
  options: JobOptions,
  index: NeighborIndex,
  signal: AbortSignal,
) {
  const { negatives, budget, memory, 'relative-margin': relativeMargin, 'mine-from': first } = options;
  const steps = rowSteps(collection === undefined ? { most: memory } : {});
  const miner = nearMisses(index, { negatives, budget, relativeMargin });
  const isDue = (step: number): boolean =>
    collection !== undefined && step >= first && (step - first) % collection.every === 0;
  const refill = async ({ step }: EmbeddedBatch): Promise<void> => {
    if (collection !== undefined)
      await run(pull(collection.rows(), remember(index, { steps, at: step })), signal);
  };
  const mined: OperatorFunction<EmbeddedBatch, EmbeddedBatch> = pipe(
    atSteps(isDue, refill),
    where<EmbeddedBatch, EmbeddedBatch>(
      ({ step, views }) => step >= first && views.negatives === undefined && index.size > 0,
      pipe(mine(miner, { steps }), embedNegatives(sides.documents, documents)),
    ),
  );
  const remembered = where<Descent, Descent>(({ step }) => step >= first, remember(index, { steps }));
  return { index, steps, mined, remembered };
}
