// The public names, one by one. Everything inside imports the file that defines it.

export type {
  ClassLogits,
  Embeddings,
  Guide,
  IdLists,
  Labelled,
  LabelledGradients,
  LogProbabilities,
  LogProbabilityGradients,
  LogitGradients,
  Logits,
  MarginGradients,
  MarginLabelled,
  MinedPairs,
  Proxied,
  ProxiedGradients,
  References,
  RowPairs,
  ScaledViewGradients,
  ScoredPairGradients,
  ScoredPairs,
  SegmentScores,
  Segments,
  ShareLogits,
  TargetGradients,
  Targets,
  Taught,
  TeacherMargins,
  TeacherScores,
  Triplets,
  ViewGradients,
  Views,
} from './core/batches.ts';
export { bagChunks, type Bags, gatherBags } from './core/bags.ts';
export { idLists } from './core/batches.ts';
export { fusedScores, type FusedScoresOptions } from './core/fused-scores.ts';
export { type IdTable, idTable } from './core/ids.ts';
export { type Judgments, relevant } from './core/judgments.ts';
export { fromRows, gather, type Matrix, matrix, row, rowChunks, rowsBetween, stack } from './core/matrix.ts';
export {
  accumulate,
  addedGradients,
  type Gradients,
  named,
  type Parameters,
  type RowGradients,
} from './core/parameters.ts';
export { drawn, type Random, random, shuffled } from './core/random.ts';

export type { Exclusion, PairGeometry, PairReduction } from './kernels/kernels.ts';

export { chord } from './distances/chord.ts';
export { cosineSimilarity, type CosineSimilarityOptions } from './distances/cosine-similarity.ts';
export { cosine } from './distances/cosine.ts';
export { distanceMatrix } from './distances/distance-matrix.ts';
export { type Distance, type RowDistance, similarityAt } from './distances/distance.ts';
export { dot } from './distances/dot.ts';
export { euclidean } from './distances/euclidean.ts';
export { lp, type LpOptions, manhattan } from './distances/lp.ts';
export type { LeftAndRight, Measured } from './distances/measured.ts';
export { normalize, type NormalizedRows } from './distances/normalize.ts';
export { pairwiseDistance } from './distances/pairwise-distance.ts';
export { squaredChord } from './distances/squared-chord.ts';
export { squaredEuclidean } from './distances/squared-euclidean.ts';

