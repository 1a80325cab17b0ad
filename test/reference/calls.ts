/** Theirs as it is with its own defaults, in ours. */
export interface Call {
  /** as it would be written in TypeScript, with every option that is not the default of ours */
  readonly ours: string;
  /** how they name it, where that is not what `meta.call` begins with */
  readonly theirs?: string;
  /** theirs, by which a test finds the cases of embeddings and labels that were called with them */
  readonly defaults?: Readonly<Record<string, number | string>>;
}

/** Of pytorch-metric-learning, where nothing is said. */
const USUAL = { distance: 'default', reducer: 'default' };

/** By the name that `meta.loss` has or, where several systems have it, by that and the system's short name. */
export const calls: Readonly<Record<string, Call>> = {
  mse: { ours: 'mse()' },
  l1: { ours: 'mae()' },
  huber: { ours: 'huber()' },
  smooth_l1: { ours: 'smoothL1()' },
  log_cosh: { ours: 'logCosh()' },
  quantile: { ours: 'quantile()' },
  cross_entropy: { ours: 'crossEntropy()' },
  nll: { ours: 'negativeLogLikelihood()' },
  kl_div: { ours: "klDivergence({ reduction: 'mean' })" },
  bce: { ours: "binaryCrossEntropy({ from: 'probabilities' })" },
  bce_with_logits: { ours: 'binaryCrossEntropy()' },
  multilabel_soft_margin: { ours: 'multiLabelSoftMargin()' },
  sigmoid_focal: { ours: 'sigmoidFocal({ alpha: 0.25 })' },
  'softmax_focal kornia': { ours: "softmaxFocal({ convention: 'kornia' })" },
  'softmax_focal MONAI': { ours: 'softmaxFocal()', theirs: 'FocalLoss(use_softmax=True)' },
  poly1_cross_entropy: { ours: 'poly1CrossEntropy()' },
  poly1_soft_targets: { ours: 'poly1CrossEntropy({ epsilon: 2 })' },
  poly1_focal: { ours: 'poly1Focal({ alpha: 0.25 })' },
  'dice segmentation_models.pytorch': { ours: "dice({ convention: 'smp' })" },
  'dice MONAI': { ours: "dice({ convention: 'monai', activation: 'none' })" },
  'dice optax': { ours: "dice({ convention: 'optax' })" },
  'binary_hinge scikit-learn': { ours: 'hinge()' },
  'binary_hinge optax': { ours: 'hinge({ slopeAtMargin: 0.5 })' },
  squared_hinge: { ours: 'squaredHinge()' },
  modified_huber: { ours: 'modifiedHuber()' },
  soft_margin: { ours: 'softMargin()' },
  hinge_embedding: { ours: 'hingeEmbedding()' },
  margin_ranking: { ours: 'marginRanking()' },
  multi_margin: { ours: 'multiClassHinge()' },
  crammer_singer: { ours: 'crammerSinger()' },
  crammer_singer_value: { ours: 'crammerSinger()' },
  multilabel_margin: { ours: 'multiLabelMargin()' },
  triplet_margin: { ours: 'tripletRows({ margin: 1, distance: lp({ eps: 1e-6 }) })' },
  triplet_distance: { ours: 'tripletRows({ margin: 1, distance: lp({ eps: 1e-6 }) })' },
  st_triplet: { ours: 'tripletRows({ margin: 5, distance: euclidean })' },
  cosine_embedding: { ours: 'cosineEmbedding()' },
  cosine_similarity_loss: { ours: 'cosineRegression()' },
  cosent: { ours: 'coSent()' },
  angle: { ours: 'angle()' },
  st_contrastive: { ours: 'contrastivePairs()' },
  online_contrastive: { ours: 'onlineContrastive()' },
  negative_cosine: { ours: 'negativeCosine()' },
  alignment: { ours: 'alignment()' },
  uniformity: { ours: 'uniformity()' },
  mnrl: { ours: 'infoNce({ scale: 20 })' },
  mnrl_symmetric: { ours: 'infoNce({ scale: 20, symmetric: true })' },
  clip: { ours: "infoNce({ symmetric: true, similarity: 'dot' })" },
  large_clip: { ours: "infoNce({ symmetric: true, similarity: 'dot' })" },
  siglip: { ours: "sigLip({ similarity: 'dot' })" },
  selfsup_ntxent: { ours: 'ntXent()', theirs: 'SelfSupervisedLoss(NTXentLoss())' },
  ntxent: { ours: 'ntXent({ temperature: 0.5 })' },
  large_ntxent: { ours: 'ntXent({ temperature: 0.5 })' },
  dcl: { ours: 'decoupledContrastive()' },
  supcon: { ours: "supConViews({ baseTemperature: 0.07, similarity: 'dot' })" },
  large_batch_hard_triplet: {
    ours: "batchHardTriplet({ margin: 0.05, geometry: 'chord', reduction: 'active' })",
    theirs: 'BatchHardMiner() and TripletMarginLoss',
  },
  pml_triplet: {
    ours: "triplet({ margin: 0.05, distance: chord, reduction: 'active' })",
    defaults: { margin: 0.05, ...USUAL },
  },
  pml_contrastive: { ours: 'contrastive()', defaults: { pos_margin: 0, neg_margin: 1, ...USUAL } },
  pml_ntxent: { ours: 'ntXent()', defaults: { temperature: 0.07, ...USUAL } },
  pml_supcon: {
    ours: "supCon({ needsNegatives: true, reduction: 'active' })",
    defaults: { temperature: 0.1, ...USUAL },
  },
  multi_similarity: { ours: 'multiSimilarity()', defaults: { alpha: 2, beta: 50, base: 0.5, ...USUAL } },
  circle: { ours: "circle({ reduction: 'active' })", defaults: { m: 0.4, gamma: 80, ...USUAL } },
  lifted_structure: { ours: 'liftedStructure()', defaults: { pos_margin: 0, neg_margin: 1, ...USUAL } },
  generalized_lifted: {
    ours: 'generalizedLiftedStructure()',
    defaults: { pos_margin: 0, neg_margin: 1, ...USUAL },
  },
  npairs: { ours: "nPairs({ geometry: 'cosine' })", defaults: USUAL },
  angular: { ours: "angular({ negatives: 'raw' })", defaults: { alpha: 40, ...USUAL } },
  margin_beta: { ours: 'marginLoss()', defaults: { margin: 0.2, beta: 1.2, ...USUAL } },
  fastap: { ours: 'fastAp()', defaults: { num_bins: 10, ...USUAL } },
  tuplet_margin: { ours: 'tupletMargin()', defaults: { margin: 5.73, scale: 64, ...USUAL } },
  snr_contrastive: { ours: 'snrContrastive()', defaults: { pos_margin: 0, neg_margin: 1, ...USUAL } },
  nca: { ours: 'nca()', defaults: { softmax_scale: 1, ...USUAL } },
  intra_pair_variance: { ours: 'intraPairVariance()', defaults: { pos_eps: 0.01, neg_eps: 0.01, ...USUAL } },
  batch_all_triplet: {
    ours: "batchAllTriplet({ margin: 5, geometry: 'euclidean' })",
    defaults: { margin: 5, distance: 'eucledian' },
  },
  batch_hard_triplet: {
    ours: "batchHardTriplet({ margin: 5, geometry: 'euclidean', anchors: 'all' })",
    defaults: { margin: 5, distance: 'eucledian' },
  },
  batch_hard_soft_triplet: {
    ours: "batchHardTriplet({ margin: 'soft', geometry: 'euclidean', anchors: 'all' })",
    defaults: { distance: 'eucledian' },
  },
  batch_semihard_triplet: {
    ours: "batchSemiHardTriplet({ margin: 5, geometry: 'euclidean', anchors: 'all' })",
    defaults: { margin: 5, distance: 'eucledian' },
  },
  mega_batch_margin: { ours: 'megaBatchMargin()' },
  margin_mse: { ours: 'marginMse()' },
  distill_kl: { ours: 'distillKl()' },
  vicreg: { ours: 'vicreg()' },
  'barlow_twins facebookresearch/barlowtwins': { ours: 'barlowTwins()' },
  normalized_softmax: { ours: 'normalizedSoftmax()' },
  cosface: { ours: 'cosFace()' },
  arcface: { ours: 'arcFace()' },
  sphereface: { ours: 'sphereFace()' },
  subcenter_arcface: { ours: 'subCenterArcFace()' },
  proxy_nca: { ours: 'proxyNca()' },
  proxy_anchor: { ours: 'proxyAnchor()' },
  soft_triple: { ours: 'softTriple()' },
};

