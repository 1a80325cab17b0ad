/** What was mined for one query, as what is to be written of it: texts, or ids. */
export interface MinedQuery {
  readonly query: string;
  readonly positives: readonly MinedPositive[];
}

export interface MinedPositive {
  readonly positive: string;
  readonly score: number;
  readonly negatives: readonly MinedNegative[];
}

export interface MinedNegative {
  readonly negative: string;
  readonly score: number;
  /** 1 for the nearest document the query could be given */
  readonly rank: number;
}

export const ROW_FORMATS = ['list', 'triplet', 'n-tuple', 'labeled-pair', 'labeled-list'] as const;
export type RowFormat = (typeof ROW_FORMATS)[number];

export interface RowOptions {
  /** Negatives that an n-tuple has: a pair with fewer has no row. */
  readonly negatives: number;
  /** Whether scores stand beside a row, or in the place of its labels. */
  readonly scores: boolean;
  /** Whether a query's labelled pairs are its positives and then its negatives, not each positive and then its own. */
  readonly onceAQuery: boolean;
}

/**
 * The rows of one query. `list` is {query, positive, score, negatives: [{id, score, rank}]}; the others are the columns that trainers of
 * sentence-transformers load, in their order:
 *
 * - `triplet`: anchor, positive, negative, and scores of the two;
 * - `n-tuple`: anchor, positive, negative_1 … negative_n, and scores of them; none with fewer than n;
 * - `labeled-pair`: anchor, passage, and label (1 or 0) or score;
 * - `labeled-list`: anchor, passages (the positive first), and labels or scores; none without a negative.
 */
export function trainingRows(
  format: RowFormat,
  { query: anchor, positives }: MinedQuery,
  { negatives: n, scores, onceAQuery }: RowOptions,
): readonly object[] {
  switch (format) {
    case 'list':
      return positives.map(({ positive, score, negatives }) => ({
        query: anchor,
        positive,
        score,
        negatives: negatives.map(({ negative: id, ...others }) => ({ id, ...others })),
      }));
    case 'triplet':
      return positives.flatMap(({ positive, score, negatives }) =>
        negatives.map((each) => ({
          anchor,
          positive,
          negative: each.negative,
          ...(scores && { scores: [score, each.score] }),
        })),
      );
    case 'n-tuple':
      return positives
        .filter(({ negatives }) => negatives.length === n)
        .map(({ positive, score, negatives }) => ({
          anchor,
          positive,
          ...Object.fromEntries(negatives.map(({ negative }, i) => [`negative_${i + 1}`, negative])),
          ...(scores && { scores: [score, ...negatives.map((each) => each.score)] }),
        }));
    case 'labeled-pair': {
      const right = (each: MinedPositive) => labelled(anchor, each.positive, 1, each.score, scores);
      const wrong = (each: MinedPositive) =>
        each.negatives.map(({ negative, score }) => labelled(anchor, negative, 0, score, scores));
      return onceAQuery
        ? [...positives.map(right), ...positives.slice(0, 1).flatMap(wrong)]
        : positives.flatMap((each) => [right(each), ...wrong(each)]);
    }
    case 'labeled-list':
      return positives
        .filter(({ negatives }) => negatives.length > 0)
        .map(({ positive, score, negatives }) => ({
          anchor,
          passages: [positive, ...negatives.map(({ negative }) => negative)],
          ...(scores
            ? { scores: [score, ...negatives.map((each) => each.score)] }
            : { labels: [1, ...negatives.map(() => 0)] }),
        }));
  }
}

function labelled(anchor: string, passage: string, label: number, score: number, scores: boolean): object {
  return { anchor, passage, ...(scores ? { score } : { label }) };
}
