import { REDUCTIONS } from '../../losses/loss.ts';
import { flag, oneOf } from '../option.ts';

// Options that many losses have.

export const REDUCTION = oneOf(REDUCTIONS, 'mean');

export const SIMILARITY = oneOf(['cosine', 'dot'], 'cosine');

export const ELEMENTWISE = { reduction: REDUCTION, listTerms: flag(false) };