export { blended } from './losses/blended.ts';
export { matryoshka, type MatryoshkaOptions } from './losses/matryoshka.ts';
export {
  crossBatchMemory,
  type CrossBatchMemory,
  type CrossBatchMemoryOptions,
  type MemoryState,
} from './losses/labelled/cross-batch-memory.ts';
export type { ElementwiseOptions } from './losses/elementwise.ts';
export type { ActiveReduction, LossResult, Loss, Reduction } from './losses/loss.ts';
export type { PromisedLoss } from './losses/promised.ts';
export { huber, type HuberOptions } from './losses/regression/huber.ts';
export { logCosh } from './losses/regression/log-cosh.ts';
export { mae } from './losses/regression/mae.ts';
export { mse } from './losses/regression/mse.ts';
export { quantile, type QuantileOptions } from './losses/regression/quantile.ts';
export { smoothL1, type SmoothL1Options } from './losses/regression/smooth-l1.ts';
export {
  binaryCrossEntropy,
  type BinaryCrossEntropyOptions,
} from './losses/classification/binary-cross-entropy.ts';
export { crossEntropy, type CrossEntropyOptions } from './losses/classification/cross-entropy.ts';
export type { DiceOptions, SmpDice, MonaiDice, OptaxDice } from './losses/classification/dice-conventions.ts';
export { dice } from './losses/classification/dice.ts';
export type { FocalOptions } from './losses/classification/focal-shape.ts';
export { klDivergence, type KlDivergenceOptions } from './losses/classification/kl-divergence.ts';
export {
  multiLabelSoftMargin,
  type MultiLabelSoftMarginOptions,
} from './losses/classification/multi-label-soft-margin.ts';
export {
  negativeLogLikelihood,
  type NegativeLogLikelihoodOptions,
} from './losses/classification/negative-log-likelihood.ts';
export {
  poly1CrossEntropy,
  type Poly1CrossEntropyOptions,
} from './losses/classification/poly1-cross-entropy.ts';
export { poly1Focal, type Poly1FocalOptions } from './losses/classification/poly1-focal.ts';
export { sigmoidFocal, type SigmoidFocalOptions } from './losses/classification/sigmoid-focal.ts';
export { softmaxFocal, type SoftmaxFocalOptions } from './losses/classification/softmax-focal.ts';
export { crammerSinger, type CrammerSingerOptions } from './losses/hinge/crammer-singer.ts';
export { hingeEmbedding, type HingeEmbeddingOptions } from './losses/hinge/hinge-embedding.ts';
export { hinge, type HingeOptions } from './losses/hinge/hinge.ts';
export { modifiedHuber } from './losses/hinge/modified-huber.ts';
export { multiClassHinge, type MultiClassHingeOptions } from './losses/hinge/multi-class-hinge.ts';
export { multiLabelMargin, type MultiLabelMarginOptions } from './losses/hinge/multi-label-margin.ts';
export { softMargin } from './losses/hinge/soft-margin.ts';
export { squaredHinge, type SquaredHingeOptions } from './losses/hinge/squared-hinge.ts';
export { angle, type AngleOptions } from './losses/pairs/angle.ts';
export { coSent, type CoSentOptions } from './losses/pairs/co-sent.ts';
export { contrastivePairs, type ContrastivePairsOptions } from './losses/pairs/contrastive-pairs.ts';
export { cosineEmbedding, type CosineEmbeddingOptions } from './losses/pairs/cosine-embedding.ts';
export { cosineRegression, type CosineRegressionOptions } from './losses/pairs/cosine-regression.ts';
export { marginRanking, type MarginRankingOptions } from './losses/pairs/margin-ranking.ts';
export { onlineContrastive, type OnlineContrastiveOptions } from './losses/pairs/online-contrastive.ts';
export { alignment, type AlignmentOptions } from './losses/views/alignment.ts';
export { barlowTwins, type BarlowTwinsOptions } from './losses/views/barlow-twins.ts';
export type { Direction } from './losses/views/candidates.ts';
export { distillKl, type DistillKlOptions } from './losses/views/distill-kl.ts';
export type { FalseNegativeOptions } from './losses/views/false-negatives.ts';
export type { Hardness } from './losses/views/hardness.ts';
export { infoNce, type InfoNceOptions } from './losses/views/info-nce.ts';
export { marginMse, type MarginMseOptions } from './losses/views/margin-mse.ts';
export { megaBatchMargin, type MegaBatchMarginOptions } from './losses/views/mega-batch-margin.ts';
export { negativeCosine, type NegativeCosineOptions } from './losses/views/negative-cosine.ts';
export { sigLip, type SigLipOptions } from './losses/views/sig-lip.ts';
export { supConViews, type MultiViews, type SupConViewsOptions } from './losses/views/sup-con-views.ts';
export { tripletRows, type TripletRowsOptions } from './losses/views/triplet-rows.ts';
export { uniformity, type UniformityOptions } from './losses/views/uniformity.ts';
export { vicreg, type VicregOptions } from './losses/views/vicreg.ts';
export { angular, type AngularOptions } from './losses/labelled/angular.ts';
export { batchAllTriplet, type BatchAllTripletOptions } from './losses/labelled/batch-all-triplet.ts';
export { batchHardTriplet, type BatchHardTripletOptions } from './losses/labelled/batch-hard-triplet.ts';
export {
  batchSemiHardTriplet,
  type BatchSemiHardTripletOptions,
} from './losses/labelled/batch-semi-hard-triplet.ts';
export { circle, type CircleOptions } from './losses/labelled/circle.ts';
export { contrastive, type ContrastiveOptions } from './losses/labelled/contrastive.ts';
export {
  decoupledContrastive,
  type DecoupledContrastiveOptions,
} from './losses/labelled/decoupled-contrastive.ts';
export { fastAp, type FastApOptions } from './losses/labelled/fast-ap.ts';
export {
  generalizedLiftedStructure,
  type GeneralizedLiftedStructureOptions,
} from './losses/labelled/generalized-lifted-structure.ts';
export { intraPairVariance, type IntraPairVarianceOptions } from './losses/labelled/intra-pair-variance.ts';
export { liftedStructure, type LiftedStructureOptions } from './losses/labelled/lifted-structure.ts';
export { marginLoss, type MarginLossOptions } from './losses/labelled/margin-loss.ts';
export { multiSimilarity, type MultiSimilarityOptions } from './losses/labelled/multi-similarity.ts';
export { nPairs, type NPairsOptions } from './losses/labelled/n-pairs.ts';
export { nca, type NcaOptions } from './losses/labelled/nca.ts';
export { ntXent, type NtXentOptions } from './losses/labelled/nt-xent.ts';
export { snrContrastive, type SnrContrastiveOptions } from './losses/labelled/snr-contrastive.ts';
export { supCon, type SupConOptions } from './losses/labelled/sup-con.ts';
export { triplet, type TripletOptions } from './losses/labelled/triplet.ts';
export { tupletMargin, type TupletMarginOptions } from './losses/labelled/tuplet-margin.ts';
export { arcFace, type ArcFaceOptions } from './losses/proxies/arc-face.ts';
export { cosFace, type CosFaceOptions } from './losses/proxies/cos-face.ts';
export { normalizedSoftmax, type NormalizedSoftmaxOptions } from './losses/proxies/normalized-softmax.ts';
export { proxyAnchor, type ProxyAnchorOptions } from './losses/proxies/proxy-anchor.ts';
export { proxyNca, type ProxyNcaOptions } from './losses/proxies/proxy-nca.ts';
export { softTriple, type SoftTripleOptions } from './losses/proxies/soft-triple.ts';
export { sphereFace, type SphereFaceOptions } from './losses/proxies/sphere-face.ts';
export { subCenterArcFace, type SubCenterArcFaceOptions } from './losses/proxies/sub-center-arc-face.ts';

