import { z } from 'zod';

// One table says what a job may have: what its file is held to, what flags there are and what they say of themselves.

export const LABELLED_LOSSES = [
  'supCon',
  'multiSimilarity',
  'batchHardTriplet',
  'circle',
  'ntXent',
  'softTriple',
  'proxyAnchor',
  'arcFace',
] as const;

const whole = (least: number) => z.int().min(least);
const positive = () => z.number().gt(0);
const nonNegative = () => z.number().min(0);
const share = () => z.number().min(0).lt(1);
const path = () => z.string().min(1);

export const JOB = z.strictObject({
  data: path()
    .optional()
    .describe(
      'BEIR folder: corpus.jsonl, queries.jsonl, qrels, and vectors unless texts are learned from; the sample that comes with nearmiss unless said',
    ),
  'train-split': path().default('train').describe('which qrels/SPLIT.tsv is learned from'),
  'dev-split': path()
    .optional()
    .describe(
      'which qrels/SPLIT.tsv decides what is kept: dev where there is one, none for no other than the last',
    ),
  split: path().default('test').describe('which qrels/SPLIT.tsv is evaluated, once, before and after'),
  pairs: z
    .array(path())
    .optional()
    .describe(
      'instead of a folder, files of pairs, with negatives or without: texts as .jsonl, .jsonl.gz or .parquet, or rows as ANCHORS,POSITIVES or ANCHORS,POSITIVES,NEGATIVES, each .npy, .npz, .safetensors, .fvecs or .bvecs',
    ),
  'dev-pairs': path().optional().describe('such a file that decides which parameters are kept'),
  'test-pairs': path().optional().describe('such a file that is evaluated, once, before and after'),
  labelled: path()
    .optional()
    .describe(
      'instead of pairs, a file of texts with labels, .jsonl, .jsonl.gz or .parquet, or rows as ROWS,LABELS, the latter .npy, .jsonl or .txt',
    ),
  'dev-labelled': path().optional().describe('such a file that decides which parameters are kept, by MAP@R'),
  'test-labelled': path().optional().describe('such a file that is evaluated, once, before and after'),
  loss: z
    .enum(LABELLED_LOSSES)
    .default('supCon')
    .describe('of labelled rows; its options are those of `nearmiss losses NAME`, at their defaults'),
  'per-class': whole(1).default(4).describe('labelled rows of a class in a batch, which must be a multiple'),
  whiten: z
    .boolean()
    .default(false)
    .describe(
      'whether labelled vectors are brought to the same spread within classes in every direction first',
    ),
  window: whole(1).default(16).describe('batches of pairs of a file that are held, to be mixed'),
  mix: z
    .enum(['proportional', 'round-robin'])
    .default('proportional')
    .describe('which of several files a batch is of: drawn by their sizes, or each in turn'),
  memory: whole(1)
    .default(16_384)
    .describe('documents of files that negatives are mined among: the last so many'),
  'text-model': path()
    .optional()
    .describe(
      'model of texts in ONNX, a folder or its name on the Hugging Face hub, whose vectors of texts are learned from',
    ),

  'corpus-vectors': path().optional().describe('a .npy file instead of corpus.npy'),
  'query-vectors': path().optional().describe('a .npy file instead of queries.npy'),

  encoder: z
    .enum(['vectors', 'texts'])
    .default('vectors')
    .describe(
      'what is learned from: the stored vectors, or the texts, by a table of their words and n-grams',
    ),
  dim: whole(1)
    .optional()
    .describe("columns that come out: as many as a vector's, or 256 of texts, unless said"),
  words: whole(0).optional().describe('words of the table at most, the most frequent: all unless said'),
  least: whole(1).default(2).describe('texts that a word must be in to have a row of the table'),
  'n-grams': z
    .string()
    .regex(/^(none|\d+-\d+)$/, 'none or SHORTEST-LONGEST')
    .default('3-5')
    .describe('lengths of the runs of characters that have rows too; none for words alone'),
  buckets: whole(1).default(65_536).describe('rows that n-grams share, by their hash'),
  'word-vectors': path()
    .optional()
    .describe('what the table begins with: a text file of GloVe or word2vec, plain or .gz'),

  model: z
    .enum(['none', 'linear', 'low-rank', 'mlp'])
    .default('linear')
    .describe(
      'what is learned on vectors or on the sums of a table: each begins as the identity where it can',
    ),
  side: z
    .enum(['shared', 'query', 'towers'])
    .default('shared')
    .describe(
      'one model for queries and documents, one for queries alone, so that documents stay as they are, or one for each',
    ),
  rank: whole(1).default(16).describe('of the low-rank model'),
  hidden: whole(1)
    .optional()
    .describe("numbers between the layers of the mlp: as many as a vector's unless said"),

  temperature: positive().default(0.05).describe('of InfoNCE'),
  'learn-temperature': z
    .boolean()
    .default(false)
    .describe('whether the temperature is learned, down to 0.01'),
  symmetric: z.boolean().default(false).describe('whether documents are set against queries as well'),
  matryoshka: z
    .array(whole(1))
    .optional()
    .describe('widths at which the loss is taken as well, so that a cut embedding is one: 64 128'),
  margin: positive().default(0.2).describe('of the triplet loss'),
  'triplet-weight': nonNegative()
    .default(0.5)
    .describe('of the triplet loss of mined negatives beside InfoNCE'),
  'class-weight': nonNegative()
    .default(0.1)
    .describe('of the cross-entropy over classes beside InfoNCE, where queries have classes'),

  negatives: whole(0)
    .default(2)
    .describe('mined negatives a pair is given at most, beside those of its batch, where its file has none'),
  'mine-from': whole(0).default(0).describe('first step at which negatives are mined'),
  'relative-margin': z
    .union([z.number(), z.literal('none')])
    .default(0.05)
    .describe(
      "how much less than its positive a negative must score, as a share of the positive's score; none for no limit",
    ),
  budget: whole(1)
    .default(64)
    .describe('candidates looked at for one pair at most, where fewer leave too few negatives'),
  index: z
    .enum(['hnsw', 'exact'])
    .default('exact')
    .describe(
      'how neighbors are found: every query against every row, which is faster up to some 100,000 documents that move all the time, or through a graph',
    ),

  epochs: whole(1).default(4).describe('passes over the training pairs'),
  steps: whole(1).optional().describe('steps at most, whatever the epochs'),
  batch: whole(2).default(512).describe('pairs a step'),
  optimizer: z.enum(['adamw', 'sgd']).default('adamw').describe('what takes the steps; sgd has momentum 0.9'),
  rate: positive().default(0.003).describe('learning rate at its highest'),
  'table-rate': positive().optional().describe('of the table of a text encoder: the same unless said'),
  schedule: z
    .enum(['linear', 'cosine', 'constant', 'plateau'])
    .default('linear')
    .describe('how the rate falls: to 0 at the last step, or to a tenth whenever dev no longer gets better'),
  'warm-up': whole(0).default(20).describe('steps over which the rate rises'),
  decay: nonNegative().default(0.01).describe('weight decay'),
  clip: positive().optional().describe('norm that gradients are shortened to'),
  average: share()
    .optional()
    .describe('decay of the moving average of the weights that is evaluated and kept in their place: 0.99'),
  seed: whole(0)
    .max(2 ** 31 - 1)
    .default(0)
    .describe('of every random choice'),

  'evaluate-every': whole(1)
    .optional()
    .describe('steps from one look at dev, and one checkpoint, to the next: an eighth of all unless said'),
  patience: whole(1)
    .optional()
    .describe('looks at dev without a new best before the training ends early: never unless said'),
});

export const RUN = z.strictObject({
  checkpoints: path().optional().describe('folder for checkpoints, which is made where it is missing'),
  keep: whole(1).default(2).describe('checkpoints that are kept, beside the best'),
  resume: z.boolean().default(false).describe('go on from the last checkpoint, to the same bytes'),
  log: path().optional().describe('file of a JSON line a reading'),
  tensorboard: path().optional().describe('folder for TensorBoard'),
  'log-every': whole(1).default(20).describe('steps from one reading to the next'),
  out: path()
    .optional()
    .describe(
      'new folder for the model (.safetensors, .onnx, and its matrices and means as .npy), what it was trained on and reached (README.md), and the embedded corpus.npy and queries.npy',
    ),
  report: path().optional().describe('a page, .html, .md, .tex, .csv or .json, of what the training changed'),
  json: z.boolean().default(false).describe('end with one JSON object on one line'),
});

export type JobOptions = z.infer<typeof JOB>;
export type RunOptions = z.infer<typeof RUN>;