/** What a kind of case that has several measures calls there, in the order of ours. */
const MEASURES: Readonly<Record<string, string>> = {
  best_threshold: 'find_best_acc_and_threshold, find_best_f1_and_threshold',
  binary_ranking: 'roc_auc_score, roc_curve, average_precision_score, precision_recall_curve',
  calibration_binary: 'calibration_curve, torchmetrics.binary_calibration_error, brier_score_loss, log_loss',
  calibration_multiclass: 'multiclass_calibration_error',
  clustering:
    'normalized_mutual_info_score, adjusted_mutual_info_score, mutual_info_score, homogeneity_completeness_v_measure, adjusted_rand_score, fowlkes_mallows_score',
  correlation: 'pearsonr, spearmanr, kendalltau',
  ir_metrics: 'InformationRetrievalEvaluator',
  multiclass_scores:
    'roc_auc_score, top_k_accuracy_score, log_loss, confusion_matrix, f1_score, balanced_accuracy_score',
  multilabel_ranking: 'label_ranking_average_precision_score, coverage_error, label_ranking_loss',
  ndcg: 'ndcg_score, dcg_score',
  retrieval_accuracy: 'AccuracyCalculator',
  retrieval_single_query: 'torchmetrics.functional.retrieval_*',
  silhouette: 'silhouette_score, silhouette_samples, calinski_harabasz_score, davies_bouldin_score',
};

/** The call of a kind of case by a system. */
export function callOf(loss: string, system: string): Call | undefined {
  return calls[`${loss} ${shortName(system)}`] ?? calls[loss];
}

/** `PyTorch` of `PyTorch 1.13.0a0 (Debian …)`. */
export function shortName(system: string): string {
  return system.split(/ (?=[\d(@])/)[0];
}

/** What `meta.call` calls: TripletMarginLoss of pytorch_metric_learning.losses.TripletMarginLoss(margin=0.05, …). */
export function theirName(loss: string, system: string, call: string): string {
  const path = call
    .split('(')[0]
    .split(/[. ]/)
    .filter((part) => part !== 'forward' && part !== 'py_loss');
  return callOf(loss, system)?.theirs ?? MEASURES[loss] ?? path[path.length - 1];
}
