import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { checkWhole } from '../../core/check.ts';
import { matrix, type Matrix } from '../../core/matrix.ts';
import type { Kernels, Similarity } from '../kernels.ts';
import { plain } from '../plain/plain.ts';
import { addonFrom } from './addon.ts';

/**
 * The kernels in C++, with `NEARMISS_THREADS` threads or as many as the process may use; those there are not in C++
 * yet are the plain ones. undefined where the addon was not built.
 *
 * @throws RangeError if NEARMISS_THREADS is not a whole number >= 1
 */
export function native(): Kernels | undefined {
  const addon = addonFrom(createRequire(import.meta.url));
  if (addon === undefined) return undefined;
  const asked = process.env.NEARMISS_THREADS;
  const threads = asked === undefined ? availableParallelism() : Number(asked);
  checkWhole('NEARMISS_THREADS', 'the number of threads', threads, 1);
  addon.useThreads(threads);

  const product = (a: Matrix, aByRows: boolean, b: Matrix, bByRows: boolean, out?: Matrix): Matrix => {
    const [rows, depth] = aByRows ? [a.rows, a.cols] : [a.cols, a.rows];
    const cols = bByRows ? b.rows : b.cols;
    const into = out ?? matrix(rows, cols);
    addon.product(a.data, rows, depth, Number(aByRows), b.data, cols, depth, Number(bByRows), into.data);
    return into;
  };

  return {
    ...plain,
    name: `native (${addon.instructionSet()}, ${threads} threads)`,
    pace: 3e9,
    times: (a, b, out) => product(a, true, b, false, out),
    timesTransposed: (a, b, out) => product(a, true, b, true, out),
    transposedTimes: (a, b, out) => product(a, false, b, false, out),
    normalize(x) {
      const [unit, norms] = [matrix(x.rows, x.cols), new Float64Array(x.rows)];
      addon.normalize(x.data, x.rows, x.cols, unit.data, norms);
      return { unit, norms };
    },
    normalizeBackward({ unit, norms }, upstream, out = matrix(unit.rows, unit.cols)) {
      addon.normalizeBackward(unit.data, norms, upstream.data, unit.rows, unit.cols, out.data);
      return out;
    },
    softmaxCrossEntropy({ logits, labels, ignored, smoothing, upstream }, gradient) {
      const terms = new Float32Array(logits.rows);
      const sum = addon.softmaxCrossEntropy(
        logits.data,
        logits.rows,
        logits.cols,
        labels,
        ignored,
        smoothing,
        upstream,
        gradient.data,
        terms,
      );
      return { value: upstream * sum, terms, active: countActive(terms) };
    },
    infoNce(input, gradients) {
      const { anchors, positives, negatives, offsets, masks } = input;
      const terms = new Float32Array(anchors.rows);
      const [items, labels] = masks.map((mask) => ({
        items: Int32Array.from(mask.items),
        negatives: mask.negatives && Int32Array.from(mask.negatives),
      }));
      const sums = new Float64Array(2);
      addon.infoNce(
        anchors.data,
        positives.data,
        negatives?.data ?? null,
        anchors.rows,
        anchors.cols,
        negatives?.rows ?? 0,
        offsets ?? null,
        input.scale,
        input.upstream,
        Number(input.bothWays),
        input.dropped?.offsets ?? null,
        // an empty array has no address, and none would mean that there are no lists
        input.dropped?.ids.length ? input.dropped.ids : null,
        masks.length,
        items?.items ?? null,
        items?.negatives ?? null,
        labels?.items ?? null,
        labels?.negatives ?? null,
        gradients.anchors.data,
        gradients.positives.data,
        gradients.negatives?.data ?? null,
        terms,
        sums,
      );
      const [sum, scale] = sums;
      return { value: input.upstream * sum, terms, active: countActive(terms), scale };
    },
    topK(queries, { rows, ids, classes }, k, { similarity, exclude = {} }) {
      const { queryClass, allowed, perQuery } = exclude;
      const best = {
        rows: new Uint32Array(queries.rows * k),
        scores: new Float32Array(queries.rows * k),
        found: new Uint32Array(queries.rows),
      };
      if (k === 0) return best;
      addon.topK(
        queries.data,
        queries.rows,
        rows.data,
        rows.rows,
        rows.cols,
        k,
        SIMILARITIES.indexOf(similarity),
        ids,
        classes ?? null,
        queryClass ?? null,
        // an empty array has no address, and none would mean that all are allowed
        allowed === undefined || allowed.length > 0 ? (allowed ?? null) : new Uint8Array(1),
        allowed?.length ?? 0,
        perQuery?.offsets ?? null,
        perQuery?.ids ?? null,
        best.rows,
        best.scores,
        best.found,
      );
      return best;
    },
    adamW(parameter, gradient, { mean, square }, { rate, beta1, beta2, epsilon, decay, step }) {
      const filled = [1 - beta1 ** step, 1 - beta2 ** step] as const;
      addon.adamW(
        parameter.data,
        gradient.data,
        mean.data,
        square.data,
        parameter.data.length,
        rate,
        beta1,
        beta2,
        epsilon,
        decay,
        ...filled,
      );
    },
  };
}

/** In the order of the addon's enumeration. */
const SIMILARITIES: readonly Similarity[] = ['dot', 'cosine', 'euclidean'];

function countActive(terms: Float32Array): number {
  let active = 0;
  for (const term of terms) if (term > 0) active++;
  return active;
}