export { angularTriplets, type AngularTripletsOptions } from './miners/angular-triplets.ts';
export {
  batchEasyHard,
  type BatchEasyHardOptions,
  type DistanceRange,
  type EasyHardStrategy,
} from './miners/batch-easy-hard.ts';
export { batchHard, type BatchHardOptions, type PromisedTripletMiner } from './miners/batch-hard.ts';
export type { PairMiner, TripletMiner, WithPairs, WithTriplets } from './miners/batch-miner.ts';
export {
  distanceWeightedTriplets,
  type DistanceWeightedTripletsOptions,
} from './miners/distance-weighted-triplets.ts';
export type { Stepped } from './miners/draws.ts';
export { hdcPairs, type HdcPairsOptions } from './miners/hdc-pairs.ts';
export { marginPairs, type MarginPairsOptions } from './miners/margin-pairs.ts';
export { marginTriplets, type MarginTripletsOptions } from './miners/margin-triplets.ts';
export type { CandidateFilter, Verdict } from './miners/candidate-filter.ts';
export type { DrawOptions } from './miners/draw.ts';
export type { Mined, MinedNegatives, Miner, MiningKey } from './miners/miner.ts';
export type { MiningOptions, WordSearch } from './miners/mining-options.ts';
export { multiSimilarityPairs, type MultiSimilarityPairsOptions } from './miners/multi-similarity-pairs.ts';
export { batchMisses, type BatchMissOptions, nearMisses } from './miners/near-misses.ts';
export {
  type CrossEncoder,
  type QueryAndCandidate,
  rescoring,
  type RescoringOptions,
} from './miners/rescoring.ts';
export { semiHardTriplets, type SemiHardTripletsOptions } from './miners/semi-hard-triplets.ts';
export { tuplesPerAnchor, type TuplesPerAnchorOptions } from './miners/tuples-per-anchor.ts';
export {
  uniformHistogramPairs,
  type UniformHistogramPairsOptions,
} from './miners/uniform-histogram-pairs.ts';
export { uniformTriplets, type UniformTripletsOptions } from './miners/uniform-triplets.ts';

export { auto, type AutoOptions } from './neighbors/auto.ts';
export type { ScoredIds } from './neighbors/best-so-far.ts';
export { chunked, type ChunkedOptions } from './neighbors/chunked.ts';
export { type ChunkOptions, eachChunk, type RowSource } from './neighbors/chunks.ts';
export { exact, type ExactOptions } from './neighbors/exact.ts';
export { flat, type FlatOptions, type Searchable } from './neighbors/flat.ts';
export { hnsw, type HnswOptions } from './neighbors/hnsw.ts';
export {
  exportHnswlib,
  type HnswlibFile,
  type HnswlibSpace,
  importHnswlib,
} from './neighbors/hnswlib-file.ts';
export { loadIndex, type LoadIndexOptions } from './neighbors/load-index.ts';
export { memoryBank, type MemoryBankOptions } from './neighbors/memory-bank.ts';
export type {
  IndexParts,
  NeighborIndex,
  Neighbors,
  NeighborsBelow,
  RecallEstimate,
  SearchOptions,
  StoredRows,
} from './neighbors/neighbor-index.ts';
export { int8Codes, int8Decoded, type Ranges, ranges, signs, truncated } from './neighbors/quantized.ts';
export type { RebuildPolicy, Rebuilt } from './neighbors/rebuild-policy.ts';
export {
  reciprocalRankFusion,
  type ReciprocalRankFusionOptions,
} from './neighbors/reciprocal-rank-fusion.ts';
export { rescored, type RescoreOptions } from './neighbors/rescored.ts';
export { type WordIndex, wordIndex } from './neighbors/word-index.ts';

