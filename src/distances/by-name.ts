import { cosine } from './cosine.ts';
import { dot } from './dot.ts';
import { euclidean } from './euclidean.ts';

/** Of corpora that are searched, by the names of --distance. */
export const DISTANCES = { cosine, dot, euclidean } as const;
