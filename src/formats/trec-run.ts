import { refuse } from '../core/check.ts';
import type { IdTable } from '../core/ids.ts';
import { SHORTEST_BYTES, writeShortest, writeWhole } from './shortest.ts';

/** One query's ranking, in any order. */
export interface RunRanking {
  readonly ids: ArrayLike<number>;
  readonly scores: ArrayLike<number>;
}

/**
 * Makes rankings into lines of a TREC run, in UTF-8: `query Q0 document rank score tag`, ranks from 1.
 *
 * Scores are printed with the digits that keep them apart as float32, and lines stand as trec_eval sorts them: by score, and equal ones
 * by the name that is greater by bytes. (`names` numbers them so.)
 *
 * @throws RangeError if a name or the tag has a space in it, or is empty
 */
export function runLines(names: IdTable, tag: string): (query: string, ranking: RunRanking) => Buffer {
  const end = Buffer.from(` ${checkField('the tag', tag)}\n`);
  // a document is mostly in many rankings
  const checked = new Uint8Array(names.size);
  return (query, { ids, scores }) => {
    const start = Buffer.from(`${checkField('a query', query)} Q0 `);
    const around = start.length + end.length + RANK_BYTES + SHORTEST_BYTES + 2;
    let most = ids.length * around;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i];
      if (checked[id] === 0) checkField('a document', names.nameOf(id));
      checked[id] = 1;
      most += names.bytes(id);
    }
    const order = trecOrder(ids, scores);
    const lines = Buffer.allocUnsafe(most);
    let at = 0;
    for (let rank = 0; rank < ids.length; rank++) {
      const i = order?.[rank] ?? rank;
      at = copied(start, lines, at);
      at = names.write(ids[i], lines, at);
      lines[at] = SPACE;
      at = writeWhole(rank + 1, lines, at + 1);
      lines[at] = SPACE;
      at = writeShortest(scores[i], lines, at + 1);
      at = copied(end, lines, at);
    }
    return lines.subarray(0, at);
  };
}

const SPACE = 0x20;
/** Of 2³², the most. */
const RANK_BYTES = 10;

/** Which line is which; undefined where they stand in order, as those of a search do. */
function trecOrder(ids: ArrayLike<number>, scores: ArrayLike<number>): Uint32Array | undefined {
  const compare = (i: number, j: number): number =>
    Math.fround(scores[j]) - Math.fround(scores[i]) || ids[i] - ids[j];
  for (let i = 1; i < ids.length; i++)
    if (!(compare(i - 1, i) <= 0)) return Uint32Array.from(ids, (_, i) => i).sort(compare);
  return undefined;
}

/** A few bytes, for which `set` would take longer. @returns where they end */
function copied(from: Uint8Array, to: Uint8Array, at: number): number {
  for (let i = 0; i < from.length; i++) to[at + i] = from[i];
  return at + from.length;
}

function checkField(what: string, text: string): string {
  if (!/^\S+$/.test(text)) refuse('run', `${what} must be named without spaces`, `'${text}'`);
  return text;
}
