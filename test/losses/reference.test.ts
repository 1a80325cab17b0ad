import { describe, expect, it } from 'vitest';
import type { TargetGradients, Targets } from '../../src/core/batches.ts';
import { gather, matrix, row, rowsBetween, stack, type Matrix } from '../../src/core/matrix.ts';
import type { Labelled, LabelledGradients } from '../../src/core/batches.ts';
import type { PairGeometry, PairReduction } from '../../src/kernels/kernels.ts';
import { cosine } from '../../src/distances/cosine.ts';
import { squaredEuclidean } from '../../src/distances/squared-euclidean.ts';
import { circle } from '../../src/losses/labelled/circle.ts';
import { contrastive } from '../../src/losses/labelled/contrastive.ts';
import { kernels } from '../../src/kernels/active.ts';
import { binaryCrossEntropy } from '../../src/losses/classification/binary-cross-entropy.ts';
import { crossEntropy } from '../../src/losses/classification/cross-entropy.ts';
import type { ElementwiseOptions } from '../../src/losses/elementwise.ts';
import { huber } from '../../src/losses/regression/huber.ts';
import { infoNce } from '../../src/losses/views/info-nce.ts';
import { liftedStructure } from '../../src/losses/labelled/lifted-structure.ts';
import type { Loss, Reduction } from '../../src/losses/loss.ts';
import { multiSimilarity } from '../../src/losses/labelled/multi-similarity.ts';
import { ntXent } from '../../src/losses/labelled/nt-xent.ts';
import { supCon } from '../../src/losses/labelled/sup-con.ts';
import { logCosh } from '../../src/losses/regression/log-cosh.ts';
import { mae } from '../../src/losses/regression/mae.ts';
import { mse } from '../../src/losses/regression/mse.ts';
import { quantile } from '../../src/losses/regression/quantile.ts';
import { smoothL1 } from '../../src/losses/regression/smooth-l1.ts';
import { triplet } from '../../src/losses/labelled/triplet.ts';
import { tripletRows } from '../../src/losses/views/triplet-rows.ts';
import { expectWithin, referenceCases, type ReferenceCase } from '../reference-case.ts';

/** What a loss of ours gives for a case, its gradients under the source system's names. */
interface Answer {
  readonly value: number;
  readonly terms?: Float32Array;
  readonly gradients: Readonly<Record<string, Matrix>>;
  /** whether the loss has no slope at rows of length 0 */
  readonly byDirection?: boolean;
}

/** Our losses under the names the cases have; names, options and layout, no arithmetic but a temperature's. */
const ours: Readonly<Record<string, readonly ((given: ReferenceCase) => Answer)[]>> = {
  mnrl: [(given) => ranking(given, false)],
  mnrl_symmetric: [(given) => ranking(given, true)],
  clip: [clip],
  triplet_distance: [byRows, stacked],
  st_triplet: [byRows, stacked],
  pml_supcon: [(given) => labelled(given, supCon({ ...tempered(given), ...reduced(given, 'active') }))],
  pml_ntxent: [(given) => labelled(given, ntXent({ ...tempered(given), ...reduced(given, 'mean') }))],
  multi_similarity: [
    (given) =>
      labelled(
        given,
        multiSimilarity({
          alpha: given.number('alpha'),
          beta: given.number('beta'),
          base: given.number('base'),
          ...reduced(given, 'mean'),
        }),
      ),
  ],
  circle: [
    (given) =>
      labelled(
        given,
        circle({ margin: given.number('m'), gamma: given.number('gamma'), ...reduced(given, 'active') }),
      ),
  ],
  lifted_structure: [
    (given) => labelled(given, liftedStructure({ ...margins(given), ...reduced(given, 'mean') })),
  ],
  pml_contrastive: [
    (given) => labelled(given, contrastive({ ...margins(given), ...reduced(given, 'active') })),
  ],
  cross_entropy: [byClass],
  log_softmax: [byKernels],
  bce_with_logits: [binary],
  mse: [(given) => byNumber(given, mse)],
  l1: [(given) => byNumber(given, mae)],
  huber: [(given) => byNumber(given, (options) => huber({ delta: given.number('delta'), ...options }))],
  smooth_l1: [(given) => byNumber(given, (options) => smoothL1({ beta: given.number('beta'), ...options }))],
  log_cosh: [(given) => byNumber(given, logCosh)],
  quantile: [
    (given) => byNumber(given, (options) => quantile({ quantile: given.number('quantile'), ...options })),
  ],
};

