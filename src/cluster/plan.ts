import { z } from 'zod';
import { ONNX_DTYPES, POOLINGS } from '../models/onnx-texts.ts';
import type { Found } from './found-file.ts';

const FOUND: z.ZodType<Found> = z.object({ path: z.string(), size: z.number(), modified: z.number() });

const SEARCH = z.object({
  kind: z.literal('search'),
  /** the rows of the corpus, a .npy file */
  vectors: FOUND,
  distance: z.enum(['cosine', 'dot', 'euclidean']),
  ef: z.number(),
  seed: z.number(),
  shardRows: z.number(),
});

const EMBED = z.object({
  kind: z.literal('embed'),
  of: z.enum(['rows', 'texts']),
  model: z.string().optional(),
  textModel: z.string().optional(),
  side: z.enum(['query', 'document']).optional(),
  pooling: z.enum(POOLINGS).optional(),
  prefix: z.string().optional(),
  batch: z.number().optional(),
  dtype: z.enum(ONNX_DTYPES).optional(),
  download: z.boolean().optional(),
});

const SCORE = z.object({
  kind: z.literal('score'),
  loss: z.string(),
  /** as they are written */
  options: z.record(z.string(), z.string()),
});

/** All that the results of a job follow from, but for what each task is given. */
export const PLAN = z.discriminatedUnion('kind', [SEARCH, EMBED, SCORE]);

export type Plan = z.infer<typeof PLAN>;
export type SearchPlan = z.infer<typeof SEARCH>;
export type EmbedPlan = z.infer<typeof EMBED>;
export type ScorePlan = z.infer<typeof SCORE>;

/** A task as it is sent. */
export const TASK = z.object({
  job: z.string(),
  input: z.string(),
  part: z.number(),
  /** where all of the job's files are */
  folder: z.string(),
  plan: PLAN,
});

export type Task = z.infer<typeof TASK>;
