import type { ScaledViewGradients, ViewGradients, Views } from '../../core/batches.ts';
import { matrix, type Matrix, row, rowsBetween } from '../../core/matrix.ts';
import { offsetsOf, viewGradients } from '../../core/views.ts';
import { kernels } from '../../kernels/active.ts';
import type { PairGradients, PairKeys, Pairs } from '../../kernels/kernels.ts';
import type { CandidateBlock } from './candidate-block.ts';
import type { Said, Selection } from './listed.ts';
import { equalKeys, knownToBeRight, rightCandidates } from './right-candidates.ts';

/** What becomes of candidates that ids, labels or what is known say are right for an anchor, beside its own positive. */
export const KNOWN_POSITIVES = ['leftOut', 'counted'] as const;

export type KnownPositives = (typeof KNOWN_POSITIVES)[number];

/** Views as the pair kernel meets them. */
export interface Candidates {
  readonly pairs: Pick<Pairs, 'anchors' | 'positives' | 'others' | 'offsets' | 'geometry' | 'masks'>;
  readonly blocks: readonly CandidateBlock[];
  /** what does not count beside what is masked, and what is a positive beside an anchor's own */
  readonly said: Pick<Said, 'leftOut' | 'positives'>;
  readonly gradients: PairGradients;
  /** the gradients of the views, once the kernel has written its own */
  finish(): ViewGradients;
}

/** Directions that a sum may hold beside that of an anchor to all positives and negatives. */
export const DIRECTIONS = {
  /** other anchors than its own */
  anchorToAnchor: { from: 'anchors', faces: 'anchors' },
  /** its positive to every anchor, its own included */
  positiveToAnchor: { from: 'anchors', faces: 'positives' },
  /** its positive to the other positives */
  positiveToPositive: { from: 'positives', faces: 'positives' },
  /** its positive to the negatives it does not own */
  positiveToNegative: { from: 'negatives', faces: 'positives' },
} as const;

export type Direction = keyof typeof DIRECTIONS;

/** Every positive, and the negatives that an anchor meets. */
export function metCandidates(
  where: string,
  views: Views,
  similarity: 'cosine' | 'dot',
  visible: 'shared' | 'own',
  known: KnownPositives,
  into: Partial<ScaledViewGradients>,
): Candidates {
  const { anchors, positives, negatives, ids, negativeIds, labels, negativeLabels } = views;
  const gradients = viewGradients(views, into);
  const offsets = visible === 'own' ? offsetsOf(where, views) : undefined;
  const blocks: readonly CandidateBlock[] = [
    { from: 'positives', faces: 'anchors', start: 0 },
    { from: 'negatives', faces: 'anchors', start: anchors.rows },
  ];
  return {
    pairs: {
      anchors,
      positives,
      others: negatives,
      offsets,
      geometry: similarity,
      masks: known === 'counted' ? [] : [...mask(ids, negativeIds), ...mask(labels, negativeLabels)],
    },
    blocks,
    said:
      known === 'counted'
        ? { leftOut: [], positives: rightCandidates(views, blocks, offsets) }
        : { leftOut: knownToBeRight(views, blocks, offsets), positives: [] },
    gradients: { ...gradients, others: gradients.negatives },
    finish: () => gradients,
  };
}

function mask(items: ArrayLike<number> | undefined, others: ArrayLike<number> | undefined): PairKeys[] {
  return items === undefined ? [] : [{ items, others }];
}

/**
 * The same and what other directions add, in one sum. A positive's similarities are had from rows twice as long: what an anchor
 * and its positive, side by side, are compared with is zero in one half or the other.
 */
export function joinedCandidates(
  where: string,
  views: Views,
  similarity: 'cosine' | 'dot',
  directions: readonly Direction[],
  known: KnownPositives,
  into: Partial<ScaledViewGradients>,
): Candidates {
  const { anchors, positives, negatives = matrix(0, anchors.cols) } = views;
  const { rows, cols } = anchors;
  const unit = similarity === 'cosine';
  const seen = (m: Matrix) => (unit ? kernels.normalize(m) : { unit: m, norms: new Float64Array() });
  const sources = { anchors: seen(anchors), positives: seen(positives), negatives: seen(negatives) };
  const blocks = laidOut(directions, { anchors: rows, positives: rows, negatives: negatives.rows });
  const end = blocks.reduce((sum, { from }) => sum + sources[from].unit.rows, 0);
  const wide = blocks.some(({ faces }) => faces === 'positives') ? 2 * cols : cols;
  const left = matrix(rows, wide);
  const candidates = matrix(end, wide);
  put(sources.anchors.unit, left, 0, 0);
  if (wide > cols) put(sources.positives.unit, left, 0, cols);
  const columnOf = ({ faces }: CandidateBlock): number => (faces === 'positives' ? cols : 0);
  for (const block of blocks) put(sources[block.from].unit, candidates, block.start, columnOf(block));
  const [dLeft, dCandidates] = [matrix(rows, wide), matrix(end, wide)];
  const [items, others] = split(candidates, rows);
  const [dItems, dOthers] = split(dCandidates, rows);
  return {
    pairs: {
      anchors: left,
      positives: items,
      others,
      geometry: 'dot',
      masks: masksAmong(known === 'counted' ? { anchors, negatives } : views, blocks),
    },
    blocks,
    said: {
      leftOut: [
        ...ownNegatives(where, views, blocks),
        ...(known === 'counted' ? [] : unmasked(views, blocks)),
      ],
      positives: known === 'counted' ? rightCandidates(views, blocks) : [],
    },
    gradients: { anchors: dLeft, positives: dItems, others: dOthers },
    finish() {
      const gradients = viewGradients({ ...views, negatives }, into);
      const { anchors: dAnchors, positives: dPositives, negatives: dNegatives = negatives } = gradients;
      const sums = { anchors: dAnchors, positives: dPositives, negatives: dNegatives };
      for (const { data } of Object.values(sums)) data.fill(0);
      addPart(dLeft, 0, 0, dAnchors);
      if (wide > cols) addPart(dLeft, 0, cols, dPositives);
      for (const block of blocks) addPart(dCandidates, block.start, columnOf(block), sums[block.from]);
      for (const name of ['anchors', 'positives', 'negatives'] as const) {
        if (unit) kernels.normalizeBackward(sources[name], sums[name], sums[name]);
      }
      return views.negatives === undefined ? { anchors: dAnchors, positives: dPositives } : gradients;
    },
  };
}

