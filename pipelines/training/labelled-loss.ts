import type { OperatorFunction } from 'rxjs';
import type { Proxied, ProxiedGradients } from '../../src/core/batches.ts';
import type { Matrix } from '../../src/core/matrix.ts';
import type { Parameters } from '../../src/core/parameters.ts';
import { batchHardTriplet } from '../../src/losses/labelled/batch-hard-triplet.ts';
import { circle } from '../../src/losses/labelled/circle.ts';
import { multiSimilarity } from '../../src/losses/labelled/multi-similarity.ts';
import { ntXent } from '../../src/losses/labelled/nt-xent.ts';
import { supCon } from '../../src/losses/labelled/sup-con.ts';
import type { Loss } from '../../src/losses/loss.ts';
import { arcFace } from '../../src/losses/proxies/arc-face.ts';
import { proxyAnchor } from '../../src/losses/proxies/proxy-anchor.ts';
import { softTriple } from '../../src/losses/proxies/soft-triple.ts';
import { gaussian } from '../../src/models/gaussian.ts';
import type { EmbeddedRows, ScoredRows } from '../../src/streams/labelled-batch.ts';
import { scoreProxies, scoreRows } from '../../src/streams/score-rows.ts';
import type { JobOptions } from './options.ts';

export interface LabelledScore {
  readonly score: OperatorFunction<EmbeddedRows, ScoredRows>;
  /** what the loss learns */
  readonly learned: Parameters;
}

/** Proxies a class, of softTriple. */
const CENTERS = 10;

/** The loss of labelled rows that a job asks for, with rows for the classes where it learns some. */
export function labelledScore(
  { loss, temperature, margin, seed }: JobOptions,
  classes: number,
  dim: number,
): LabelledScore {
  const proxied = (of: Loss<Proxied, ProxiedGradients>, each = 1): LabelledScore => {
    const proxies: Matrix = gaussian(each * classes, dim, 1 / Math.sqrt(dim), seed, 2);
    return { score: scoreProxies(of, proxies), learned: { 'loss.proxies': proxies } };
  };
  const made: Readonly<Record<JobOptions['loss'], () => LabelledScore>> = {
    supCon: () => ({ score: scoreRows(supCon({ temperature })), learned: {} }),
    ntXent: () => ({ score: scoreRows(ntXent({ temperature })), learned: {} }),
    multiSimilarity: () => ({ score: scoreRows(multiSimilarity()), learned: {} }),
    batchHardTriplet: () => ({ score: scoreRows(batchHardTriplet({ margin })), learned: {} }),
    circle: () => ({ score: scoreRows(circle()), learned: {} }),
    softTriple: () => proxied(softTriple({ centers: CENTERS }), CENTERS),
    proxyAnchor: () => proxied(proxyAnchor()),
    arcFace: () => proxied(arcFace()),
  };
  return made[loss]();
}
