import type {
  ClassLogits,
  Embeddings,
  Guide,
  Labelled,
  LogProbabilities,
  Logits,
  MarginLabelled,
  Proxied,
  References,
  ScoredPairs,
  Segments,
  Targets,
  Taught,
  TeacherMargins,
  TeacherScores,
  Views,
} from '../../src/core/batches.ts';
import { refuse } from '../../src/core/check.ts';
import type { Matrix } from '../../src/core/matrix.ts';
import type { MultiViews } from '../../src/losses/views/sup-con-views.ts';

/** What stands under the name of an input in a batch. */
export type Column = Matrix | Float32Array | Int32Array | Uint32Array | number;

/** What a file, or a word, must hold to be one. */
export type Kind = keyof typeof KINDS;

export const KINDS = {
  matrix: 'rows of float32 or float16; a vector is a column',
  numbers: 'a vector of float32 or float16',
  labels: 'a vector of integers that fit int32',
  ids: 'a vector of integers that fit uint32',
  number: 'a number, and no file',
} as const;

/**
 * What a batch is given of an input: its rows; the negatives its anchors own, or all where nobody owns any; or all in every
 * batch.
 */
export type Along = 'rows' | 'negatives' | 'whole';

/** An input of a loss by its name in the batch. */
export interface Input<Value extends Column = Column> {
  readonly name: string;
  readonly kind: Kind;
  readonly along: Along;
  is(column: Column): column is Value;
}

/** What a loss takes: its inputs, and the batch that is made of them. */
export interface Takes<Batch> {
  readonly required: readonly Input[];
  readonly optional: readonly Input[];
  /** how many negatives each anchor owns where it is not said; without it all anchors share all of them */
  readonly owned?: number;
  batch(given: Given): Batch;
}

/** Every input of a loss. */
export function inputsOf({ required, optional }: Takes<unknown>): readonly Input[] {
  return [...required, ...optional];
}

/** `negative-ids` of negativeIds: how it is called on a command line, and its gradient's file. */
export function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Looks up the inputs that were given. */
export interface Given {
  /** @throws RangeError if there is none */
  need<Value extends Column>(input: Input<Value>): Value;
  find<Value extends Column>(input: Input<Value>): Value | undefined;
}

export function given(where: string, columns: ReadonlyMap<string, Column>): Given {
  const find = <Value extends Column>({ name, is }: Input<Value>): Value | undefined => {
    const column = columns.get(name);
    return column !== undefined && is(column) ? column : undefined;
  };
  return {
    find,
    need: (input) => find(input) ?? refuse(where, `${input.name} must be given`, 'none'),
  };
}

function matrixOf(name: string, along: Along = 'rows'): Input<Matrix> {
  return {
    name,
    along,
    kind: 'matrix',
    is: (column) => typeof column === 'object' && 'cols' in column,
  };
}

function labelsOf(name: string, along: Along = 'rows'): Input<Int32Array> {
  return { name, along, kind: 'labels', is: (column) => column instanceof Int32Array };
}

function idsOf(name: string, along: Along = 'rows'): Input<Uint32Array> {
  return { name, along, kind: 'ids', is: (column) => column instanceof Uint32Array };
}

function numbersOf(name: string, along: Along = 'rows'): Input<Float32Array> {
  return { name, along, kind: 'numbers', is: (column) => column instanceof Float32Array };
}

function numberOf(name: string): Input<number> {
  return { name, along: 'whole', kind: 'number', is: (column) => typeof column === 'number' };
}

