import type { Labelled, LabelledGradients } from '../../../src/core/batches.ts';
import type { PairGeometry } from '../../../src/kernels/kernels.ts';

import { angular } from '../../../src/losses/labelled/angular.ts';
import { batchAllTriplet } from '../../../src/losses/labelled/batch-all-triplet.ts';
import { batchHardTriplet } from '../../../src/losses/labelled/batch-hard-triplet.ts';
import { batchSemiHardTriplet } from '../../../src/losses/labelled/batch-semi-hard-triplet.ts';
import { fastAp } from '../../../src/losses/labelled/fast-ap.ts';
import { intraPairVariance } from '../../../src/losses/labelled/intra-pair-variance.ts';
import { marginLoss } from '../../../src/losses/labelled/margin-loss.ts';
import { nca } from '../../../src/losses/labelled/nca.ts';
import { nPairs } from '../../../src/losses/labelled/n-pairs.ts';
import { snrContrastive } from '../../../src/losses/labelled/snr-contrastive.ts';
import { tupletMargin } from '../../../src/losses/labelled/tuplet-margin.ts';
import type { ActiveReduction, Loss } from '../../../src/losses/loss.ts';
import type { Answer, Kinds } from '../answer.ts';
import type { ReferenceCase } from '../case.ts';
import { minedOf } from '../mined.ts';

export const anchors: Kinds = {
  angular: (given) =>
    byLabel(given, angular({ alpha: given.number('alpha'), negatives: 'raw', ...reduced(given) })),
  tuplet_margin: (given) =>
    byLabel(
      given,
      tupletMargin({ margin: given.number('margin'), scale: given.number('scale'), ...reduced(given) }),
    ),
  margin_beta: margin,
  fastap: (given) => byLabel(given, fastAp({ bins: given.number('num_bins'), ...reduced(given) })),
  nca: (given) => byLabel(given, nca({ scale: given.number('softmax_scale'), ...reduced(given) })),
  npairs: (given) => byLabel(given, nPairs({ geometry: geometryOf(given), ...reduced(given) })),
  snr_contrastive: (given) =>
    byLabel(
      given,
      snrContrastive({
        positiveMargin: given.number('pos_margin'),
        negativeMargin: given.number('neg_margin'),
        ...reduced(given),
      }),
    ),
  intra_pair_variance: (given) =>
    byLabel(
      given,
      intraPairVariance({
        positiveSlack: given.number('pos_eps'),
        negativeSlack: given.number('neg_eps'),
        ...reduced(given),
      }),
    ),
  batch_all_triplet: (given) => byLabel(given, batchAllTriplet(margined(given))),
  batch_hard_triplet: (given) => byLabel(given, batchHardTriplet({ ...margined(given), anchors: 'all' })),
  batch_semihard_triplet: (given) =>
    byLabel(given, batchSemiHardTriplet({ ...margined(given), anchors: 'all' })),
  batch_hard_soft_triplet: (given) =>
    byLabel(given, batchHardTriplet({ margin: 'soft', geometry: geometryOf(given), anchors: 'all' })),
  large_batch_hard_triplet: (given) =>
    byLabel(
      given,
      batchHardTriplet({ margin: given.number('margin'), geometry: 'chord', ...reduced(given) }),
    ),
};

const geometries = new Map<string, PairGeometry>([
  ['default', 'cosine'],
  ['CosineSimilarity()', 'cosine'],
  ['DotProductSimilarity(normalize_embeddings=False)', 'dot'],
  ['LpDistance(p=2, normalize_embeddings=True)', 'chord'],
  ['eucledian', 'euclidean'],
  ['cosine', 'cosine'],
]);

/** pytorch-metric-learning's reducers; what is default there is so here. */
const reductions = new Map<string, ActiveReduction | undefined>([
  ['default', undefined],
  ['avg_nonzero', 'active'],
]);

function reduced(given: ReferenceCase) {
  const reducer = given.text('reducer');
  if (!reductions.has(reducer)) throw new TypeError(`${given.name}: ${reducer} is no reduction of ours`);
  return { reduction: reductions.get(reducer) };
}

function geometryOf(given: ReferenceCase): PairGeometry | undefined {
  return geometries.get(given.text('distance'));
}

function margined(given: ReferenceCase) {
  return { margin: given.number('margin'), geometry: geometryOf(given) };
}

function margin(given: ReferenceCase): Answer {
  const loss = marginLoss({
    margin: given.number('margin'),
    beta: given.has('beta') ? given.number('beta') : undefined,
    nu: given.has('nu') ? given.number('nu') : undefined,
    ...reduced(given),
  });
  const { value, active, gradients } = loss({
    embeddings: given.rows('embeddings'),
    labels: given.labels('labels'),
    ...minedOf(given),
    beta: given.inputs.includes('beta') ? given.rows('beta') : undefined,
  });
  const { embeddings, beta } = gradients;
  return { value, active, gradients: beta === undefined ? { embeddings } : { embeddings, beta } };
}

function byLabel(given: ReferenceCase, loss: Loss<Labelled, LabelledGradients>): Answer {
  const { value, active, gradients } = loss({
    embeddings: given.rows('embeddings'),
    labels: given.labels('labels'),
    ...minedOf(given),
  });
  return { value, active, gradients: { embeddings: gradients.embeddings } };
}
