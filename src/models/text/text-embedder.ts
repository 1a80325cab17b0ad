import type { Matrix } from '../../core/matrix.ts';

/** Texts to embeddings, a row each: a model in a file, one of elsewhere, or any other function. */
export type TextEmbedder = (texts: readonly string[]) => Matrix | Promise<Matrix>;
