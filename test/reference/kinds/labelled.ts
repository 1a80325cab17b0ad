import type { Labelled, LabelledGradients } from '../../../src/core/batches.ts';
import { matrix } from '../../../src/core/matrix.ts';
import { chord } from '../../../src/distances/chord.ts';
import { cosine } from '../../../src/distances/cosine.ts';
import type { RowDistance } from '../../../src/distances/distance.ts';
import { dot } from '../../../src/distances/dot.ts';
import { euclidean } from '../../../src/distances/euclidean.ts';
import { manhattan } from '../../../src/distances/lp.ts';
import { squaredChord } from '../../../src/distances/squared-chord.ts';
import { squaredEuclidean } from '../../../src/distances/squared-euclidean.ts';
import type { PairGeometry, PairReduction } from '../../../src/kernels/kernels.ts';
import { circle } from '../../../src/losses/labelled/circle.ts';
import { contrastive } from '../../../src/losses/labelled/contrastive.ts';
import { generalizedLiftedStructure } from '../../../src/losses/labelled/generalized-lifted-structure.ts';
import { liftedStructure } from '../../../src/losses/labelled/lifted-structure.ts';
import { multiSimilarity } from '../../../src/losses/labelled/multi-similarity.ts';
import { ntXent } from '../../../src/losses/labelled/nt-xent.ts';
import { supCon } from '../../../src/losses/labelled/sup-con.ts';
import { triplet } from '../../../src/losses/labelled/triplet.ts';
import type { Loss } from '../../../src/losses/loss.ts';
import type { Answer, Kinds } from '../answer.ts';
import type { ReferenceCase } from '../case.ts';
import { minedOf } from '../mined.ts';

export const labelled: Kinds = {
  pml_supcon: (given) =>
    byLabel(
      given,
      supCon({
        ...tempered(given),
        needsNegatives: true,
        // its mean is over all anchors, those without a positive among them
        reduction: reductionOf(given, { byDefault: 'active', mean: 'perAnchor' }),
      }),
    ),
  pml_ntxent: (given) => byLabel(given, ntXent({ ...tempered(given), reduction: reductionOf(given) })),
  large_supcon: (given) => byLabel(given, supCon({ ...tempered(given), reduction: 'mean' })),
  pml_triplet: (given) =>
    byLabel(
      given,
      triplet({
        margin: given.number('margin'),
        swap: given.has('swap') && given.flag('swap'),
        softMargin: given.has('smooth_loss') && given.flag('smooth_loss'),
        distance: distanceOf(given),
        reduction: tripletReductionOf(given),
      }),
    ),
  multi_similarity: (given) =>
    byLabel(
      given,
      multiSimilarity({
        alpha: given.number('alpha'),
        beta: given.number('beta'),
        base: given.number('base'),
        reduction: reductionOf(given),
      }),
    ),
  circle: (given) =>
    byLabel(
      given,
      circle({
        margin: given.number('m'),
        gamma: given.number('gamma'),
        reduction: reductionOf(given, { byDefault: 'active' }),
      }),
    ),
  lifted_structure: (given) =>
    byLabel(given, liftedStructure({ ...margins(given), reduction: reductionOf(given) })),
  generalized_lifted: (given) =>
    byLabel(given, generalizedLiftedStructure({ ...margins(given), reduction: reductionOf(given) })),
  pml_contrastive: (given) =>
    byLabel(
      given,
      contrastive({ ...margins(given), reduction: reductionOf(given, { byDefault: 'active' }) }),
    ),
};

function tempered(given: ReferenceCase) {
  return {
    temperature: given.number('temperature'),
    similarity: given.has('distance') ? geometryOf(given, 'cosine') : undefined,
  };
}

function margins(given: ReferenceCase) {
  return {
    positiveMargin: given.number('pos_margin'),
    negativeMargin: given.number('neg_margin'),
    geometry: geometryOf(given, 'chord'),
  };
}

/** A loss of pytorch-metric-learning is by cosine or by the distance of unit rows where nothing is said. */
function geometryOf(given: ReferenceCase, byDefault: PairGeometry): PairGeometry {
  const distance = given.text('distance');
  const found = distance === 'default' ? byDefault : geometries.get(distance);
  if (found === undefined) throw new TypeError(`${given.name}: no geometry is ${distance}`);
  return found;
}

const geometries = new Map<string, PairGeometry>([
  ['CosineSimilarity()', 'cosine'],
  ['DotProductSimilarity()', 'dot'],
  ['LpDistance(p=2, normalize_embeddings=True)', 'chord'],
  ['LpDistance(normalize_embeddings=False)', 'euclidean'],
  ['LpDistance(power=2, normalize_embeddings=True)', 'squaredChord'],
  ['LpDistance(power=2, normalize_embeddings=False)', 'squaredEuclidean'],
]);

function distanceOf(given: ReferenceCase): RowDistance {
  const found = distances.get(given.text('distance'));
  if (found === undefined) throw new TypeError(`${given.name}: no distance is ${given.text('distance')}`);
  return found;
}

const distances = new Map<string, RowDistance>([
  ['default', chord],
  ['CosineSimilarity()', cosine],
  ['DotProductSimilarity()', dot],
  ['LpDistance(p=2, normalize_embeddings=True)', chord],
  ['LpDistance(normalize_embeddings=False)', euclidean],
  ['LpDistance(power=2, normalize_embeddings=True)', squaredChord],
  ['LpDistance(power=2, normalize_embeddings=False)', squaredEuclidean],
  ['LpDistance(p=1, normalize_embeddings=False)', manhattan],
]);

/** pytorch-metric-learning's reducers; each of its losses has its own default, and some have another thing to take the mean of. */
function reductionOf(
  given: ReferenceCase,
  { byDefault = 'mean', mean = 'mean' }: { byDefault?: PairReduction; mean?: PairReduction } = {},
): PairReduction {
  const reducer = given.text('reducer');
  const found = new Map<string, PairReduction>([
    ['default', byDefault],
    ['mean', mean],
    ['sum', 'sum'],
    ['per_anchor', 'perAnchor'],
  ]).get(reducer);
  if (found === undefined) throw new TypeError(`${given.name}: no reduction of ours is ${reducer}`);
  return found;
}

function tripletReductionOf(given: ReferenceCase): Exclude<PairReduction, 'perAnchor'> {
  const found = reductionOf(given, { byDefault: 'active' });
  if (found === 'perAnchor') throw new TypeError(`${given.name}: no triplets of ours are perAnchor`);
  return found;
}

function byLabel(given: ReferenceCase, loss: Loss<Labelled, LabelledGradients>): Answer {
  const batch = {
    embeddings: given.rows('embeddings'),
    labels: given.labels('labels'),
    ...minedOf(given),
  };
  if (!given.inputs.includes('ref_emb')) {
    const { value, active, gradients } = loss(batch);
    return { value, active, gradients: { embeddings: gradients.embeddings } };
  }
  const references = {
    embeddings: given.rows('ref_emb'),
    labels: given.labels('ref_labels'),
    alone: true,
  };
  const { rows, cols } = references.embeddings;
  const into = { references: matrix(rows, cols) };
  const { value, active, gradients } = loss({ ...batch, references }, into);
  return { value, active, gradients: { embeddings: gradients.embeddings, ref_emb: into.references } };
}
