import {
  type ClassLogits,
  type Embeddings,
  type Guide,
  type IdLists,
  idLists,
  type Labelled,
  type LogProbabilities,
  type Logits,
  type MarginLabelled,
  type Proxied,
  type References,
  type RowPairs,
  type ScoredPairs,
  type Segments,
  type Targets,
  type Taught,
  type TeacherMargins,
  type TeacherScores,
  type Views,
} from '../core/batches.ts';
import { refuse } from '../core/check.ts';
import type { MultiViews } from '../losses/views/sup-con-views.ts';
import {
  type Given,
  idsOf,
  labelsOf,
  matrixOf,
  numberOf,
  numbersOf,
  type Takes,
  tuplesOf,
  wordOf,
} from './input.ts';

const PREDICTIONS = matrixOf('predictions', 'what was predicted');
const TARGETS = matrixOf('targets', 'what it should have been');
const WEIGHTS = matrixOf('weights', 'what each term is multiplied by');
const LOGITS = matrixOf('logits', 'a score for each class');
const LOG_PROBABILITIES = matrixOf('logProbabilities', 'a logarithm for each class');
const SAMPLES = numberOf('samples', 'how many samples the rows are of, of equally many each; by default 1');
const LEFT = matrixOf('left', 'one row of each pair');
const RIGHT = matrixOf('right', 'the other row of each pair');
const PAIR_TARGETS = numbersOf('targets', 'what each pair should come to');
const LABELS = labelsOf('labels', 'the class of each row');
const EMBEDDINGS = matrixOf('embeddings', 'the rows');
const ANCHORS = matrixOf('anchors', 'a view of each item');
const POSITIVES = matrixOf('positives', 'another view of each item');
const NEGATIVES = matrixOf('negatives', 'views of other items', 'negatives');
const OWNED = idsOf('owned', 'how many of the negatives each anchor owns');
const IDS = idsOf('ids', 'which item each row is');
const NEGATIVE_IDS = idsOf('negativeIds', 'which item each negative is', 'negatives');
const NEGATIVE_LABELS = labelsOf('negativeLabels', 'the class of each negative', 'negatives');
const GUIDE_ANCHORS = matrixOf('guideAnchors', 'the anchors by a model that tells false negatives');
const GUIDE_POSITIVES = matrixOf('guidePositives', 'the positives by that model');
const GUIDE_NEGATIVES = matrixOf('guideNegatives', 'the negatives by that model', 'negatives');
const LOG_SCALE = numberOf('logScale', 'the learned logarithm of what similarities are multiplied by');
const BIAS = numberOf('bias', 'the learned number added to similarities');
const TEACHER_POSITIVES = numbersOf('teacherPositives', "a teacher's score of each positive");
const TEACHER_NEGATIVES = numbersOf('teacherNegatives', "a teacher's score of each negative", 'negatives');
const TEACHER_MARGINS = numbersOf(
  'teacherMargins',
  "a teacher's score of the owner's positive less that of each negative",
  'negatives',
);
const VIEWS_EACH = numberOf('views', 'how many views there are of each item');
const ALL_VIEWS = matrixOf(
  'embeddings',
  'the first view of every item, below them the second of every item, and so on',
  'views',
);
const REFERENCES = matrixOf('references', 'more rows, that those of the batch stand against', 'whole');
const REFERENCE_LABELS = labelsOf('referenceLabels', 'the class of each reference', 'whole');
const REFERENCE_IDS = idsOf(
  'referenceIds',
  'which item each reference is, not to be met by its own row',
  'whole',
);
const REFERENCES_ALONE = wordOf(
  'referencesAlone',
  'rows stand against references alone, and not against one another',
);
const TRIPLETS = tuplesOf('triplets', 'mined: rows of an anchor, a positive and a negative', 'triplets');
const POSITIVE_PAIRS = tuplesOf('positivePairs', 'mined: rows of an anchor and one of its class', 'pairs');
const NEGATIVE_PAIRS = tuplesOf(
  'negativePairs',
  'mined: rows of an anchor and one of another class',
  'pairs',
);
const KNOWN = tuplesOf(
  'known',
  "an anchor's row and an id that is right for it, and so no negative",
  'known',
);
const BETA = matrixOf('beta', 'the learned distance that divides near from far, one or one a class', 'whole');
const PROXIES = matrixOf('proxies', 'the learned rows that stand for the classes', 'whole');

export const targets: Takes<Targets> = {
  required: [PREDICTIONS, TARGETS],
  optional: [WEIGHTS],
  batch: ({ need, find }) => ({
    predictions: need(PREDICTIONS),
    targets: need(TARGETS),
    weights: find(WEIGHTS),
  }),
};

export const logits: Takes<Logits> = {
  required: [LOGITS],
  // one of them
  optional: [LABELS, TARGETS],
  batch: (given) => ({ logits: given.need(LOGITS), ...eitherTargets(given) }),
};

export const classLogits: Takes<ClassLogits> = {
  required: [LOGITS, LABELS],
  optional: [],
  batch: ({ need }) => ({ logits: need(LOGITS), labels: need(LABELS) }),
};

