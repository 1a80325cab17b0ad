import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { refuse } from '../core/check.ts';

/** A file as a job found it: what a worker reads must be the same. */
const FOUND = z.object({ path: z.string(), size: z.number(), modified: z.number() });

export type Found = z.infer<typeof FOUND>;

const SEARCH = z.object({
  kind: z.literal('search'),
  /** the rows of the corpus, a .npy file */
  vectors: FOUND,
  distance: z.enum(['cosine', 'dot', 'euclidean']),
  index: z.enum(['exact', 'hnsw']),
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

export async function foundFile(path: string): Promise<Found> {
  const { size, mtimeMs } = await stat(path);
  return { path, size, modified: mtimeMs };
}

/** @throws RangeError if the file is another than the job found */
export async function checkFound({ path, size, modified }: Found): Promise<void> {
  const now = await foundFile(path).catch(() => undefined);
  if (now === undefined) refuse(path, 'must be a file that every worker can read', 'none');
  if (now.size !== size || now.modified !== modified)
    refuse(
      path,
      'must be as the job found it',
      `${now.size} bytes of ${new Date(now.modified).toISOString()}`,
    );
}
