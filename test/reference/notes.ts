/** What a kind of case is of ours, and where the systems that have it do not agree. */
export interface Note {
  /** the public name, with the options that make it this one */
  readonly ours: string;
  readonly differs?: string;
}

/** By the name that `meta.loss` has. */
export const notes: Readonly<Record<string, Note>> = {
  mse: { ours: 'mse', differs: "optax's l2_loss is half of it." },
  l1: { ours: 'mae' },
  huber: { ours: 'huber', differs: 'smooth L1 is it divided by its delta.' },
  smooth_l1: { ours: 'smoothL1', differs: 'beta = 0 is the absolute error.' },
  log_cosh: { ours: 'logCosh' },
  quantile: { ours: 'quantile', differs: 'At equality scikit-learn takes the slope -q, and so do we.' },
  cross_entropy: {
    ours: 'crossEntropy',
    differs:
      'With class weights PyTorch divides the mean by the weights of the labels, but by the rows where targets are soft. ' +
      'Smoothing spreads over all classes, the right one included, in PyTorch and optax. tfjs-layers clips logits to [0, 1] before the softmax.',
  },
  large_cross_entropy: { ours: 'crossEntropy' },
  nll: { ours: 'negativeLogLikelihood', differs: 'All rows ignored: PyTorch gives NaN, ours is 0.' },
  log_softmax: { ours: 'the kernel logSoftmax' },
  softmax: { ours: 'the kernel softmax' },
  logsumexp: { ours: 'the kernel logSumExp' },
  kl_div: {
    ours: 'klDivergence',
    differs:
      "PyTorch's 'mean' divides by all entries and 'batchmean' by the rows; the formula is the latter.",
  },
  bce: {
    ours: "binaryCrossEntropy, from: 'probabilities'",
    differs:
      'PyTorch holds each logarithm at -100 or above; tfjs adds 1e-7 inside it, tfjs-layers clips probabilities.',
  },
  bce_with_logits: {
    ours: 'binaryCrossEntropy',
    differs: 'The positive weight multiplies the positive part alone, as in PyTorch.',
  },
  multilabel_soft_margin: { ours: 'multiLabelSoftMargin' },
  sigmoid_focal: {
    ours: 'sigmoidFocal',
    differs:
      'torchvision weighs positives by alpha = 0.25 unless told otherwise, optax does not weigh; neither divides by the positives, as RetinaNet does outside.',
  },
  softmax_focal: {
    ours: 'softmaxFocal, with `convention`',
    differs: 'kornia adds 1e-6 to the share of every class, MONAI does not.',
  },
  poly1_cross_entropy: {
    ours: 'poly1CrossEntropy',
    differs: "Class weights do not weigh what epsilon adds, in the authors' code.",
  },
  poly1_soft_targets: { ours: 'poly1CrossEntropy, soft targets' },
  poly1_focal: { ours: 'poly1Focal' },
  dice: {
    ours: 'dice, with `convention`',
    differs:
      'Smoothing s in (2I + s) / (P + T + s) is 1e-5 twice in MONAI, 0 with a floor in segmentation_models.pytorch, and twice as large in optax, whose Tversky form has (I + s) / (I + ½FP + ½FN + s).',
  },
  binary_hinge: {
    ours: 'hinge',
    differs:
      "At the margin scikit-learn takes the whole slope and optax half of it (`slopeAtMargin`). Labels are -1 and 1; tfjs-core's takes 0 and 1, tfjs-layers' does not.",
  },
  squared_hinge: { ours: 'squaredHinge' },
  modified_huber: { ours: 'modifiedHuber' },
  soft_margin: { ours: 'softMargin' },
  hinge_embedding: { ours: 'hingeEmbedding' },
  margin_ranking: { ours: 'marginRanking' },
  multi_margin: {
    ours: 'multiClassHinge',
    differs:
      'PyTorch sums over all other classes and divides by the classes; Crammer and Singer take the worst one.',
  },
  crammer_singer: { ours: 'crammerSinger' },
  crammer_singer_value: { ours: 'crammerSinger' },
  multilabel_margin: { ours: 'multiLabelMargin' },
  triplet_margin: {
    ours: 'tripletRows, by lp({ p, eps: 1e-6 })',
    differs:
      'PyTorch adds eps = 1e-6 to every component of a difference before its norm, optax inside the root. The mean is over all triplets; ' +
      "pytorch-metric-learning's over those above zero.",
  },
  triplet_distance: { ours: 'tripletRows and triplet' },
  st_triplet: {
    ours: 'tripletRows',
    differs:
      "By euclidean distance this version of sentence-transformers hands over minus the distance and so computes max(0, d(a, n) - d(a, p) + margin): ours with positives and negatives in one another's place. Its margin of 5 can not be met by unit rows.",
  },
  pml_triplet: {
    ours: 'triplet',
    differs: "The mean is over terms above zero ('active'), PyTorch's over all.",
  },
  cosine_embedding: { ours: 'cosineEmbedding' },
  cosine_similarity_loss: { ours: 'cosineRegression' },
  cosent: { ours: 'coSent', differs: 'sentence-transformers masks with -1e12, which float16 does not have.' },
  angle: {
    ours: 'angle',
    differs:
      'Rows are complex numbers of half as many columns; newer versions of sentence-transformers pad an odd one, ours refuses it.',
  },
  st_contrastive: {
    ours: 'contrastivePairs',
    differs:
      'Half of squares here; pytorch-metric-learning has no squares and reduces positives and negatives each alone.',
  },
  online_contrastive: {
    ours: 'onlineContrastive',
    differs:
      'A sum over the hard pairs, so that it grows with the batch; with fewer than two pairs of the other kind a pair is set against the mean of its own.',
  },
  negative_cosine: { ours: 'negativeCosine' },
  alignment: { ours: 'alignment' },
  uniformity: { ours: 'uniformity', differs: 'The paper has t = 2, lightly t = 1.' },
  cdist: { ours: 'distanceMatrix' },
  cosine_similarity: { ours: 'cosineSimilarity' },
  l2_normalize: {
    ours: 'normalize',
    differs: 'PyTorch divides a zero row by its eps, and the slope there is 1e12; ours is 0.',
  },
  pairwise_distance: {
    ours: 'pairwiseDistance',
    differs: 'PyTorch adds eps = 1e-6 to every component of a difference.',
  },
  mnrl: {
    ours: 'infoNce',
    differs:
      "Every anchor meets all anchors' hard negatives, as in sentence-transformers, tevatron and FlagEmbedding; `negatives: 'own'` is Automodel's. No system but ours leaves out equal ids.",
  },
  mnrl_symmetric: {
    ours: 'infoNce, symmetric',
    differs: 'The two directions are averaged; SimCLR and TensorFlow Similarity add them.',
  },
  clip: {
    ours: 'infoNce, symmetric, learned scale',
    differs:
      'open_clip holds the learned log scale in [0, ln 100] after each step, which `clampLogScale` does.',
  },
  large_clip: { ours: 'infoNce, symmetric, learned scale' },
  siglip: {
    ours: 'sigLip',
    differs: 'A sum over all pairs divided by the rows; a mean over pairs would be smaller by their number.',
  },
  selfsup_ntxent: { ours: 'ntXent, views stacked' },
  ntxent: {
    ours: 'ntXent, views stacked',
    differs: 'lightly with a memory bank has no in-batch negatives; without one it is this.',
  },
  large_ntxent: { ours: 'ntXent, views stacked' },
  dcl: { ours: 'decoupledContrastive', differs: 'May be negative.' },
  supcon: {
    ours: 'supConViews',
    differs: 'SupContrast multiplies by temperature / base temperature (0.07); the others do not.',
  },
  pml_supcon: {
    ours: 'supCon',
    differs:
      "The mean is over terms that float64 rounding leaves above 0, and a batch without negatives is 0 there; the paper's is over all anchors with a positive.",
  },
  large_supcon: { ours: 'supConViews' },
  pml_ntxent: {
    ours: 'ntXent',
    differs:
      "An anchor's other positives are left out of its denominator here and in optax; SupCon has them in. optax gives NaN without a positive pair.",
  },
  pml_contrastive: {
    ours: 'contrastive',
    differs:
      'No squares, and positives and negatives are reduced each alone and added; sentence-transformers has half of squares.',
  },
  multi_similarity: {
    ours: 'multiSimilarity',
    differs: 'TensorFlow Similarity has the miner inside and beta = 40.',
  },
  circle: {
    ours: 'circle',
    differs:
      'TensorFlow Similarity computes log(1 + P) + log(1 + N) instead of log(1 + P N). The paces are constants of the gradient everywhere.',
  },
  lifted_structure: { ours: 'liftedStructure' },
  generalized_lifted: { ours: 'generalizedLiftedStructure' },
  npairs: {
    ours: 'nPairs',
    differs: 'pytorch-metric-learning 2 normalizes before the dot product unless told otherwise, 3 does not.',
  },
  angular: { ours: 'angular' },
  margin_beta: { ours: 'marginLoss' },
  fastap: { ours: 'fastAp' },
  tuplet_margin: { ours: 'tupletMargin' },
  snr_contrastive: { ours: 'snrContrastive' },
  nca: { ours: 'nca', differs: 'Without a positive pytorch-metric-learning gives NaN, ours is 0.' },
  intra_pair_variance: { ours: 'intraPairVariance' },
  batch_all_triplet: {
    ours: 'batchAllTriplet',
    differs: 'A sum divided by the number of terms above 1e-16.',
  },
  batch_hard_triplet: {
    ours: 'batchHardTriplet',
    differs: 'In sentence-transformers an anchor without a positive counts with d(a, p) = 0.',
  },
  batch_hard_soft_triplet: {
    ours: 'batchHardTriplet, with a soft margin',
    differs: 'sentence-transformers takes log1p(exp(x)), which overflows above 88 in float32.',
  },
  batch_semihard_triplet: {
    ours: 'batchSemiHardTriplet',
    differs:
      'Semi-hard for each pair of anchor and positive (FaceNet); TensorFlow Similarity takes the hardest positive alone.',
  },
  large_batch_hard_triplet: { ours: 'batchHard and triplet' },
  mega_batch_margin: { ours: 'megaBatchMargin' },
  margin_mse: { ours: 'marginMse' },
  distill_kl: { ours: 'distillKl', differs: 'Multiplied by the temperature squared, divided by the rows.' },
  vicreg: {
    ours: 'vicreg',
    differs:
      "The authors' code halves the standard-deviation term and sums both covariances; pytorch-metric-learning agrees.",
  },
  barlow_twins: {
    ours: 'barlowTwins',
    differs: 'lightly and the paper normalize with the biased variance plus 1e-5.',
  },
  normalized_softmax: { ours: 'normalizedSoftmax' },
  cosface: { ours: 'cosFace' },
  arcface: { ours: 'arcFace' },
  sphereface: { ours: 'sphereFace' },
  subcenter_arcface: { ours: 'subCenterArcFace' },
  proxy_nca: { ours: 'proxyNca' },
  proxy_anchor: { ours: 'proxyAnchor' },
  soft_triple: { ours: 'softTriple' },
  best_threshold: {
    ours: 'bestAccuracy, bestF1',
    differs: 'sentence-transformers also cuts between equal scores, where no threshold lies.',
  },
  binary_ranking: {
    ours: 'rocAuc, rocCurve, averagePrecision, precisionRecallCurve, areaUnder',
    differs:
      'The first threshold of the ROC curve is the highest score plus 1, infinite in scikit-learn from 1.3 on. Without positives averagePrecision is NaN, 0 there.',
  },
  calibration_binary: {
    ours: 'reliability, calibrationError, brier, logLoss',
    differs:
      "A probability on the edge of a bin is in the lower one in scikit-learn, in the upper one in torchmetrics, where 1 has a bin of its own (`edge: 'upper'`).",
  },
  calibration_multiclass: { ours: 'calibrationError of topLabel', differs: "torchmetrics: `edge: 'upper'`." },
  clustering: {
    ours: 'normalizedMutualInformation, adjustedMutualInformation, mutualInformation, vMeasure, adjustedRandIndex, fowlkesMallows, purity',
    differs:
      'Their mean of entropies is the arithmetic one unless told otherwise; Strehl and Ghosh have the geometric one.',
  },
  correlation: {
    ours: 'pearson, spearman, kendall, ranks',
    differs: 'Of a constant all are NaN, as in SciPy.',
  },
  ir_metrics: {
    ours: "hitRate, precision, recall, ndcg, mrr, meanAveragePrecision({ over: 'reachable' })",
    differs:
      'sentence-transformers divides MAP@k by min(k, R), trec_eval by R; accuracy@k is the hit rate. It drops queries without a relevant document, which count as 0 here.',
  },
  multiclass_scores: {
    ours: 'multiClassRocAuc, topKAccuracy, logLossOfLogits, confusion, classificationScores',
    differs:
      'Where a share is of nothing scikit-learn has 0 and warns; ours is NaN and is left out of means.',
  },
  multilabel_ranking: { ours: 'labelRankingAveragePrecision, coverageError, labelRankingLoss' },
  ndcg: {
    ours: "ndcg, dcg, `ties: 'averaged'`",
    differs:
      'scikit-learn averages over the orders of equal scores unless told otherwise, trec_eval goes by name. Gains are linear in both.',
  },
  retrieval_accuracy: {
    ours: 'retrievalByLabel',
    differs:
      "pytorch-metric-learning looks at all neighbors unless told otherwise (`k: Infinity`); our default is its 'max_bin_count'. Cut at k < R, MAP and MAP@R are still over R, R-precision is over k.",
  },
  retrieval_single_query: {
    ours: "meanAveragePrecision({ over: 'found' }), mrr, precision, recall, hitRate, fallOut, ndcg, rPrecision",
    differs: 'torchmetrics divides average precision by the relevant ones found among the first k.',
  },
  silhouette: {
    ours: 'silhouette, calinskiHarabasz, daviesBouldin',
    differs: 'calinskiHarabasz is Infinity where every row is its own mean, 1 in scikit-learn.',
  },
};