export const logProbabilities: Takes<LogProbabilities> = {
  required: [LOG_PROBABILITIES, LABELS],
  optional: [],
  batch: ({ need }) => ({ logProbabilities: need(LOG_PROBABILITIES), labels: need(LABELS) }),
};

/** Targets of which none weighs more than another. */
export const unweightedTargets: Takes<Targets & { readonly weights?: undefined }> = {
  required: [PREDICTIONS, TARGETS],
  optional: [],
  batch: ({ need }) => ({ predictions: need(PREDICTIONS), targets: need(TARGETS) }),
};

export const segments: Takes<Segments> = {
  required: [PREDICTIONS],
  // and labels or targets, as for logits
  optional: [LABELS, TARGETS, SAMPLES],
  samples: SAMPLES,
  batch: (given) => ({
    predictions: given.need(PREDICTIONS),
    samples: given.find(SAMPLES),
    ...eitherTargets(given),
  }),
};

export const scoredPairs: Takes<ScoredPairs> = {
  required: [LEFT, RIGHT, PAIR_TARGETS],
  optional: [],
  batch: ({ need }) => ({ left: need(LEFT), right: need(RIGHT), targets: need(PAIR_TARGETS) }),
};

/** Views whose anchors share all negatives, unless it is said who owns them. */
export const views: Takes<Views> = {
  required: [ANCHORS, POSITIVES],
  optional: [NEGATIVES, OWNED, IDS, NEGATIVE_IDS, LABELS, NEGATIVE_LABELS, KNOWN],
  batch: (given) => ({
    anchors: given.need(ANCHORS),
    positives: given.need(POSITIVES),
    negatives: given.find(NEGATIVES),
    owned: given.find(OWNED),
    ids: given.find(IDS),
    negativeIds: given.find(NEGATIVE_IDS),
    labels: given.find(LABELS),
    negativeLabels: given.find(NEGATIVE_LABELS),
    known: knownOf(given),
  }),
};

/** Views whose anchors own a negative each, unless it is said how many. */
export const triples: Takes<Views> = { ...views, owned: 1 };

/** Views of a loss that looks at no negatives. */
export const twoViews: Takes<Views> = {
  required: [ANCHORS, POSITIVES],
  optional: [],
  batch: ({ need }) => ({ anchors: need(ANCHORS), positives: need(POSITIVES) }),
};

/** Views whose similarities are scaled by a number that is learned, where it is given, or may be told apart by a guide. */
export const guidedViews: Takes<Views> = {
  required: views.required,
  optional: [...views.optional, LOG_SCALE, GUIDE_ANCHORS, GUIDE_POSITIVES, GUIDE_NEGATIVES],
  batch: (given) => ({ ...views.batch(given), logScale: given.find(LOG_SCALE), guide: guideOf(given) }),
};

/** Views whose similarities are scaled and shifted by numbers that are learned, where they are given. */
export const shiftedViews: Takes<Views> = {
  required: views.required,
  optional: [...views.optional, LOG_SCALE, BIAS],
  batch: (given) => ({ ...views.batch(given), logScale: given.find(LOG_SCALE), bias: given.find(BIAS) }),
};

/** Views whose anchors own a negative each, unless it is said how many, with a teacher's score of each pair. */
export const scoredViews: Takes<Taught<TeacherScores>> = {
  required: [ANCHORS, POSITIVES, NEGATIVES, TEACHER_POSITIVES, TEACHER_NEGATIVES],
  optional: [OWNED],
  owned: 1,
  batch: (given) => ({ ...taught(given), teacher: scoresOf(given) }),
};

/** The same, or with the differences of a teacher's scores. */
export const marginViews: Takes<Taught<TeacherScores | TeacherMargins>> = {
  required: [ANCHORS, POSITIVES, NEGATIVES],
  // margins, or both kinds of scores; the loss is asked for scores where neither is there
  optional: [TEACHER_MARGINS, TEACHER_POSITIVES, TEACHER_NEGATIVES, OWNED],
  owned: 1,
  batch(given) {
    const margins = given.find(TEACHER_MARGINS);
    return { ...taught(given), teacher: margins === undefined ? scoresOf(given) : { margins } };
  },
};

/** As many views of each item as it says. */
export const multiViews: Takes<MultiViews> = {
  required: [ALL_VIEWS, VIEWS_EACH],
  optional: [LABELS],
  views: VIEWS_EACH,
  batch: ({ need, find }) => ({
    embeddings: need(ALL_VIEWS),
    views: need(VIEWS_EACH),
    labels: find(LABELS),
  }),
};

/** Rows alone. */
export const embeddings: Takes<Embeddings> = {
  required: [EMBEDDINGS],
  optional: [],
  batch: ({ need }) => ({ embeddings: need(EMBEDDINGS) }),
};

/** Labelled rows that stand against one another only, all of them or as mined tuples say. */
export const labelled: Takes<Labelled> = {
  required: [EMBEDDINGS, LABELS],
  optional: [TRIPLETS, POSITIVE_PAIRS, NEGATIVE_PAIRS],
  batch: (given) => ({ embeddings: given.need(EMBEDDINGS), labels: given.need(LABELS), ...minedOf(given) }),
};