function tempered(given: ReferenceCase) {
  return { temperature: given.number('temperature') };
}

function margins(given: ReferenceCase) {
  const geometry = geometries.get(given.text('distance'));
  return {
    positiveMargin: given.number('pos_margin'),
    negativeMargin: given.number('neg_margin'),
    geometry,
  };
}

const geometries = new Map<string, PairGeometry>([
  ['default', 'chord'],
  ['LpDistance(normalize_embeddings=False)', 'euclidean'],
  ['CosineSimilarity()', 'cosine'],
]);

/** pytorch-metric-learning's reducers; each of its losses has its own default. */
function reduced(given: ReferenceCase, byDefault: PairReduction) {
  const reducer = given.text('reducer');
  return { reduction: reducer === 'default' ? byDefault : reducer === 'sum' ? 'sum' : 'mean' } as const;
}

function labelled(given: ReferenceCase, loss: Loss<Labelled, LabelledGradients>): Answer {
  const { value, gradients } = loss({
    embeddings: given.rows('embeddings'),
    labels: given.labels('labels'),
  });
  return { value, byDirection: true, gradients: { embeddings: gradients.embeddings } };
}

const distances = new Map([
  ['cos', cosine],
  ['COSINE', cosine],
  ['l2sq', squaredEuclidean],
]);

function ranking(given: ReferenceCase, symmetric: boolean): Answer {
  const byDirection = given.text('similarity') === 'cos_sim';
  const hard = given.inputs.filter((name) => name.startsWith('negative'));
  const [anchors, positives] = [given.rows('anchor'), given.rows('positive')];
  const { value, terms, gradients } = infoNce({
    temperature: 1 / given.number('scale'),
    similarity: byDirection ? 'cosine' : 'dot',
    symmetric,
    reduction: reductionOf(given),
  })({
    anchors,
    positives,
    // all of the first negatives, then all of the second
    negatives: stack(matrix(0, anchors.cols), ...hard.map((name) => given.rows(name))),
  });
  const slopes = gradients.negatives ?? matrix(0, anchors.cols);
  const { rows } = anchors;
  return {
    value,
    terms,
    byDirection,
    gradients: {
      anchor: gradients.anchors,
      positive: gradients.positives,
      ...Object.fromEntries(hard.map((name, h) => [name, rowsBetween(slopes, h * rows, (h + 1) * rows)])),
    },
  };
}

function clip(given: ReferenceCase): Answer {
  const byDirection = given.flag('normalize');
  const { value, terms, gradients } = infoNce({
    temperature: Math.exp(-given.number('log_scale')),
    similarity: byDirection ? 'cosine' : 'dot',
    symmetric: true,
    reduction: reductionOf(given),
  })({ anchors: given.rows('image'), positives: given.rows('text') });
  return { value, terms, byDirection, gradients: { image: gradients.anchors, text: gradients.positives } };
}

function tripletOptions(given: ReferenceCase) {
  const distance = distances.get(given.text('distance'));
  if (distance === undefined) throw new Error(`no distance is ${given.text('distance')}`);
  return { margin: given.number('margin'), distance, reduction: reductionOf(given) };
}

function byRows(given: ReferenceCase): Answer {
  const { value, terms, gradients } = tripletRows(tripletOptions(given))({
    anchors: given.rows('anchor'),
    positives: given.rows('positive'),
    negatives: given.rows('negative'),
  });
  const { anchors, positives, negatives = matrix(0, 0) } = gradients;
  return { value, terms, gradients: { anchor: anchors, positive: positives, negative: negatives } };
}

