import type { Job } from './job.ts';
import { texts } from './texts.ts';
import { adapter, deep, towers } from './vectors.ts';

/** In the order they run. */
export const JOBS: readonly Job[] = [adapter, towers, deep, texts];
