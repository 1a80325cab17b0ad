// The public names, one by one. Everything inside imports the file that defines it.

export type {
  ClassLogits,
  IdLists,
  Labelled,
  LabelledGradients,
  Logits,
  MarginGradients,
  MarginLabelled,
  ShareLogits,
  TargetGradients,
  Targets,
  Triplets,
  ViewGradients,
  Views,
} from './core/batches.ts';
export { idLists } from './core/batches.ts';
export { type IdTable, idTable } from './core/ids.ts';
export { type Judgments, relevant } from './core/judgments.ts';
export { fromRows, gather, type Matrix, matrix, row, rowsBetween, stack } from './core/matrix.ts';
export { accumulate, named, type Parameters } from './core/parameters.ts';
export { type Random, random, shuffled } from './core/random.ts';

export type { Exclusion, PairGeometry, PairReduction } from './kernels/kernels.ts';

export { cosine } from './distances/cosine.ts';
export { type Distance, similarityAt } from './distances/distance.ts';
export { dot } from './distances/dot.ts';
export { euclidean } from './distances/euclidean.ts';
export { squaredEuclidean } from './distances/squared-euclidean.ts';

export { angular, type AngularOptions } from './losses/labelled/angular.ts';
export { batchAllTriplet, type BatchAllTripletOptions } from './losses/labelled/batch-all-triplet.ts';
export { batchHardTriplet, type BatchHardTripletOptions } from './losses/labelled/batch-hard-triplet.ts';
export {
  batchSemiHardTriplet,
  type BatchSemiHardTripletOptions,
} from './losses/labelled/batch-semi-hard-triplet.ts';
export {
  binaryCrossEntropy,
  type BinaryCrossEntropyOptions,
} from './losses/classification/binary-cross-entropy.ts';
export { blended } from './losses/blended.ts';
export { circle, type CircleOptions } from './losses/labelled/circle.ts';
export { contrastive, type ContrastiveOptions } from './losses/labelled/contrastive.ts';
export { crossEntropy, type CrossEntropyOptions } from './losses/classification/cross-entropy.ts';
export {
  decoupledContrastive,
  type DecoupledContrastiveOptions,
} from './losses/labelled/decoupled-contrastive.ts';
export { fastAp, type FastApOptions } from './losses/labelled/fast-ap.ts';
export { infoNce, type InfoNceOptions } from './losses/views/info-nce.ts';
export { intraPairVariance, type IntraPairVarianceOptions } from './losses/labelled/intra-pair-variance.ts';
export { liftedStructure, type LiftedStructureOptions } from './losses/labelled/lifted-structure.ts';
export type { Loss, LossResult, Reduction } from './losses/loss.ts';
export { marginLoss, type MarginLossOptions } from './losses/labelled/margin-loss.ts';
export { multiSimilarity, type MultiSimilarityOptions } from './losses/labelled/multi-similarity.ts';
export { nca, type NcaOptions } from './losses/labelled/nca.ts';
export { nPairs, type NPairsOptions } from './losses/labelled/n-pairs.ts';
export { ntXent, type NtXentOptions } from './losses/labelled/nt-xent.ts';
export type { PromisedLoss } from './losses/promised.ts';
export { snrContrastive, type SnrContrastiveOptions } from './losses/labelled/snr-contrastive.ts';
export { supCon, type SupConOptions } from './losses/labelled/sup-con.ts';
export type { ElementwiseOptions } from './losses/elementwise.ts';
export { huber, type HuberOptions } from './losses/regression/huber.ts';
export { logCosh } from './losses/regression/log-cosh.ts';
export { mae } from './losses/regression/mae.ts';
export { mse } from './losses/regression/mse.ts';
export { quantile, type QuantileOptions } from './losses/regression/quantile.ts';
export { smoothL1, type SmoothL1Options } from './losses/regression/smooth-l1.ts';
export { tupletMargin, type TupletMarginOptions } from './losses/labelled/tuplet-margin.ts';
export { tripletRows, type TripletRowsOptions } from './losses/views/triplet-rows.ts';
export { triplet, type TripletOptions } from './losses/labelled/triplet.ts';

export { batchHard, type BatchHardOptions } from './miners/batch-hard.ts';
export type { Mined, MinedNegatives, Miner } from './miners/miner.ts';
export { nearMisses, type NearMissOptions } from './miners/near-misses.ts';

export { exact, type ExactOptions } from './neighbors/exact.ts';
export { hnsw, type HnswOptions } from './neighbors/hnsw.ts';
export type { NeighborIndex, Neighbors, SearchOptions, StoredRows } from './neighbors/neighbor-index.ts';

export { bootstrap, type BootstrapOptions, bootstrapTogether, type Interval } from './metrics/bootstrap.ts';
export { mrr } from './metrics/mrr.ts';
export { ndcg } from './metrics/ndcg.ts';
export { type Metric, ranked, type Ranking } from './metrics/ranking.ts';
export { recall } from './metrics/recall.ts';

export { type Centering, centering } from './models/centering.ts';
export { linear, type LinearOptions } from './models/linear.ts';
export type { Forward, Model } from './models/model.ts';

export { adamW, type AdamWOptions } from './optimizers/adamw.ts';
export type { Optimizer } from './optimizers/optimizer.ts';

export { type BeirJudgment, type BeirRecord, readBeirQrels, readBeirRecords } from './formats/beir.ts';
export {
  type Collection,
  type DataFolder,
  type DataFolderOptions,
  readDataFolder,
  readSplit,
  type Split,
} from './formats/data-folder.ts';
export {
  npyShape,
  readNpy,
  readNpyMatrix,
  type ReadNpyOptions,
  writeNpy,
  type WriteNpyOptions,
} from './formats/npy.ts';

export { asStored } from './streams/as-stored.ts';
export type {
  EmbeddedBatch,
  MinedBatch,
  PairBatch,
  QueryBatch,
  RowBatch,
  ScoredBatch,
  Step,
} from './streams/batches.ts';
export { classify, type ClassifyOptions } from './streams/classify.ts';
export { descend } from './streams/descend.ts';
export { type DocumentOptions, documents } from './streams/documents.ts';
export { embedNegatives } from './streams/embed-negatives.ts';
export { embed } from './streams/embed.ts';
export { evaluate, type EvaluateOptions, type Values } from './streams/evaluate.ts';
export { meter, type MeterOptions, type Reading } from './streams/meter.ts';
export { mine } from './streams/mine.ts';
export { countPairs, type PairOptions, pairs } from './streams/pairs.ts';
export { pull, type PullOptions } from './streams/pull.ts';
export { type QueryOptions, queries } from './streams/queries.ts';
export { remember } from './streams/remember.ts';
export { score } from './streams/score.ts';
