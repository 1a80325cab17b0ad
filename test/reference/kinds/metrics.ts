import type { Matrix } from '../../../src/core/matrix.ts';
import { cosine } from '../../../src/distances/cosine.ts';
import type { Distance } from '../../../src/distances/distance.ts';
import { euclidean } from '../../../src/distances/euclidean.ts';
import { areaUnder } from '../../../src/metrics/area-under.ts';
import { brier } from '../../../src/metrics/brier.ts';
import { calibrationError } from '../../../src/metrics/calibration-error.ts';
import { calinskiHarabasz, daviesBouldin } from '../../../src/metrics/cluster-spread.ts';
import { classificationScores, confusion, predictedClasses } from '../../../src/metrics/confusion.ts';
import { dcg } from '../../../src/metrics/dcg.ts';
import { fallOut } from '../../../src/metrics/fall-out.ts';
import { hitRate } from '../../../src/metrics/hit-rate.ts';
import { kendall } from '../../../src/metrics/kendall.ts';
import { logLoss, logLossOfLogits } from '../../../src/metrics/log-loss.ts';
import { meanAveragePrecision } from '../../../src/metrics/mean-average-precision.ts';
import { mean, meanOfClassMeans } from '../../../src/metrics/mean.ts';
import { mrr } from '../../../src/metrics/mrr.ts';
import { multiClassRocAuc } from '../../../src/metrics/multi-class-roc-auc.ts';
import {
  coverageError,
  labelRankingAveragePrecision,
  labelRankingLoss,
} from '../../../src/metrics/multi-label-ranking.ts';
import {
  adjustedMutualInformation,
  mutualInformation,
  normalizedMutualInformation,
  vMeasure,
} from '../../../src/metrics/mutual-information.ts';
import { ndcg } from '../../../src/metrics/ndcg.ts';
import { adjustedRandIndex, fowlkesMallows } from '../../../src/metrics/pair-agreement.ts';
import { bestAccuracy, bestF1 } from '../../../src/metrics/pair-threshold.ts';
import { pearson } from '../../../src/metrics/pearson.ts';
import { averagePrecision, precisionRecallCurve } from '../../../src/metrics/precision-recall.ts';
import { precision } from '../../../src/metrics/precision.ts';
import { purity } from '../../../src/metrics/purity.ts';
import { rPrecision } from '../../../src/metrics/r-precision.ts';
import { rankedLists } from '../../../src/metrics/ranked-lists.ts';
import type { Metric, Ranking } from '../../../src/metrics/ranking.ts';
import { ranks } from '../../../src/metrics/ranks.ts';
import { recall } from '../../../src/metrics/recall.ts';
import { reliability } from '../../../src/metrics/reliability.ts';
import { retrievalByLabel } from '../../../src/metrics/retrieval-by-label.ts';
import { rocAuc, rocCurve } from '../../../src/metrics/roc.ts';
import { silhouette } from '../../../src/metrics/silhouette.ts';
import { spearman } from '../../../src/metrics/spearman.ts';
import { topKAccuracy } from '../../../src/metrics/top-k-accuracy.ts';
import { topLabel } from '../../../src/metrics/top-label.ts';
import type { Kinds, MeasuredAnswer } from '../answer.ts';
import type { ReferenceCase } from '../case.ts';

/** No losses: each case has several measures of one input. */
export const metrics: Kinds = {
  best_threshold: bestThresholds,
  binary_ranking: binaryRanking,
  calibration_binary: calibrationOfTwo,
  calibration_multiclass: calibrationOfMany,
  clustering,
  correlation,
  ir_metrics: atCutoffs,
  multiclass_scores: manyClasses,
  multilabel_ranking: manyLabels,
  ndcg: gains,
  retrieval_accuracy: byLabel,
  retrieval_single_query: oneQuery,
  silhouette: separation,
};

function bestThresholds(given: ReferenceCase): MeasuredAnswer {
  const [scores, labels] = [given.list('scores'), given.labels('labels')];
  const positive = given.flag('high_score_more_similar') ? 'higher' : 'lower';
  const [byAccuracy, byF1] = [
    bestAccuracy(scores, labels, { positive }),
    bestF1(scores, labels, { positive }),
  ];
  return {
    measures: {
      accuracy: byAccuracy.accuracy,
      accuracy_threshold: byAccuracy.threshold,
      f1: byF1.f1,
      precision: byF1.precision,
      recall: byF1.recall,
      f1_threshold: byF1.threshold,
    },
  };
}