export { areaUnder } from './metrics/area-under.ts';
export { bootstrap, type BootstrapOptions, bootstrapTogether, type Interval } from './metrics/bootstrap.ts';
export { brier, brierOfLogits } from './metrics/brier.ts';
export { calibrationError, type CalibrationErrorOptions } from './metrics/calibration-error.ts';
export { certified } from './metrics/certified.ts';
export { calinskiHarabasz, daviesBouldin } from './metrics/cluster-spread.ts';
export { type Compared, compareSystems, type Difference } from './metrics/compare-systems.ts';
export {
  classificationScores,
  type ClassificationScores,
  confusion,
  type Confusion,
  predictedClasses,
} from './metrics/confusion.ts';
export { dcg, type DcgOptions, type GainOptions } from './metrics/dcg.ts';
export { effectiveRank } from './metrics/effective-rank.ts';
export { fallOut } from './metrics/fall-out.ts';
export { fitTemperature } from './metrics/fit-temperature.ts';
export { hitRate } from './metrics/hit-rate.ts';
export { holm } from './metrics/holm.ts';
export { hubness, type Hubness, type HubnessOptions } from './metrics/hubness.ts';
export { indexRecall } from './metrics/index-recall.ts';
export { kMeans, type KMeans, type KMeansOptions } from './metrics/k-means.ts';
export { kendall } from './metrics/kendall.ts';
export { type LeakOptions, leaks, type Leaks, type NearDuplicate, type SplitRows } from './metrics/leaks.ts';
export { type LiveRecall, liveRecall, type LiveRecallOptions } from './metrics/live-recall.ts';
export { logLoss, logLossOfLogits } from './metrics/log-loss.ts';
export { meanAveragePrecision, type MeanAveragePrecisionOptions } from './metrics/mean-average-precision.ts';
export { mean, meanOfClassMeans } from './metrics/mean.ts';
export { mrr } from './metrics/mrr.ts';
export { multiClassRocAuc, type MultiClassRocAucOptions } from './metrics/multi-class-roc-auc.ts';
export {
  coverageError,
  labelRankingAveragePrecision,
  labelRankingLoss,
} from './metrics/multi-label-ranking.ts';
export {
  adjustedMutualInformation,
  mutualInformation,
  type NormalizationOptions,
  normalizedMutualInformation,
  vMeasure,
  type VMeasure,
} from './metrics/mutual-information.ts';
export { ndcg } from './metrics/ndcg.ts';
export {
  nearestNeighborAccuracy,
  type NearestNeighborAccuracyOptions,
} from './metrics/nearest-neighbor-accuracy.ts';
export { neighborOverlap, type NeighborOverlapOptions } from './metrics/neighbor-overlap.ts';
export { adjustedRandIndex, fowlkesMallows } from './metrics/pair-agreement.ts';
export {
  bestAccuracy,
  type BestAccuracy,
  bestF1,
  type BestF1,
  pairScores,
  type PairScores,
  type PairThresholdOptions,
} from './metrics/pair-threshold.ts';
export { pairedBootstrap, type PairedDifference } from './metrics/paired-bootstrap.ts';
export { pearson } from './metrics/pearson.ts';
export { fitPlatt, plattProbabilities, type PlattScaling } from './metrics/platt.ts';
export {
  averagePrecision,
  precisionRecallCurve,
  type PrecisionRecallCurve,
} from './metrics/precision-recall.ts';
export { precision } from './metrics/precision.ts';
export { procrustesResidual } from './metrics/procrustes.ts';
export { purity } from './metrics/purity.ts';
export { rPrecision } from './metrics/r-precision.ts';
export { rankedLists, type ScoredLists } from './metrics/ranked-lists.ts';
export { type Metric, ranked, type Ranking } from './metrics/ranking.ts';
export { randomizationTest, type RandomizationTestOptions } from './metrics/randomization-test.ts';
export { ranks } from './metrics/ranks.ts';
export { recall } from './metrics/recall.ts';
export { reliability, type Reliability, type ReliabilityOptions } from './metrics/reliability.ts';
export {
  retrievalByLabel,
  type RetrievalByLabel,
  type RetrievalByLabelOptions,
} from './metrics/retrieval-by-label.ts';
export { rocAuc, type RocAucOptions, rocCurve, type RocCurve } from './metrics/roc.ts';
export { rowStatistics, type RowStatistics } from './metrics/row-statistics.ts';
export { silhouette, type SilhouetteOptions } from './metrics/silhouette.ts';
export { normalizedText, similarTexts } from './metrics/similar-texts.ts';
export { spearman } from './metrics/spearman.ts';
export { topKAccuracy } from './metrics/top-k-accuracy.ts';
export { topLabel, type TopLabel } from './metrics/top-label.ts';
export { tripletAccuracy, type TripletAccuracyOptions } from './metrics/triplet-accuracy.ts';
export { tune, type Tuned, type TuneOptions } from './metrics/tune.ts';
export { gradeRun, type GradeRunOptions, type RunGrades } from './metrics/trec/grade-run.ts';

