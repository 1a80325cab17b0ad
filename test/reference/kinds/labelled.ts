import type { Labelled, LabelledGradients } from '../../../src/core/batches.ts';
import type { PairGeometry, PairReduction } from '../../../src/kernels/kernels.ts';
import { circle } from '../../../src/losses/labelled/circle.ts';
import { contrastive } from '../../../src/losses/labelled/contrastive.ts';
import { liftedStructure } from '../../../src/losses/labelled/lifted-structure.ts';
import { multiSimilarity } from '../../../src/losses/labelled/multi-similarity.ts';
import { ntXent } from '../../../src/losses/labelled/nt-xent.ts';
import { supCon } from '../../../src/losses/labelled/sup-con.ts';
import type { Loss } from '../../../src/losses/loss.ts';
import type { Answer, Kinds } from '../answer.ts';
import type { ReferenceCase } from '../case.ts';

export const labelled: Kinds = {
  pml_supcon: (given) => byLabel(given, supCon({ ...tempered(given), ...reduced(given, 'active') })),
  pml_ntxent: (given) => byLabel(given, ntXent({ ...tempered(given), ...reduced(given, 'mean') })),
  multi_similarity: (given) =>
    byLabel(
      given,
      multiSimilarity({
        alpha: given.number('alpha'),
        beta: given.number('beta'),
        base: given.number('base'),
        ...reduced(given, 'mean'),
      }),
    ),
  circle: (given) =>
    byLabel(
      given,
      circle({ margin: given.number('m'), gamma: given.number('gamma'), ...reduced(given, 'active') }),
    ),
  lifted_structure: (given) =>
    byLabel(given, liftedStructure({ ...margins(given), ...reduced(given, 'mean') })),
  pml_contrastive: (given) => byLabel(given, contrastive({ ...margins(given), ...reduced(given, 'active') })),
};

function tempered(given: ReferenceCase) {
  return { temperature: given.number('temperature') };
}

function margins(given: ReferenceCase) {
  return {
    positiveMargin: given.number('pos_margin'),
    negativeMargin: given.number('neg_margin'),
    geometry: geometries.get(given.text('distance')),
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

function byLabel(given: ReferenceCase, loss: Loss<Labelled, LabelledGradients>): Answer {
  const { value, active, gradients } = loss({
    embeddings: given.rows('embeddings'),
    labels: given.labels('labels'),
  });
  return { value, active, gradients: { embeddings: gradients.embeddings } };
}
