import type { Labelled } from '../../../src/core/batches.ts';
import { row } from '../../../src/core/matrix.ts';
import { chord } from '../../../src/distances/chord.ts';
import { cosine } from '../../../src/distances/cosine.ts';
import type { RowDistance } from '../../../src/distances/distance.ts';
import { dot } from '../../../src/distances/dot.ts';
import { euclidean } from '../../../src/distances/euclidean.ts';
import { squaredChord } from '../../../src/distances/squared-chord.ts';
import { angularTriplets } from '../../../src/miners/angular-triplets.ts';
import { batchEasyHard } from '../../../src/miners/batch-easy-hard.ts';
import { batchHard } from '../../../src/miners/batch-hard.ts';
import type { PairMiner, TripletMiner } from '../../../src/miners/batch-miner.ts';
import { hdcPairs } from '../../../src/miners/hdc-pairs.ts';
import { marginPairs } from '../../../src/miners/margin-pairs.ts';
import { marginTriplets } from '../../../src/miners/margin-triplets.ts';
import { multiSimilarityPairs } from '../../../src/miners/multi-similarity-pairs.ts';
import type { Kinds, MinedAnswer } from '../answer.ts';
import type { ReferenceCase } from '../case.ts';

export const miners: Kinds = {
  miner_batch_hard: (given) => triplets(given, batchHard(distanceOf(given))),
  miner_batch_easy_hard: (given) =>
    pairs(
      given,
      batchEasyHard({
        positives: oneOf(given.text('pos_strategy'), STRATEGIES),
        negatives: oneOf(given.text('neg_strategy'), STRATEGIES),
        positiveRange: given.range('allowed_pos_range'),
        negativeRange: given.range('allowed_neg_range'),
        ...distanceOf(given),
      }),
    ),
  miner_multi_similarity: (given) =>
    pairs(given, multiSimilarityPairs({ epsilon: given.number('epsilon') }), COSINE),
  miner_triplet_margin: (given) =>
    triplets(
      given,
      marginTriplets({
        margin: given.number('margin'),
        kind: oneOf(given.text('type_of_triplets'), STRATEGIES),
        ...distanceOf(given),
      }),
    ),
  miner_pair_margin: (given) => {
    const { distance, at } = measureOf(given);
    return pairs(
      given,
      marginPairs({
        positiveMargin: at(given.number('pos_margin')),
        negativeMargin: at(given.number('neg_margin')),
        distance,
      }),
    );
  },
  miner_angular: (given) =>
    triplets(given, angularTriplets({ angle: given.number('angle'), rows: 'raw' }), CHORD),
  miner_hdc: (given) =>
    pairs(given, hdcPairs({ share: given.number('filter_percentage'), ...distanceOf(given) })),
};

const STRATEGIES = ['easy', 'semihard', 'hard', 'all'] as const;

/** A distance or similarity of pytorch-metric-learning. */
interface Measure {
  readonly distance: RowDistance;
  /** what it has between two rows */
  readonly between: RowDistance['between'];
  /** the distance of ours that goes with what it has */
  readonly at: (entry: number) => number;
}

const CHORD = asDistance(chord);
const COSINE: Measure = { distance: cosine, between: cosine.score, at: cosine.fromScore };

const measures = new Map<string, Measure>([
  ['default', CHORD],
  ['CosineSimilarity()', COSINE],
  [
    'DotProductSimilarity(normalize_embeddings=False)',
    { distance: dot, between: dot.score, at: dot.fromScore },
  ],
  ['LpDistance(normalize_embeddings=False)', asDistance(euclidean)],
  ['LpDistance(power=2)', asDistance(squaredChord)],
]);

function asDistance(distance: RowDistance): Measure {
  return { distance, between: distance.between, at: (entry) => entry };
}

function measureOf(given: ReferenceCase): Measure {
  const found = measures.get(given.text('distance'));
  if (found === undefined) throw new TypeError(`${given.name}: no distance is ${given.text('distance')}`);
  return found;
}

function distanceOf(given: ReferenceCase): Pick<Measure, 'distance'> {
  return { distance: measureOf(given).distance };
}

function triplets(given: ReferenceCase, mine: TripletMiner, measure = measureOf(given)): MinedAnswer {
  const { anchors, positives, negatives } = mine(batchOf(given)).triplets;
  const asTheirs = numbering(given);
  return {
    tuples: [[anchors, positives.map(asTheirs), negatives.map(asTheirs)]],
    between: betweenRows(given, measure),
  };
}

function pairs(given: ReferenceCase, mine: PairMiner, measure = measureOf(given)): MinedAnswer {
  const { positives, negatives } = mine(batchOf(given)).pairs;
  const asTheirs = numbering(given);
  return {
    tuples: [positives, negatives].map(({ anchors, others }) => [anchors, others.map(asTheirs)]),
    between: betweenRows(given, measure),
  };
}

function batchOf(given: ReferenceCase): Labelled {
  const batch = { embeddings: given.rows('embeddings'), labels: given.labels('labels') };
  if (!given.flag('ref')) return batch;
  const references = {
    embeddings: given.rows('ref_emb'),
    labels: given.labels('ref_labels'),
    alone: true,
  };
  return { ...batch, references };
}

/** Theirs numbers references from 0, ours after the rows of the batch. */
function numbering(given: ReferenceCase): (number: number) => number {
  const first = given.flag('ref') ? given.labels('labels').length : 0;
  return (number) => number - first;
}

function betweenRows(given: ReferenceCase, { between }: Measure): MinedAnswer['between'] {
  const rows = given.rows('embeddings');
  const others = given.flag('ref') ? given.rows('ref_emb') : rows;
  return (anchor, other) => between(row(rows, anchor), row(others, other));
}

function oneOf<Name extends string>(text: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === text);
  if (found === undefined) throw new TypeError(`${text} is none of ${names.join(', ')}`);
  return found;
}