export { type Centering, centering } from './models/centering.ts';
export { cachedBackward, type ChunkEncoder, gradientCached } from './models/gradient-cached.ts';
export type { Embed, Layer } from './models/layers.ts';
export { linear, type LinearOptions } from './models/linear.ts';
export { lowRank, type LowRankOptions } from './models/low-rank.ts';
export { mlp, type MlpOptions } from './models/mlp.ts';
export {
  type Layers,
  load,
  type LoadOptions,
  loadTexts,
  saveModel,
  type SaveModelOptions,
  saveOnnx,
  type Side,
} from './models/model-file.ts';
export { onnxTexts, type OnnxTextsOptions } from './models/onnx-texts.ts';
export type { Encoded, Encoder, Forward, Model } from './models/model.ts';
export { headsOn, querySide, sharedSides, type Sides, twoTowers } from './models/sides.ts';
export { projected, stacked } from './models/stacked.ts';
export { type BagLayer, bagLayer } from './models/text/bag-layer.ts';
export { embeddingBag, type EmbeddingBagOptions } from './models/text/embedding-bag.ts';
export type { NGramLengths } from './models/text/n-grams.ts';
export { type PaddedBags, paddedBags } from './models/text/padded-bags.ts';
export type { TextEmbedder } from './models/text/text-embedder.ts';
export {
  tableFrom,
  textBags,
  type Vocabulary,
  vocabulary,
  type VocabularyOptions,
  vocabularyRows,
  wordCounts,
  type WordCounts,
} from './models/text/vocabulary.ts';
export { wordsOf } from './models/text/words.ts';
export { unit } from './models/unit.ts';
export {
  type Whitening,
  withinClassWhitening,
  type WithinClassWhiteningOptions,
} from './models/within-class-whitening.ts';

export { adamW, type AdamWOptions } from './optimizers/adamw.ts';
export { type Averages, ema, type EmaOptions, exchange, swa } from './optimizers/averages.ts';
export { type Bounds, clamped } from './optimizers/clamped.ts';
export { clipNorm, clipped, gradientNorm } from './optimizers/clip.ts';
export { type Decay, weightsOnly } from './optimizers/decay.ts';
export { grouped } from './optimizers/grouped.ts';
export type { Optimizer } from './optimizers/optimizer.ts';
export { type Plateau, plateau, type PlateauOptions, type PlateauState } from './optimizers/plateau.ts';
export {
  constantRate,
  cosineRate,
  type FallingRateOptions,
  linearRate,
  type Schedule,
  warmedUp,
} from './optimizers/schedules.ts';
export { sgd, type SgdOptions } from './optimizers/sgd.ts';
export { sparseAdam, type SparseAdamOptions } from './optimizers/sparse-adam.ts';

