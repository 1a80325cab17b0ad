import type { Labelled, LabelledGradients, ScaledViewGradients, Views } from '../../../src/core/batches.ts';
import { gather, matrix, row, rowsBetween, stack } from '../../../src/core/matrix.ts';
import { decoupledContrastive } from '../../../src/losses/labelled/decoupled-contrastive.ts';
import { ntXent } from '../../../src/losses/labelled/nt-xent.ts';
import type { Loss } from '../../../src/losses/loss.ts';
import { infoNce } from '../../../src/losses/views/info-nce.ts';
import { megaBatchMargin } from '../../../src/losses/views/mega-batch-margin.ts';
import { sigLip } from '../../../src/losses/views/sig-lip.ts';
import { supConViews } from '../../../src/losses/views/sup-con-views.ts';
import type { Answer, Kinds } from '../answer.ts';
import type { ReferenceCase } from '../case.ts';
import { reductionOf } from '../options.ts';

export const views: Kinds = {
  mnrl: (given) => ranking(given, false),
  mnrl_symmetric: (given) => ranking(given, true),
  clip,
  siglip,
  selfsup_ntxent: selfSupervised,
  ntxent: (given) => byItem(given, ntXent(temperatureOf(given))),
  dcl: (given) => byItem(given, decoupledContrastive(temperatureOf(given))),
  supcon: supervised,
  mega_batch_margin: margins,
  large_clip: clip,
  large_ntxent: (given) => byItem(given, ntXent(temperatureOf(given))),
};

function ranking(given: ReferenceCase, symmetric: boolean): Answer {
  const hard = given.inputs.filter((name) => name.startsWith('negative'));
  const [anchors, positives] = [given.rows('anchor'), given.rows('positive')];
  const { value, terms, active, gradients } = infoNce({
    scale: given.number('scale'),
    similarity: given.text('similarity') === 'cos_sim' ? 'cosine' : 'dot',
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
    active,
    gradients: {
      anchor: gradients.anchors,
      positive: gradients.positives,
      ...Object.fromEntries(hard.map((name, h) => [name, rowsBetween(slopes, h * rows, (h + 1) * rows)])),
    },
  };
}

function clip(given: ReferenceCase): Answer {
  const loss = infoNce({ similarity: similarityOf(given), symmetric: true, reduction: reductionOf(given) });
  return learned(given, loss);
}

/** Their sum over the rows is our mean of the rows' sums. */
function siglip(given: ReferenceCase): Answer {
  return learned(given, sigLip({ similarity: similarityOf(given), reduction: 'mean' }));
}

function similarityOf(given: ReferenceCase) {
  // the large case has no such option, and normalizes
  return given.has('normalize') && !given.flag('normalize') ? 'dot' : 'cosine';
}

function learned(given: ReferenceCase, loss: Loss<Views, ScaledViewGradients>): Answer {
  const { value, terms, active, gradients } = loss({
    anchors: given.rows('image'),
    positives: given.rows('text'),
    logScale: given.scalar('log_scale'),
    ...(given.inputs.includes('bias') && { bias: given.scalar('bias') }),
  });
  const { anchors: image, positives: text, logScale = NaN, bias = NaN } = gradients;
  return { value, terms, active, gradients: { image, text, log_scale: logScale, bias } };
}

/** Two views of each item, one above the other, a label an item. */
function byItem(given: ReferenceCase, loss: Loss<Labelled, LabelledGradients>): Answer {
  const [x, y] = [given.rows('x'), given.rows('y')];
  const items = Int32Array.from({ length: x.rows }, (_, i) => i);
  const { value, active, gradients } = loss({
    embeddings: stack(x, y),
    labels: Int32Array.of(...items, ...items),
  });
  const { embeddings } = gradients;
  return {
    value,
    active,
    gradients: { x: rowsBetween(embeddings, 0, x.rows), y: rowsBetween(embeddings, x.rows, 2 * x.rows) },
  };
}

function temperatureOf(given: ReferenceCase) {
  return { temperature: given.number('temperature'), reduction: reductionOf(given) };
}

/** From one view to the other, or among both. */
function selfSupervised(given: ReferenceCase): Answer {
  if (given.flag('symmetric')) return byItem(given, ntXent(temperatureOf(given)));
  const { value, terms, active, gradients } = infoNce(temperatureOf(given))({
    anchors: given.rows('x'),
    positives: given.rows('y'),
  });
  return { value, terms, active, gradients: { x: gradients.anchors, y: gradients.positives } };
}

/** Theirs are items × views, ours views × items. */
function supervised(given: ReferenceCase): Answer {
  const [items, views] = given.shape('features');
  const theirs = given.rows('features');
  const places = Array.from({ length: items * views }, (_, r) => (r % items) * views + Math.floor(r / items));
  const { value, active, gradients } = supConViews({
    temperature: given.number('temperature'),
    baseTemperature: given.number('base_temperature'),
    anchors: given.text('contrast_mode') === 'one' ? 'first' : 'all',
    similarity: 'dot',
    reduction: reductionOf(given),
  })({
    embeddings: gather(theirs, places),
    views,
    ...(given.flag('labels') && { labels: given.labels('labels') }),
  });
  const back = matrix(theirs.rows, theirs.cols);
  places.forEach((place, r) => row(back, place).set(row(gradients.embeddings, r)));
  return { value, active, gradients: { features: back } };
}

function margins(given: ReferenceCase): Answer {
  const { value, terms, active, gradients } = megaBatchMargin({
    positiveMargin: given.number('positive_margin'),
    negativeMargin: given.number('negative_margin'),
    reduction: reductionOf(given),
  })({ anchors: given.rows('a'), positives: given.rows('b') });
  return { value, terms, active, gradients: { a: gradients.anchors, b: gradients.positives } };
}