function binaryRanking(given: ReferenceCase): MeasuredAnswer {
  const [scores, labels] = [given.list('y_score'), given.labels('y_true')];
  const roc = rocCurve(scores, labels);
  const { precision, recall, thresholds } = precisionRecallCurve(scores, labels);
  return {
    measures: {
      roc_auc: rocAuc(scores, labels),
      average_precision: averagePrecision(scores, labels),
      roc_curve: { fpr: roc.falsePositiveRate, tpr: roc.truePositiveRate, thresholds: roc.thresholds },
      pr_curve: { precision, recall, thresholds },
      // recall rises from the last point to the first
      pr_auc_trapezoid: areaUnder(recall.toReversed(), precision.toReversed()),
      roc_auc_max_fpr_0_2: rocAuc(scores, labels, { maxFpr: 0.2 }),
    },
  };
}

function calibrationOfTwo(given: ReferenceCase): MeasuredAnswer {
  const [probabilities, outcomes] = [given.list('prob'), given.labels('y_true')];
  const bins = given.number('n_bins');
  const curve = (strategy: 'uniform' | 'quantile') => {
    const { observed, predicted } = reliability(probabilities, outcomes, { bins, strategy });
    return { prob_true: observed, prob_pred: predicted };
  };
  const error = (norm: 'mean' | 'rootMeanSquare' | 'max') =>
    calibrationError(probabilities, outcomes, { bins, norm, edge: 'upper' });
  return {
    measures: {
      uniform: curve('uniform'),
      quantile: curve('quantile'),
      brier: mean(brier(probabilities, outcomes)),
      log_loss: mean(logLoss(probabilities, outcomes)),
      binary_ce_l1: error('mean'),
      binary_ce_l2: error('rootMeanSquare'),
      binary_ce_max: error('max'),
    },
  };
}

function calibrationOfMany(given: ReferenceCase): MeasuredAnswer {
  const bins = given.number('n_bins');
  const { confidences, correct } = topLabel(given.rows('logits'), given.labels('target'));
  const upper = (norm: 'mean' | 'rootMeanSquare' | 'max') =>
    calibrationError(confidences, correct, { bins, norm, edge: 'upper' });
  return {
    measures: {
      ece: calibrationError(confidences, correct, { bins }),
      torchmetrics: { l1: upper('mean'), l2: upper('rootMeanSquare'), max: upper('max') },
    },
  };
}

function clustering(given: ReferenceCase): MeasuredAnswer {
  const [labels, clusters] = [given.labels('labels_true'), given.labels('labels_pred')];
  const { homogeneity, completeness, vMeasure: v_measure } = vMeasure(labels, clusters);
  return {
    measures: {
      nmi_arithmetic: normalizedMutualInformation(labels, clusters),
      nmi_geometric: normalizedMutualInformation(labels, clusters, { average: 'geometric' }),
      nmi_max: normalizedMutualInformation(labels, clusters, { average: 'max' }),
      ami: adjustedMutualInformation(labels, clusters),
      ari: adjustedRandIndex(labels, clusters),
      homogeneity,
      completeness,
      v_measure,
      mi: mutualInformation(labels, clusters),
      fmi: fowlkesMallows(labels, clusters),
      purity: purity(labels, clusters),
    },
  };
}

function correlation(given: ReferenceCase): MeasuredAnswer {
  const [x, y] = [given.list('x'), given.list('y')];
  return {
    measures: {
      spearman: spearman(x, y),
      pearson: pearson(x, y),
      kendall: kendall(x, y),
      ranks_x: ranks(x),
    },
  };
}

/** Each row is a query's list. */
function lists(scores: Matrix, grades: ArrayLike<number>): Ranking {
  const offsets = Uint32Array.from({ length: scores.rows + 1 }, (_, q) => q * scores.cols);
  return rankedLists({ scores: scores.data, grades, offsets });
}

function atCutoffs(given: ReferenceCase): MeasuredAnswer {
  const ranking = lists(given.rows('scores'), given.labels('relevant'));
  const each = (metric: (k: number) => Metric) =>
    Object.fromEntries(given.numbers('ks').map((k) => [k, mean(metric(k)(ranking))]));
  return {
    measures: {
      'accuracy@k': each(hitRate),
      'precision@k': each(precision),
      'recall@k': each(recall),
      'ndcg@k': each(ndcg),
      'mrr@k': each(mrr),
      'map@k': each((k) => meanAveragePrecision({ k, over: 'reachable' })),
    },
  };
}

