import { refuse } from '../core/check.ts';
import type { IdTable } from '../core/ids.ts';
import { shortest } from './shortest.ts';

/**
 * One query's ranking as lines of a TREC run: `query Q0 document rank score tag`, ranks from 1.
 *
 * Scores are printed with the digits that keep them apart as float32, and lines stand as trec_eval sorts them: by score, and equal ones
 * by the name that is greater by bytes. (`names` numbers them so.)
 *
 * @throws RangeError if a name or the tag has a space in it, or is empty
 */
export function runLines(
  query: string,
  ranking: { readonly ids: ArrayLike<number>; readonly scores: ArrayLike<number> },
  names: IdTable,
  tag: string,
): string {
  checkField('a query', query);
  checkField('the tag', tag);
  return Array.from(ranking.ids, (id, i) => ({ id, score: shortest(ranking.scores[i]) }))
    .sort((a, b) => b.score - a.score || a.id - b.id)
    .map(
      ({ id, score }, i) =>
        `${query} Q0 ${checkField('a document', names.nameOf(id))} ${i + 1} ${score} ${tag}\n`,
    )
    .join('');
}

function checkField(what: string, text: string): string {
  if (!/^\S+$/.test(text)) refuse('run', `${what} must be named without spaces`, `'${text}'`);
  return text;
}
