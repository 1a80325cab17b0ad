import { cosine } from '../src/distances/cosine.ts';
import { dot } from '../src/distances/dot.ts';
import { euclidean } from '../src/distances/euclidean.ts';

/** By the names of --distance. */
export const DISTANCES = { cosine, dot, euclidean } as const;
