import type { Views } from '../core/batches.ts';
import { checkEqual, refuse } from '../core/check.ts';
import { type Matrix, row } from '../core/matrix.ts';
import { cosine } from '../distances/cosine.ts';
import { type Asked, queriesOf } from './asked.ts';
import type { Candidates } from './candidate-filter.ts';
import type { Mining } from './mining-options.ts';

/** Candidates as a cross-encoder scores and orders them, and with what a guide says of each, where there are such. */
export async function judged(
  where: string,
  { rescore, guide }: Mining,
  { views, queryIds }: Asked,
  anchors: readonly number[],
  lists: readonly Candidates[],
): Promise<readonly Candidates[]> {
  const rescored =
    rescore === undefined ? lists : await rescoredLists(rescore, queriesOf(where, queryIds), anchors, lists);
  return guide === undefined ? rescored : guidedLists(where, guide, views, anchors, rescored);
}

async function rescoredLists(
  rescore: NonNullable<Mining['rescore']>,
  queryIds: Uint32Array,
  anchors: readonly number[],
  lists: readonly Candidates[],
): Promise<readonly Candidates[]> {
  const scores = await rescore(
    lists.flatMap(({ ids }, a) =>
      Array.from(ids, (candidate) => ({ query: queryIds[anchors[a]], candidate })),
    ),
  );
  let next = 0;
  return lists.map((list) => {
    const own = Array.from(list.ids, () => scores[next++]);
    const order = Array.from(own.keys()).sort((a, b) => own[b] - own[a] || a - b);
    return {
      ids: Uint32Array.from(order, (c) => list.ids[c]),
      scores: Float64Array.from(order, (c) => own[c]),
      ranks: Uint32Array.from(order, (c) => list.ranks[c]),
      classes: list.classes && Int32Array.from(order, (c) => list.classes?.[c] ?? 0),
    };
  });
}

async function guidedLists(
  where: string,
  guide: NonNullable<Mining['guide']>,
  views: Views,
  anchors: readonly number[],
  lists: readonly Candidates[],
): Promise<readonly Candidates[]> {
  const ids = [...new Set(lists.flatMap((list) => Array.from(list.ids)))];
  const rows = await guide(Uint32Array.from(ids));
  checkEqual(where, 'the guide’s rows', rows.rows, ids.length);
  const rowOf = new Map(ids.map((id, r) => [id, r]));
  const asks = guideOf(where, views).anchors;
  return lists.map((list, a) => ({
    ...list,
    guideScores: Float64Array.from(list.ids, (id) =>
      cosine.score(row(asks, anchors[a]), row(rows, rowOf.get(id) ?? 0)),
    ),
  }));
}

/** What the guide says of an anchor's own positive. */
export function guideScoreOf(where: string, views: Views, i: number): number {
  const { anchors, positives } = guideOf(where, views);
  return cosine.score(row(anchors, i), row(positives, i));
}

function guideOf(where: string, { guide }: Views): { readonly anchors: Matrix; readonly positives: Matrix } {
  return guide ?? refuse(where, 'views must have a guide where one is asked', 'none');
}
