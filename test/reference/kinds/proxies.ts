import type { Proxied, ProxiedGradients } from '../../../src/core/batches.ts';
import { matrix, type Matrix } from '../../../src/core/matrix.ts';
import type { Loss } from '../../../src/losses/loss.ts';
import { arcFace } from '../../../src/losses/proxies/arc-face.ts';
import { cosFace } from '../../../src/losses/proxies/cos-face.ts';
import { normalizedSoftmax } from '../../../src/losses/proxies/normalized-softmax.ts';
import { proxyAnchor } from '../../../src/losses/proxies/proxy-anchor.ts';
import { proxyNca } from '../../../src/losses/proxies/proxy-nca.ts';
import { softTriple } from '../../../src/losses/proxies/soft-triple.ts';
import { sphereFace } from '../../../src/losses/proxies/sphere-face.ts';
import { subCenterArcFace } from '../../../src/losses/proxies/sub-center-arc-face.ts';
import type { Answer, Kinds } from '../answer.ts';
import type { ReferenceCase } from '../case.ts';

export const proxies: Kinds = {
  proxy_nca: (given) =>
    byProxy(
      given,
      proxyNca({ scale: given.number('softmax_scale'), distance: distanceOf(given), ...reduced(given) }),
    ),
  proxy_anchor: (given) =>
    byProxy(
      given,
      proxyAnchor({ margin: given.number('margin'), alpha: given.number('alpha'), ...reduced(given) }),
    ),
  normalized_softmax: (given) =>
    byColumn(given, 'W', normalizedSoftmax({ temperature: given.number('temperature'), ...reduced(given) })),
  cosface: (given) =>
    byColumn(given, 'W', cosFace({ margin: given.number('margin'), ...scaled(given), ...reduced(given) })),
  arcface: (given) =>
    byColumn(given, 'W', arcFace({ ...inDegrees(given), ...scaled(given), ...reduced(given) })),
  // it takes no heed of its reducer: always the mean
  subcenter_arcface: (given) =>
    byColumn(
      given,
      'W',
      subCenterArcFace({ ...inDegrees(given), ...scaled(given), centers: given.number('sub_centers') }),
    ),
  sphereface: (given) =>
    byColumn(given, 'W', sphereFace({ margin: given.number('margin'), ...scaled(given), ...reduced(given) })),
  soft_triple: (given) =>
    byColumn(
      given,
      'fc',
      softTriple({
        centers: given.number('centers_per_class'),
        gamma: given.number('gamma'),
        margin: given.number('margin'),
        scale: given.number('la'),
        ...reduced(given),
      }),
    ),
};

function distanceOf(given: ReferenceCase): 'cosine' | 'squaredEuclidean' {
  return given.text('distance') === 'CosineSimilarity()' ? 'cosine' : 'squaredEuclidean';
}

function scaled(given: ReferenceCase) {
  return { scale: given.number('scale') };
}

function inDegrees(given: ReferenceCase) {
  return { marginDegrees: given.number('margin') };
}

/** pytorch-metric-learning's reducers, of which these losses have the mean by default. */
function reduced(given: ReferenceCase) {
  return { reduction: given.text('reducer') === 'sum' ? 'sum' : 'mean' } as const;
}

function byProxy(given: ReferenceCase, loss: Loss<Proxied, ProxiedGradients>): Answer {
  const { value, terms, active, gradients } = loss({
    embeddings: given.rows('embeddings'),
    labels: given.labels('labels'),
    proxies: given.rows('proxies'),
  });
  return { value, terms, active, gradients: { ...gradients } };
}

/** Where the proxies are the columns of a matrix of another name. */
function byColumn(given: ReferenceCase, name: string, loss: Loss<Proxied, ProxiedGradients>): Answer {
  const { value, terms, active, gradients } = loss({
    embeddings: given.rows('embeddings'),
    labels: given.labels('labels'),
    proxies: transposed(given.rows(name)),
  });
  return {
    value,
    terms,
    active,
    gradients: { embeddings: gradients.embeddings, [name]: transposed(gradients.proxies) },
  };
}

function transposed({ rows, cols, data }: Matrix): Matrix {
  const entry = (_: number, e: number): number => data[(e % rows) * cols + Math.floor(e / rows)];
  return matrix(cols, rows, Float32Array.from({ length: data.length }, entry));
}
