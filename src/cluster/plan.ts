import { z } from 'zod';
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

/** All that the results of a job follow from, but for what each task is given. */
export const PLAN = z.discriminatedUnion('kind', [SEARCH]);

export type Plan = z.infer<typeof PLAN>;
export type SearchPlan = z.infer<typeof SEARCH>;

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

/** What became of a task. */
export const OUTCOME = z.object({ worker: z.string(), fault: z.string().optional() });

export type Outcome = z.infer<typeof OUTCOME>;
