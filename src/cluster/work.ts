import type { Content } from './content.ts';

/** Does a task of a job: the same answer for the same input and part, whoever does it and however often. */
export type Work = (input: Content, part: number) => Promise<Content>;
