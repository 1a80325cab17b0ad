import { checkFinite, checkOneOf, checkWhole, refuse } from '../core/check.ts';

/**
 * Which candidates may be negatives: one expression for a collection, a queue and a batch. Every limit is of scores, the larger the
 * nearer: similarities, or what a cross-encoder said.
 */
export interface CandidateFilter {
  /** How many of the nearest candidates are passed over: the likeliest to be right and unjudged. @default 0 */
  readonly rangeMin?: number;
  /** The rank of the farthest candidate that may be one. @default none */
  readonly rangeMax?: number;
  /** The most a negative may score. @default none */
  readonly maxScore?: number;
  /** The least a negative may score. @default none */
  readonly minScore?: number;
  /** How much less than the positive a negative must score: it is kept when s <= p - margin. @default none */
  readonly absoluteMargin?: number;
  /**
   * The same as a share of the positive's score: kept when s <= p - |p| margin, which asks for more distance where p is negative
   * too. 0.05 is NV-Retriever's TopK-PercPos at 95 %. @default 0.05
   */
  readonly relativeMargin?: number | 'none';
  /** How far below its score of the positive the guide must find a negative; without a guide it says nothing. @default { margin: 0 } */
  readonly guideMargin?: { readonly margin?: number; readonly strategy?: 'absolute' | 'relative' };
  /** Whether candidates with the positive's label may be negatives. @default 'drop' */
  readonly sameClass?: 'drop' | 'keep';
  /**
   * What `rangeMin` and `rangeMax` count: candidates as they come, the too near ones among them, or only those that every other
   * filter leaves. @default 'raw'
   */
  readonly rank?: 'raw' | 'filtered';
}

/** What became of a candidate: kept, or the first filter that said no. `not-drawn` passed them all and was not needed. */
export type Verdict =
  | 'kept'
  | 'positive'
  | 'known'
  | 'same-class'
  | 'range-min'
  | 'range-max'
  | 'absolute-margin'
  | 'relative-margin'
  | 'max-score'
  | 'min-score'
  | 'guide'
  | 'not-drawn';

/** One query's candidates, best first. */
export interface Candidates {
  readonly ids: Uint32Array;
  readonly scores: Float64Array;
  /** 1 for the nearest row the query may be given, those passed over as too near included; 0 for what it may not be given */
  readonly ranks: Uint32Array;
  /** the label of each, where there are labels */
  readonly classes?: Int32Array;
  /** what a guide says of each, where there is one */
  readonly guideScores?: Float64Array;
}

/** What a query's candidates are set against. */
export interface FilteredQuery {
  readonly positive: number;
  readonly positiveScore: number;
  /** ids of whatever else is right */
  readonly known?: ArrayLike<number>;
  readonly label?: number;
  /** what a guide says of the positive */
  readonly guideScore?: number;
}

export interface FilterOfCandidates {
  readonly rangeMin: number;
  readonly rangeMax: number;
  readonly minScore: number;
  readonly sameClass: 'drop' | 'keep';
  /** Whether a candidate can be turned down for its score. */
  readonly scores: boolean;
  /** The most a candidate may score beside a positive of this score; Infinity without such a limit. */
  ceiling(positiveScore: number): number;
  /** `kept` for each candidate that may be a negative, and why each other may not. */
  verdicts(query: FilteredQuery, candidates: Candidates): Verdict[];
}

/**
 * Checks a filter once and makes it usable. `where` names the miner in refusals.
 *
 * @throws RangeError if rangeMin is not a whole number >= 0, rangeMax not one > rangeMin, or a score or margin not a finite number
 * @see Moreira et al., "NV-Retriever", 2024, section 3.3; Solatorio, "GISTEmbed", 2024, section 3 for the guide
 */
export function candidateFilter(where: string, options: CandidateFilter): FilterOfCandidates {
  const { rangeMin = 0, rangeMax = Infinity, maxScore, minScore, absoluteMargin, guideMargin = {} } = options;
  const { relativeMargin = 0.05, sameClass = 'drop', rank = 'raw' } = options;
  const { margin: guided = 0, strategy = 'absolute' } = guideMargin;
  checkWhole(where, 'rangeMin', rangeMin);
  if (rangeMax !== Infinity) checkWhole(where, 'rangeMax', rangeMax);
  if (rangeMax <= rangeMin) refuse(where, `rangeMax must be greater than rangeMin, ${rangeMin}`, rangeMax);
  for (const [name, value] of Object.entries({ maxScore, minScore, absoluteMargin })) {
    if (value !== undefined) checkFinite(where, name, value);
  }
  if (relativeMargin !== 'none') checkFinite(where, 'relativeMargin', relativeMargin);
  checkFinite(where, 'guideMargin.margin', guided);
  checkOneOf(where, 'guideMargin.strategy', strategy, ['absolute', 'relative']);
  checkOneOf(where, 'sameClass', sameClass, ['drop', 'keep']);
  checkOneOf(where, 'rank', rank, ['raw', 'filtered']);

  /** Upper limits of scores by the verdict on what is above, in the order in which they are asked. */
  const limits = (positive: number): readonly (readonly [Verdict, number])[] => [
    ['absolute-margin', absoluteMargin === undefined ? Infinity : positive - absoluteMargin],
    [
      'relative-margin',
      relativeMargin === 'none' ? Infinity : positive - Math.abs(positive) * relativeMargin,
    ],
    ['max-score', maxScore ?? Infinity],
  ];
  const outside = (place: number): Verdict | undefined =>
    place <= rangeMin ? 'range-min' : place > rangeMax ? 'range-max' : undefined;

  return {
    rangeMin,
    rangeMax,
    minScore: minScore ?? -Infinity,
    sameClass,
    scores: limits(1).some(([, limit]) => limit < Infinity) || minScore !== undefined,
    ceiling: (positive) => Math.min(...limits(positive).map(([, limit]) => limit)),
    verdicts({ positive, positiveScore, known, label, guideScore = Infinity }, candidates) {
      const { ids, scores, ranks, classes, guideScores } = candidates;
      const right = new Set(Array.from(known ?? []));
      const own = limits(positiveScore);
      const guide = guideScore - guided * (strategy === 'absolute' ? 1 : Math.abs(guideScore));
      let left = 0;
      return Array.from(ids, (id, c): Verdict => {
        if (id === positive) return 'positive';
        if (right.has(id)) return 'known';
        if (sameClass === 'drop' && label !== undefined && classes?.[c] === label) return 'same-class';
        const raw = rank === 'raw' ? outside(ranks[c]) : undefined;
        if (raw !== undefined) return raw;
        for (const [verdict, limit] of own) if (scores[c] > limit) return verdict;
        if (minScore !== undefined && scores[c] < minScore) return 'min-score';
        if (guideScores !== undefined && guideScores[c] > guide) return 'guide';
        return (rank === 'filtered' ? outside(++left) : undefined) ?? 'kept';
      });
    },
  };
}