/** Labelled rows that stand against references as well, where there are some. */
export const referred: Takes<Labelled> = {
  required: labelled.required,
  optional: [...labelled.optional, IDS, REFERENCES, REFERENCE_LABELS, REFERENCE_IDS, REFERENCES_ALONE],
  batch: (given) => ({ ...labelled.batch(given), ids: given.find(IDS), references: referencesOf(given) }),
};

/** Labelled rows, and the learned distance between near and far where there is one. */
export const marginLabelled: Takes<MarginLabelled> = {
  required: labelled.required,
  optional: [...labelled.optional, BETA],
  batch: (given) => ({ ...labelled.batch(given), beta: given.find(BETA) }),
};

export const proxied: Takes<Proxied> = {
  required: [EMBEDDINGS, LABELS, PROXIES],
  optional: [],
  batch: ({ need }) => ({ embeddings: need(EMBEDDINGS), labels: need(LABELS), proxies: need(PROXIES) }),
};

/** The guide, where a part of it is given; then it needs the others. */
function guideOf({ need, find }: Given): Guide | undefined {
  const given = [GUIDE_ANCHORS, GUIDE_POSITIVES, GUIDE_NEGATIVES].some((part) => find(part) !== undefined);
  if (!given) return undefined;
  return {
    anchors: need(GUIDE_ANCHORS),
    positives: need(GUIDE_POSITIVES),
    negatives: find(GUIDE_NEGATIVES),
  };
}

function taught({ need, find }: Given): Views {
  return {
    anchors: need(ANCHORS),
    positives: need(POSITIVES),
    negatives: need(NEGATIVES),
    owned: find(OWNED),
  };
}

function scoresOf({ need }: Given): TeacherScores {
  return { positives: need(TEACHER_POSITIVES), negatives: need(TEACHER_NEGATIVES) };
}

/** The references, where a part of them is given; then they need labels. */
function referencesOf({ need, find }: Given): References | undefined {
  const parts = [find(REFERENCES), find(REFERENCE_LABELS), find(REFERENCE_IDS), find(REFERENCES_ALONE)];
  if (parts.every((part) => part === undefined)) return undefined;
  return {
    embeddings: need(REFERENCES),
    labels: need(REFERENCE_LABELS),
    ids: find(REFERENCE_IDS),
    alone: find(REFERENCES_ALONE),
  };
}

/** Shares of classes, or labels. */
function eitherTargets({ where, called, find }: Given) {
  const [labels, targets] = [find(LABELS), find(TARGETS)];
  const [one, other] = [called(LABELS), called(TARGETS)];
  if (targets === undefined) {
    return { labels: labels ?? refuse(where, `${one} or ${other} must be given`, 'neither') };
  }
  if (labels !== undefined) refuse(where, `one of ${one} and ${other} must be left out`, 'both');
  return { targets };
}

/** Pairs of one kind are none where those of the other kind alone are given. */
function minedOf({ where, called, find }: Given): Pick<Labelled, 'triplets' | 'pairs'> {
  const [triplets, positives, negatives] = [find(TRIPLETS), find(POSITIVE_PAIRS), find(NEGATIVE_PAIRS)];
  if (positives === undefined && negatives === undefined) {
    if (triplets === undefined) return {};
    const [anchors, others, strangers] = [0, 1, 2].map((c) => everyNth(triplets, 3, c));
    return { triplets: { anchors, positives: others, negatives: strangers } };
  }
  if (triplets !== undefined)
    refuse(where, `${called(TRIPLETS)} must be left out where pairs are given`, 'both');
  return { pairs: { positives: rowPairs(positives), negatives: rowPairs(negatives) } };
}

function rowPairs(pairs: Uint32Array = new Uint32Array()): RowPairs {
  return { anchors: everyNth(pairs, 2, 0), others: everyNth(pairs, 2, 1) };
}

function everyNth(numbers: Uint32Array, n: number, first: number): Uint32Array {
  return Uint32Array.from({ length: numbers.length / n }, (_, t) => numbers[t * n + first]);
}

/** What is known goes by ids, so that there must be some. */
function knownOf({ where, called, need, find }: Given): IdLists | undefined {
  const known = find(KNOWN);
  if (known === undefined) return undefined;
  need(IDS);
  return listsOfPairs(where, called(KNOWN), known, need(ANCHORS).rows);
}

/**
 * Pairs of a row and an id as a list of ids for each row.
 *
 * @throws RangeError if a pair names none of the rows
 */
export function listsOfPairs(where: string, name: string, pairs: Uint32Array, rows: number): IdLists {
  const lists = Array.from({ length: rows }, (): number[] => []);
  for (let e = 0; e < pairs.length; e += 2) {
    if (pairs[e] >= rows)
      refuse(where, `${name} row ${e / 2} must begin with a row in [0, ${rows})`, pairs[e]);
    lists[pairs[e]].push(pairs[e + 1]);
  }
  return idLists(lists);
}