export {
  disjointSplit,
  type DisjointSplit,
  type DisjointSplitOptions,
  type JudgedPairs,
} from './formats/disjoint-split.ts';
export type { QueryScores } from './formats/trec.ts';
export { type BeirJudgment, type BeirRecord, readBeirQrels, readBeirRecords } from './formats/beir.ts';
export {
  type Collection,
  type DataFolder,
  type DataFolderOptions,
  openStoredFolder,
  readDataFolder,
  readSplit,
  type Split,
  type StoredFolder,
} from './formats/data-folder.ts';
export { npyShape, readNpy, readNpyMatrix, writeNpy, type WriteNpyOptions } from './formats/npy.ts';
export { npzNames, openNpzRows, readNpz } from './formats/npz.ts';
export type { OpenRows, ReadRowsOptions } from './formats/open-rows.ts';
export { type ReadParquetOptions, readParquetRecords, readParquetRows } from './formats/parquet.ts';
export type { FileRecord } from './formats/json-records.ts';
export { openRows } from './formats/row-files.ts';
export type { SafetensorsHeader, StoredTensor } from './formats/safetensors-header.ts';
export { type QueryFields, readQueryFields } from './formats/query-fields.ts';
export {
  openSafetensorsRows,
  readSafetensors,
  readSafetensorsBytes,
  readSafetensorsParameters,
  safetensorsHeader,
  writeSafetensors,
  type WriteSafetensorsOptions,
} from './formats/safetensors.ts';
export {
  type LabelledText,
  readLabelledTexts,
  readTextPairs,
  readTextTriplets,
  type TextPair,
  type TextTriplet,
} from './formats/training-texts.ts';
export { readTexts, type ReadTextsOptions } from './formats/text-chunks.ts';
export { type IntegerRows, readBvecs, readFvecs, readIvecs } from './formats/vecs.ts';
export { readWordVectors, type WordVectors } from './formats/word-vectors.ts';

export { jsonLog, type ScalarLog, tensorboardLog } from './formats/scalar-log.ts';

export { type Alarm, alarm, type AlarmOptions, alarms } from './streams/alarm.ts';
export { asStored } from './streams/as-stored.ts';
export type {
  EmbeddedBatch,
  MinedBatch,
  PairBatch,
  QueryBatch,
  RowBatch,
  Scored,
  ScoredBatch,
  Step,
} from './streams/batches.ts';
export { byGroup } from './streams/by-group.ts';
export { classify, type ClassifyOptions } from './streams/classify.ts';
export { descend, type Descended } from './streams/descend.ts';
export {
  type DocumentOptions,
  type DocumentRowsOptions,
  documents,
  embeddedDocuments,
  type EmbedRows,
} from './streams/documents.ts';
export type { EmbeddingFigures } from './streams/embedding-figures.ts';
export { embedNegatives } from './streams/embed-negatives.ts';
export { embedRows } from './streams/embed-rows.ts';
export { embed } from './streams/embed.ts';
export { evaluate, type EvaluateOptions, type Values } from './streams/evaluate.ts';
export { gauge, type GaugeOptions } from './streams/gauge.ts';
export type { EmbeddedRows, LabelledBatch, ScoredRows } from './streams/labelled-batch.ts';
export { labelledRows, type LabelledRowsOptions, type LabelledSource } from './streams/labelled-rows.ts';
export { meter, type MeterOptions, type Reading } from './streams/meter.ts';
export { mine, type MineOptions } from './streams/mine.ts';
export { mineWithin } from './streams/mine-within.ts';
export {
  type Mixed,
  proportional,
  type ProportionalOptions,
  roundRobin,
  type RoundRobinOptions,
  type Sources,
} from './streams/mixed.ts';
export { mPerClass, type MPerClassOptions } from './streams/m-per-class.ts';
export { noDuplicates } from './streams/no-duplicates.ts';
export { countPairs, type FolderFeatures, type PairOptions, pairs, pairsOf } from './streams/pairs.ts';
export { pull, type PullOptions } from './streams/pull.ts';
export { embeddedQueries, type QueryOptions, queries } from './streams/queries.ts';
export { record } from './streams/record.ts';
export { stalls, type StallOptions } from './streams/stalls.ts';
export { atSteps, where } from './streams/at-steps.ts';
export { remember, type RememberOptions } from './streams/remember.ts';
export { type NotedSteps, rowSteps, type RowSteps, type Staleness } from './streams/row-steps.ts';
export { sample, sampled } from './streams/sample.ts';
export type { SampleCounts, Sampled, Sampler, WindowOptions } from './streams/sampler.ts';
export { type LearnedBeta, scoreProxies, scoreRows } from './streams/score-rows.ts';
export { type LearnedScale, score } from './streams/score.ts';
export { type TrainingReading, watch, type WatchedBatch, type WatchOptions } from './streams/watch.ts';