function manyClasses(given: ReferenceCase): MeasuredAnswer {
  const [logits, labels] = [given.rows('logits'), given.labels('y_true')];
  const average = given.text('average') === 'weighted' ? 'weighted' : 'macro';
  const counted = confusion(predictedClasses(logits), labels, logits.cols);
  const { accuracy, macroF1, balancedAccuracy } = classificationScores(counted);
  return {
    measures: {
      ovr: multiClassRocAuc(logits, labels, { average }),
      ovo: multiClassRocAuc(logits, labels, { average, compare: 'oneVsOne' }),
      top1: mean(topKAccuracy(logits, labels, 1)),
      top2: mean(topKAccuracy(logits, labels, 2)),
      log_loss: mean(logLossOfLogits(logits, labels)),
      accuracy,
      f1_macro: macroF1,
      balanced_accuracy: balancedAccuracy,
      confusion: counted.counts,
    },
  };
}

function manyLabels(given: ReferenceCase): MeasuredAnswer {
  const [scores, labels] = [given.rows('y_score'), given.rows('y_true')];
  return {
    measures: {
      lrap: mean(labelRankingAveragePrecision(scores, labels)),
      coverage: mean(coverageError(scores, labels)),
      ranking_loss: mean(labelRankingLoss(scores, labels)),
    },
  };
}

function gains(given: ReferenceCase): MeasuredAnswer {
  const ranking = lists(given.rows('y_score'), given.list('y_true'));
  const k = given.has('k') ? given.number('k') : undefined;
  const perQuery = ndcg(k, { ties: 'averaged' })(ranking);
  return {
    measures: {
      ndcg: mean(perQuery),
      dcg: mean(dcg(k, { ties: 'averaged' })(ranking)),
      ndcg_ignore_ties: mean(ndcg(k)(ranking)),
      dcg_log10: mean(dcg(k, { ties: 'averaged', base: 10 })(ranking)),
      per_query: perQuery,
    },
  };
}

/** Unit rows are in the same order by euclidean distance as by the cosine. */
const distances = new Map<string, Distance>([
  ['cos', cosine],
  ['lp2', cosine],
  ['lp2raw', euclidean],
]);

/** None is all of them; 'max_bin_count' is what ours does where nothing is said. */
function neighborsOf(given: ReferenceCase): number | undefined {
  if (!given.has('k')) return Infinity;
  return given.is('k', 'max_bin_count') ? undefined : given.number('k');
}

async function byLabel(given: ReferenceCase): Promise<MeasuredAnswer> {
  const [labels, clusters] = [given.labels('query_labels'), given.labels('cluster_labels')];
  const found = await retrievalByLabel(given.rows('query'), labels, {
    references: given.flag('ref')
      ? { embeddings: given.rows('reference'), labels: given.labels('reference_labels') }
      : undefined,
    distance: distances.get(given.text('distance')),
    k: neighborsOf(given),
  });
  const average = (values: Float64Array): number =>
    given.flag('avg_of_avgs') ? meanOfClassMeans(values, labels) : mean(values);
  return {
    measures: {
      AMI: adjustedMutualInformation(labels, clusters),
      NMI: normalizedMutualInformation(labels, clusters),
      mean_average_precision: average(found.averagePrecision),
      mean_average_precision_at_r: average(found.mapAtR),
      mean_reciprocal_rank: average(found.reciprocalRank),
      precision_at_1: average(found.precisionAt1),
      r_precision: average(found.rPrecision),
    },
  };
}

function oneQuery(given: ReferenceCase): MeasuredAnswer {
  const [candidates] = given.shape('preds');
  const ranking = rankedLists({
    scores: given.list('preds'),
    grades: given.labels('target'),
    offsets: [0, candidates],
  });
  const k = given.has('top_k') ? given.number('top_k') : candidates;
  const [average_precision, reciprocal_rank, share, found, hit_rate, fall_out, gain, r_precision] = [
    meanAveragePrecision({ k, over: 'found' }),
    mrr(k),
    precision(k),
    recall(k),
    hitRate(k),
    fallOut(k),
    ndcg(k),
    rPrecision(),
  ].map((metric) => metric(ranking));
  return {
    measures: {
      average_precision,
      reciprocal_rank,
      precision: share,
      recall: found,
      hit_rate,
      fall_out,
      ndcg: gain,
      r_precision,
    },
  };
}

async function separation(given: ReferenceCase): Promise<MeasuredAnswer> {
  const [embeddings, labels] = [given.rows('embeddings'), given.labels('labels')];
  const samples = await silhouette(embeddings, labels);
  return {
    measures: {
      euclidean: mean(samples),
      cosine: mean(await silhouette(embeddings, labels, { distance: cosine })),
      samples,
      calinski_harabasz: calinskiHarabasz(embeddings, labels),
      davies_bouldin: daviesBouldin(embeddings, labels),
    },
  };
}
