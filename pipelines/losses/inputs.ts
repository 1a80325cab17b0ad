import type { Labelled, Logits, Targets, Views } from '../../src/core/batches.ts';
import { refuse } from '../../src/core/check.ts';
import type { Matrix } from '../../src/core/matrix.ts';

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

const PREDICTIONS = matrixOf('predictions');
const TARGETS = matrixOf('targets');
const WEIGHTS = matrixOf('weights');
const LOGITS = matrixOf('logits');
const LABELS = labelsOf('labels');
const EMBEDDINGS = matrixOf('embeddings');
const ANCHORS = matrixOf('anchors');
const POSITIVES = matrixOf('positives');
const NEGATIVES = matrixOf('negatives', 'negatives');
const OWNED = idsOf('owned');
const IDS = idsOf('ids');
const NEGATIVE_IDS = idsOf('negativeIds', 'negatives');
const NEGATIVE_LABELS = labelsOf('negativeLabels', 'negatives');

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

/** Labelled rows; mined tuples have no file. */
export const labelled: Takes<Labelled> = {
  required: [EMBEDDINGS, LABELS],
  optional: [],
  batch: ({ need }) => ({ embeddings: need(EMBEDDINGS), labels: need(LABELS) }),
};