/** One under the other: positives and negatives first, as everywhere. */
function laidOut(
  directions: readonly Direction[],
  counts: Readonly<Record<keyof ViewGradients, number>>,
): CandidateBlock[] {
  const parts = [
    { from: 'positives', faces: 'anchors' },
    { from: 'negatives', faces: 'anchors' },
    ...directions.map((direction) => DIRECTIONS[direction]),
  ] as const;
  let start = 0;
  return parts.map((part) => {
    const block = { ...part, start };
    start += counts[part.from];
    return block;
  });
}

/** An anchor's own stands among positives' anchors: it is no negative of itself, but the other way round. */
function holdsOwn({ from, faces }: CandidateBlock): boolean {
  return from === 'anchors' && faces === 'positives';
}

/** Equal ids, and equal labels; where there are no ids an item is its row. What holds its own is left to lists. */
function masksAmong(
  {
    anchors,
    negatives,
    ...views
  }: Pick<Views, 'anchors' | 'negatives' | 'ids' | 'labels' | 'negativeIds' | 'negativeLabels'>,
  blocks: readonly CandidateBlock[],
): PairKeys[] {
  const count = negatives?.rows ?? 0;
  const ids = views.ids ?? Uint32Array.from({ length: anchors.rows }, (_, i) => i);
  const keyed = (items: ArrayLike<number>, named: ArrayLike<number> | undefined): PairKeys => {
    const none = firstUnused(items);
    const others = blocks.slice(1).flatMap((block) => {
      if (block.from === 'negatives')
        return named === undefined ? Array(count).fill(none) : Array.from(named);
      return holdsOwn(block) ? Array(anchors.rows).fill(none) : Array.from(items);
    });
    return { items, others };
  };
  const byId = keyed(ids, views.ids === undefined ? undefined : views.negativeIds);
  return views.labels === undefined ? [byId] : [byId, keyed(views.labels, views.negativeLabels)];
}

function firstUnused(keys: ArrayLike<number>): number {
  const taken = new Set(Array.from(keys));
  let key = 0;
  while (taken.has(key)) key++;
  return key;
}

/** What is right for an anchor and under no mask. */
function unmasked(views: Views, blocks: readonly CandidateBlock[]): Selection[] {
  return [
    ...knownToBeRight(views, blocks),
    ...blocks.filter(holdsOwn).flatMap((block) => equalKeys(views, block)),
  ];
}

/** What a positive does not stand against: the negatives of its own anchor. */
function ownNegatives(where: string, views: Views, blocks: readonly CandidateBlock[]): Selection[] {
  return blocks.flatMap(({ from, faces, start }) => {
    if (from !== 'negatives' || faces !== 'positives') return [];
    const offsets = offsetsOf(where, views);
    return [
      (i, add) => {
        for (let t = offsets[i]; t < offsets[i + 1]; t++) add(start + t);
      },
    ];
  });
}

/** Two views: the first so many rows, and the rest. */
function split(m: Matrix, first: number): [Matrix, Matrix] {
  return [rowsBetween(m, 0, first), rowsBetween(m, first, m.rows)];
}

/** Writes a matrix into another, from a row and a column on. */
function put(m: Matrix, into: Matrix, firstRow: number, firstCol: number): void {
  for (let i = 0; i < m.rows; i++) row(into, firstRow + i).set(row(m, i), firstCol);
}

/** Adds to a matrix the part of another from a row and a column on. */
function addPart(from: Matrix, firstRow: number, firstCol: number, to: Matrix): void {
  for (let i = 0; i < to.rows; i++) {
    const at = (firstRow + i) * from.cols + firstCol;
    for (let k = 0; k < to.cols; k++) to.data[i * to.cols + k] += from.data[at + k];
  }
}
