import { identity, type OperatorFunction, pipe, tap } from 'rxjs';
import { gather, type Matrix } from '../src/core/matrix.ts';
import { named } from '../src/core/parameters.ts';
import type { DataFolder, Split } from '../src/formats/data-folder.ts';
import { blended } from '../src/losses/blended.ts';
import { crossEntropy } from '../src/losses/classification/cross-entropy.ts';
import { infoNce } from '../src/losses/views/info-nce.ts';
import { tripletRows } from '../src/losses/views/triplet-rows.ts';
import { nearMisses } from '../src/miners/near-misses.ts';
import { linear } from '../src/models/linear.ts';
import type { Sides } from '../src/models/sides.ts';
import { exact } from '../src/neighbors/exact.ts';
import { hnsw } from '../src/neighbors/hnsw.ts';
import { adamW } from '../src/optimizers/adamw.ts';
import type { EmbeddedBatch, ScoredBatch } from '../src/streams/batches.ts';
import { classify } from '../src/streams/classify.ts';
import { descend } from '../src/streams/descend.ts';
import { documents } from '../src/streams/documents.ts';
import { embedNegatives } from '../src/streams/embed-negatives.ts';
import { embed } from '../src/streams/embed.ts';
import { meter, type Reading } from '../src/streams/meter.ts';
import { mine } from '../src/streams/mine.ts';
import { countPairs, pairs } from '../src/streams/pairs.ts';
import { pull } from '../src/streams/pull.ts';
import { remember } from '../src/streams/remember.ts';
import { rowSteps } from '../src/streams/row-steps.ts';
import { score } from '../src/streams/score.ts';
import { documentsOf } from './features.ts';
import { run } from './interruption.ts';
import { progress } from './progress.ts';

export interface LearnOptions {
  readonly epochs: number;
  /** pairs a step */
  readonly batch: number;
  /** of AdamW at its highest: it rises over 20 steps and falls towards 0 */
  readonly rate: number;
  readonly temperature: number;
  /** mined negatives a pair is given at most; 0 for those of its batch alone */
  readonly negatives: number;
  /** candidates that are looked at for one pair, at most */
  readonly budget: number;
  readonly relativeMargin: number | 'none';
  readonly index: 'hnsw' | 'exact';
  readonly margin: number;
  /** of the triplet loss beside InfoNCE */
  readonly tripletWeight: number;
  /** of the cross-entropy over the queries' classes beside InfoNCE, where there are classes */
  readonly classWeight: number;
  readonly seed: number;
}

/** Steps the models of both sides through the pairs of a split, mining among the split's own documents as they are embedded. */
export async function learn(
  sides: Sides<Matrix, Matrix>,
  data: DataFolder,
  training: Split,
  options: LearnOptions,
  signal: AbortSignal,
): Promise<{ readonly steps: number; readonly seconds: number }> {
  const { epochs, batch: rows, rate, temperature, negatives, budget, relativeMargin, margin, seed } = options;
  const { corpus, queries } = data;
  const only = documentsOf(training, data);
  const allSteps = epochs * Math.ceil(countPairs(training) / rows);
  const encode = (vectors: Matrix): Matrix => sides.documents.forward(vectors).output;
  const dim = encode(gather(corpus.vectors, [])).cols;

  const index = options.index === 'hnsw' ? hnsw({ dim, seed, efConstruction: 100 }) : exact({ dim });
  const miner = nearMisses(index, { negatives: Math.max(1, negatives), budget, relativeMargin });
  const steps = rowSteps();
  const mined: OperatorFunction<EmbeddedBatch, EmbeddedBatch> = pipe(
    mine(miner, { steps }),
    embedNegatives(sides.documents, (ids) =>
      gather(
        corpus.vectors,
        ids.map((id) => corpus.names.rowOf[id]),
      ),
    ),
  );
  const loss = blended([1, infoNce({ temperature })], [options.tripletWeight, tripletRows({ margin })]);
  const head = linear({ from: dim, to: Math.max(1, queries.classCount), seed });
  const hasClasses = queries.classCount > 0 && options.classWeight > 0;
  const classes = classify<ScoredBatch>(head, crossEntropy({ ignoreIndex: -1 }), {
    weight: options.classWeight,
  });
  const parameters = { ...sides.parameters, ...(hasClasses && named('head', head.parameters)) };
  const optimizer = adamW({ rate: (step) => rate * Math.min(1, step / 20, 1 - (step - 1) / allSteps) });

  const turn = pipe(
    embed(sides),
    negatives > 0 ? mined : identity,
    score<EmbeddedBatch>(loss),
    hasClasses ? classes : identity,
    descend<ScoredBatch>(parameters, optimizer),
    negatives > 0 ? remember<ScoredBatch>(index, { steps }) : identity,
  );

  const shown = progress('training');
  const begun = performance.now();
  for (let epoch = 0; epoch < epochs; epoch++) {
    if (negatives > 0) {
      const indexing = progress('indexing');
      const at = (epoch * allSteps) / epochs;
      await run(pull(documents(corpus, { only, encode }), remember(index, { steps, at })), signal);
      indexing.done(`${index.size} documents`);
    }
    const epochOfPairs = pull(pairs(data, training, { rows, epoch, seed }), turn).pipe(
      meter({ every: 5 }),
      tap((reading) => shown.at((reading.step + 1) / allSteps, noteOf(reading))),
    );
    await run(epochOfPairs, signal);
  }
  index.dispose();
  shown.done(`${allSteps} steps`);
  return { steps: allSteps, seconds: (performance.now() - begun) / 1000 };
}

function noteOf({ loss, staleness }: Reading): string {
  const stale = staleness && `, negatives ${staleness.mean.toFixed(1)} steps old, at most ${staleness.max}`;
  return `loss ${loss.toFixed(3)}${stale ?? ''}`;
}
