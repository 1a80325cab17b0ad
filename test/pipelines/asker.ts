import type { Ask } from '../../pipelines/losses/asking.ts';
import type { Advice } from '../../pipelines/losses/guide.ts';

/** Answers as somebody would for whom the advice is meant. */
export function asker({ where }: Advice): Ask {
  return async (question, kind) => {
    const answer = where[question];
    return answer ?? (kind === 'boolean' ? false : kind === 'number' ? 1 : kind[0][0]);
  };
}