/** Anchors above positives above negatives, and triplets that name their rows. */
function stacked(given: ReferenceCase): Answer {
  const roles = ['anchor', 'positive', 'negative'];
  const [first, ...others] = roles.map((role) => given.rows(role));
  const numbers = Uint32Array.from({ length: first.rows }, (_, i) => i);
  const { value, terms, gradients } = triplet(tripletOptions(given))({
    embeddings: stack(first, ...others),
    labels: new Int32Array(3 * first.rows),
    triplets: {
      anchors: numbers,
      positives: numbers.map((i) => first.rows + i),
      negatives: numbers.map((i) => 2 * first.rows + i),
    },
  });
  const blocks = roles.map((role, r) => [
    role,
    rowsBetween(gradients.embeddings, r * first.rows, (r + 1) * first.rows),
  ]);
  return { value, terms, gradients: Object.fromEntries(blocks) };
}

function byClass(given: ReferenceCase): Answer {
  const logits = given.rows('logits');
  return crossEntropy({
    labelSmoothing: given.number('label_smoothing'),
    ignoreIndex: given.number('ignore_index'),
    weight: given.flag('class_weight') ? given.list('weight') : undefined,
    reduction: reductionOf(given),
  })(
    given.text('target') === 'index'
      ? { logits, labels: given.labels('target') }
      : { logits, targets: given.rows('target') },
  );
}

/** No loss: its terms are the logarithms, and its gradient that of their sum weighted by `upstream`. */
function byKernels(given: ReferenceCase): Answer {
  const logs = kernels.logSoftmax(given.rows('logits'));
  const gradient = kernels.logSoftmaxBackward(logs, given.rows('upstream'));
  return { value: NaN, terms: logs.data, gradients: { logits: gradient } };
}

function binary(given: ReferenceCase): Answer {
  const { value, terms, gradients } = binaryCrossEntropy({
    positiveWeight: given.flag('pos_weight') ? given.list('pos_weight') : undefined,
    reduction: reductionOf(given),
    listTerms: true,
  })({
    predictions: given.rows('logits'),
    targets: given.rows('target'),
    weights: given.flag('weight') ? given.rows('weight') : undefined,
  });
  return { value, terms, gradients: { logits: gradients.predictions } };
}

function byNumber(
  given: ReferenceCase,
  made: (options: ElementwiseOptions) => Loss<Targets, TargetGradients>,
): Answer {
  const loss = made({ reduction: reductionOf(given), listTerms: true });
  const { value, terms, gradients } = loss({
    predictions: given.rows('input'),
    targets: given.rows('target'),
  });
  return { value, terms, gradients: { input: gradients.predictions } };
}

/** 'none' is, of ours, the sum beside the terms. */
function reductionOf({ reduction }: ReferenceCase): Reduction {
  return reduction === 'none' ? 'sum' : reduction;
}

const cases = ['metric', 'classification', 'regression'].flatMap(referenceCases);

describe('reference values', () => {
  it('are there for each loss they are listed for', () => {
    const counts = new Map<string, number>();
    for (const { loss } of cases) counts.set(loss, (counts.get(loss) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toEqual({
      mnrl: 27,
      mnrl_symmetric: 12,
      clip: 12,
      triplet_distance: 4,
      st_triplet: 2,
      pml_supcon: 6,
      pml_ntxent: 8,
      multi_similarity: 9,
      circle: 10,
      lifted_structure: 10,
      pml_contrastive: 7,
      cross_entropy: 41,
      log_softmax: 5,
      bce_with_logits: 7,
      mse: 6,
      l1: 6,
      huber: 7,
      smooth_l1: 6,
      log_cosh: 6,
      quantile: 6,
    });
  });

  for (const given of cases) {
    it(`of ${given.name} are ours`, () => {
      for (const answer of ours[given.loss]) expectAnswer(given, answer(given));
    });
  }
});

function expectAnswer(given: ReferenceCase, { value, terms, gradients, byDirection = false }: Answer): void {
  if (given.value !== undefined) expectWithin(given.valueTolerance, [value], [given.value]);
  if (given.terms !== undefined) expectWithin(given.valueTolerance, terms ?? [], given.terms);
  for (const [name, gradient] of Object.entries(gradients)) {
    const without = byDirection ? given.zeroRows(name) : [];
    const compared = Array.from({ length: gradient.rows }, (_, i) => i).filter((i) => !without.includes(i));
    const expected = gather(given.gradient(name), compared);
    expectWithin(given.gradientTolerance(name), gather(gradient, compared).data, expected.data);
    for (const i of without) expect(row(gradient, i)).toEqual(new Float32Array(gradient.cols));
  }
}
