/** What a kind of case is of ours, and where the systems that have it do not agree. */
export interface Note {
  /** the public name, with the options that make it this one */
  readonly ours: string;
  readonly differs?: string;
}

/** By the name that `meta.loss` has. */
export const notes: Readonly<Record<string, Note>> = {
  mse: { ours: 'mse', differs: "optax's l2_loss is half of it." },
  l1: { ours: 'mae', differs: 'The slope at 0 is 0, as in PyTorch.' },
  huber: { ours: 'huber', differs: "PyTorch's smooth_l1_loss is this divided by its delta." },
  smooth_l1: { ours: 'smoothL1', differs: 'beta = 0 is the absolute error.' },
  log_cosh: { ours: 'logCosh', differs: 'Keras has the same.' },
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
  multilabel_soft_margin: {
    ours: 'multiLabelSoftMargin',
    differs:
      'A mean over the classes of each row and then over the rows: binaryCrossEntropy, where no class weighs more than another.',
  },
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
  poly1_soft_targets: {
    ours: 'poly1CrossEntropy, soft targets',
    differs: 'optax has epsilon = 2 and gives a term a row.',
  },
  poly1_focal: {
    ours: 'poly1Focal',
    differs: "The authors' code takes sigmoids of each class, though of each row one class is right.",
  },
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
  squared_hinge: {
    ours: 'squaredHinge',
    differs: 'Keras turns targets of 0 and 1 into -1 and 1; ours takes these alone.',
  },
  modified_huber: { ours: 'modifiedHuber', differs: 'scikit-learn alone has it, of a score for each row.' },
  soft_margin: {
    ours: 'softMargin',
    differs:
      "PyTorch overflows where exp does; ours does not, nor does scikit-learn's log loss, which is the same.",
  },
  hinge_embedding: {
    ours: 'hingeEmbedding',
    differs: 'At the margin itself the slope is -1, as in PyTorch.',
  },
  margin_ranking: {
    ours: 'marginRanking',
    differs: 'At the margin itself the slope is that before it, as in PyTorch.',
  },
  multi_margin: {
    ours: 'multiClassHinge',
    differs:
      'PyTorch sums over all other classes and divides by the classes; Crammer and Singer take the worst one.',
  },
  crammer_singer: {
    ours: 'crammerSinger',
    differs:
      'Classes that share the maximum share its slope in optax, and in ours; scikit-learn has the value alone.',
  },
  crammer_singer_value: { ours: 'crammerSinger' },
  multilabel_margin: {
    ours: 'multiLabelMargin',
    differs: 'PyTorch has the right labels as a list that ends at -1, ours a column a label.',
  },
  triplet_margin: {
    ours: 'tripletRows, by lp({ p, eps: 1e-6 })',
    differs:
      'PyTorch adds eps = 1e-6 to every component of a difference before its norm, optax inside the root. The mean is over all triplets; ' +
      "pytorch-metric-learning's over those above zero.",
  },
  triplet_distance: {
    ours: 'tripletRows and triplet',
    differs:
      'Any distance, in PyTorch too; both ends of a swapped negative share the slope where they are equally far.',
  },
  st_triplet: {
    ours: 'tripletRows',
    differs:
      "By euclidean distance this version of sentence-transformers hands over minus the distance and so computes max(0, d(a, n) - d(a, p) + margin): ours with positives and negatives in one another's place. Its margin of 5 cannot be met by unit rows.",
  },
  pml_triplet: {
    ours: 'triplet',
    differs:
      "The mean is over terms above zero ('active'), PyTorch's over all. The margin is 0.2 from version 3 of pytorch-metric-learning on.",
  },
  cosine_embedding: {
    ours: 'cosineEmbedding',
    differs: 'PyTorch adds 1e-12 to squared lengths, which matters to rows shorter than about 1e-3.',
  },
  cosine_similarity_loss: {
    ours: 'cosineRegression',
    differs: 'sentence-transformers may be given another loss of the cosines; its own is this.',
  },
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
  negative_cosine: {
    ours: 'negativeCosine',
    differs: 'lightly holds neither side constant; SimSiam and BYOL do.',
  },
  alignment: {
    ours: 'alignment',
    differs: "Of rows as they are, in the authors' code too: to bring them to unit length is the caller's.",
  },
  uniformity: { ours: 'uniformity', differs: 'The paper has t = 2, lightly t = 1.' },
  cdist: {
    ours: 'distanceMatrix',
    differs:
      "Of differences, as PyTorch's exact path; its path by products loses what is between rows that are near.",
  },
  cosine_similarity: {
    ours: 'cosineSimilarity',
    differs: 'PyTorch takes lengths as 1e-8 at least; a zero row has similarity 0 either way.',
  },
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
      "Every anchor meets all anchors' hard negatives, as in sentence-transformers, tevatron and FlagEmbedding; `negatives: 'own'` is Automodel's. TensorFlow Similarity has a logit of 0 more in every sum. No system but ours leaves out equal ids.",
  },
  mnrl_symmetric: {
    ours: 'infoNce, symmetric',
    differs: 'The two directions are averaged; SimCLR and TensorFlow Similarity add them.',
  },
  clip: {
    ours: 'infoNce, symmetric, learned scale',
    differs:
      'open_clip takes rows of unit length and holds the learned log scale in [0, ln 100] after each step, which `clampLogScale` does.',
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
  dcl: {
    ours: 'decoupledContrastive',
    differs:
      'May be negative. lightly averages two directions, here they are one mean over the stacked views.',
  },
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
      'No squares, and positives and negatives are reduced each alone and added; sentence-transformers has half of squares. A pair mined twice counts twice in pytorch-metric-learning, in losses of single pairs, here once.',
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
  lifted_structure: {
    ours: 'liftedStructure',
    differs:
      'Of mined pairs, a positive one to neither of whose rows a negative was mined has a term in pytorch-metric-learning, max(0, d - m)² / 2.',
  },
  generalized_lifted: {
    ours: 'generalizedLiftedStructure',
    differs: 'A sum over no rows counts 0, not its logarithm, as in pytorch-metric-learning.',
  },
  npairs: {
    ours: 'nPairs',
    differs: 'pytorch-metric-learning 2 normalizes before the dot product unless told otherwise, 3 does not.',
  },
  angular: {
    ours: 'angular',
    differs: 'Of mined pairs pytorch-metric-learning takes the positive ones, with all rows of other labels.',
  },
  margin_beta: {
    ours: 'marginLoss',
    differs:
      "A mean over the hinges above zero, two a triplet, in pytorch-metric-learning; the paper's is over pairs.",
  },
  fastap: {
    ours: 'fastAp',
    differs:
      'What was mined weighs terms in pytorch-metric-learning, by how often their rows are in it; here a term is of these pairs.',
  },
  tuplet_margin: {
    ours: 'tupletMargin',
    differs: 'pytorch-metric-learning gives NaN where rounding takes a cosine beyond 1.',
  },
  snr_contrastive: {
    ours: 'snrContrastive',
    differs: "Without the paper's regularizer, which is pytorch-metric-learning's regularizer_weight.",
  },
  nca: {
    ours: 'nca',
    differs:
      'Without a positive pytorch-metric-learning gives NaN, ours is 0. What was mined weighs terms there, here they are of these pairs.',
  },
  intra_pair_variance: {
    ours: 'intraPairVariance',
    differs: 'The paper adds it to another loss; alone it draws no classes apart.',
  },
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
  mega_batch_margin: {
    ours: 'megaBatchMargin',
    differs: 'Held to sentence-transformers without its mini-batches (use_mini_batched_version).',
  },
  margin_mse: {
    ours: 'marginMse',
    differs: "The teacher's scores or their differences, as in sentence-transformers.",
  },
  distill_kl: { ours: 'distillKl', differs: 'Multiplied by the temperature squared, divided by the rows.' },
  vicreg: {
    ours: 'vicreg',
    differs:
      "The authors' code halves the standard-deviation term and sums both covariances; pytorch-metric-learning agrees.",
  },
  barlow_twins: {
    ours: 'barlowTwins',
    differs:
      'Each view is normalized by its own mean and biased variance plus 1e-5, as by the authors; lightly up to 1.5.9 normalizes both together.',
  },
  normalized_softmax: {
    ours: 'normalizedSoftmax',
    differs: "pytorch-metric-learning's weights are dim × classes, the transpose of our proxies.",
  },
  cosface: {
    ours: 'cosFace',
    differs: "pytorch-metric-learning's weights are dim × classes, the transpose of our proxies.",
  },
  arcface: {
    ours: 'arcFace',
    differs:
      'Beyond π - margin it is cos θ - margin · sin(margin), in pytorch-metric-learning too, whose weights are dim × classes, the transpose of our proxies.',
  },
  sphereface: {
    ours: 'sphereFace',
    differs:
      "Without the paper's annealing. pytorch-metric-learning's weights are dim × classes, the transpose of our proxies.",
  },
  subcenter_arcface: {
    ours: 'subCenterArcFace',
    differs:
      'pytorch-metric-learning takes no heed of its reducer: it is always the mean. Its weights are dim × (classes · centers).',
  },
  proxy_nca: {
    ours: 'proxyNca',
    differs:
      'All classes stand in the sum, as in pytorch-metric-learning and ProxyNCA++; the first paper leaves the right one out.',
  },
  proxy_anchor: {
    ours: 'proxyAnchor',
    differs:
      'A mean over the classes of the batch where rows are pulled and over all classes where they are pushed, as in the paper.',
  },
  soft_triple: {
    ours: 'softTriple',
    differs:
      "Without the paper's regularizer. pytorch-metric-learning's weights are dim × (classes · centers).",
  },
  miner_batch_hard: {
    ours: 'batchHard',
    differs:
      'An anchor without a positive or without a negative has no triplet; sentence-transformers keeps one without a positive in its loss, at d(a, p) = 0.',
  },
  miner_batch_easy_hard: {
    ours: 'batchEasyHard',
    differs:
      "pytorch-metric-learning's ranges have no effect on 'all'. Hard positives with semi-hard negatives are TensorFlow Similarity's semi-hard triplets, one an anchor; where no negative is farther than the positive it takes the farthest, which here is no pair.",
  },
  miner_multi_similarity: {
    ours: 'multiSimilarityPairs',
    differs: 'TensorFlow Similarity has it inside its loss, with the same epsilon.',
  },
  miner_triplet_margin: {
    ours: 'marginTriplets',
    differs:
      "Its semi-hard triplets are all with 0 < d(a, n) - d(a, p) <= margin. FaceNet's, TensorFlow Addons' and sentence-transformers' are one for each positive, of the nearest negative that is farther: `semiHardTriplets`; where there is none the last two take the farthest (`otherwise: 'farthest'`). Quaterion's are no choice at all, but a clamp of all pairs.",
  },
  miner_pair_margin: {
    ours: 'marginPairs',
    differs: 'Margins are distances; of a similarity, `cosine.fromScore`.',
  },
  miner_angular: {
    ours: "angularTriplets, rows: 'raw'",
    differs:
      'pytorch-metric-learning 2 asks for unit rows, but takes them as they are, and adds 1e-6 to every difference, so that three rows that are one have an angle of 26.6° there, and of 90° here.',
  },
  miner_hdc: {
    ours: 'hdcPairs',
    differs:
      'Of (i, j) and (j, i), which are equally far, either may be cut off; ours keeps the first by row. The share is of all pairs of the batch, or of those it carries.',
  },
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