const PREDICTIONS = matrixOf('predictions');
const TARGETS = matrixOf('targets');
const WEIGHTS = matrixOf('weights');
const LOGITS = matrixOf('logits');
const LOG_PROBABILITIES = matrixOf('logProbabilities');
const SAMPLES = numberOf('samples');
const LEFT = matrixOf('left');
const RIGHT = matrixOf('right');
const PAIR_TARGETS = numbersOf('targets');
const LABELS = labelsOf('labels');
const EMBEDDINGS = matrixOf('embeddings');
const ANCHORS = matrixOf('anchors');
const POSITIVES = matrixOf('positives');
const NEGATIVES = matrixOf('negatives', 'negatives');
const OWNED = idsOf('owned');
const IDS = idsOf('ids');
const NEGATIVE_IDS = idsOf('negativeIds', 'negatives');
const NEGATIVE_LABELS = labelsOf('negativeLabels', 'negatives');
const GUIDE_ANCHORS = matrixOf('guideAnchors');
const GUIDE_POSITIVES = matrixOf('guidePositives');
const GUIDE_NEGATIVES = matrixOf('guideNegatives', 'negatives');
const LOG_SCALE = numberOf('logScale');
const BIAS = numberOf('bias');
const TEACHER_POSITIVES = numbersOf('teacherPositives');
const TEACHER_NEGATIVES = numbersOf('teacherNegatives', 'negatives');
const TEACHER_MARGINS = numbersOf('teacherMargins', 'negatives');
const VIEWS_EACH = numberOf('views');
const ALL_VIEWS = matrixOf('embeddings', 'whole');
const ITEM_LABELS = labelsOf('labels', 'whole');
const REFERENCES = matrixOf('references', 'whole');
const REFERENCE_LABELS = labelsOf('referenceLabels', 'whole');
const REFERENCE_IDS = idsOf('referenceIds', 'whole');
const BETA = matrixOf('beta', 'whole');
const PROXIES = matrixOf('proxies', 'whole');

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
  // one of them; the loss is asked for labels where neither is there
  optional: [LABELS, TARGETS],
  batch({ need, find }) {
    const shares = find(TARGETS);
    return shares === undefined
      ? { logits: need(LOGITS), labels: need(LABELS) }
      : { logits: need(LOGITS), targets: shares };
  },
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
  batch({ need, find }) {
    const scores = { predictions: need(PREDICTIONS), samples: find(SAMPLES) };
    const shares = find(TARGETS);
    return shares === undefined ? { ...scores, labels: need(LABELS) } : { ...scores, targets: shares };
  },
};

export const scoredPairs: Takes<ScoredPairs> = {
  required: [LEFT, RIGHT, PAIR_TARGETS],
  optional: [],
  batch: ({ need }) => ({ left: need(LEFT), right: need(RIGHT), targets: need(PAIR_TARGETS) }),
};

/** Views whose anchors share all negatives, unless it is said who owns them. `known` has no file. */
export const views: Takes<Views> = {
  required: [ANCHORS, POSITIVES],
  optional: [NEGATIVES, OWNED, IDS, NEGATIVE_IDS, LABELS, NEGATIVE_LABELS],
  batch: ({ need, find }) => ({
    anchors: need(ANCHORS),
    positives: need(POSITIVES),
    negatives: find(NEGATIVES),
    owned: find(OWNED),
    ids: find(IDS),
    negativeIds: find(NEGATIVE_IDS),
    labels: find(LABELS),
    negativeLabels: find(NEGATIVE_LABELS),
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
  optional: [ITEM_LABELS],
  batch: ({ need, find }) => ({
    embeddings: need(ALL_VIEWS),
    views: need(VIEWS_EACH),
    labels: find(ITEM_LABELS),
  }),
};

/** Rows alone. */
export const embeddings: Takes<Embeddings> = {
  required: [EMBEDDINGS],
  optional: [],
  batch: ({ need }) => ({ embeddings: need(EMBEDDINGS) }),
};

/** Labelled rows that stand against one another only; mined tuples have no file. */
export const labelled: Takes<Labelled> = {
  required: [EMBEDDINGS, LABELS],
  optional: [],
  batch: ({ need }) => ({ embeddings: need(EMBEDDINGS), labels: need(LABELS) }),
};

/** Labelled rows that stand against references as well, where there are some. */
export const referred: Takes<Labelled> = {
  required: labelled.required,
  optional: [IDS, REFERENCES, REFERENCE_LABELS, REFERENCE_IDS],
  batch: (given) => ({ ...labelled.batch(given), ids: given.find(IDS), references: referencesOf(given) }),
};

/** Labelled rows, and the learned distance between near and far where there is one. */
export const marginLabelled: Takes<MarginLabelled> = {
  required: labelled.required,
  optional: [BETA],
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
  const given = [find(REFERENCES), find(REFERENCE_LABELS), find(REFERENCE_IDS)];
  if (given.every((part) => part === undefined)) return undefined;
  return {
    embeddings: need(REFERENCES),
    labels: need(REFERENCE_LABELS),
    ids: find(REFERENCE_IDS),
  };
}
