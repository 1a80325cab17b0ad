import { idLists, listOf } from '../../core/batches.ts';
import { row, rowsBetween, type Matrix } from '../../core/matrix.ts';
import { squaredDifference } from '../../core/products.ts';
import type { PairGradients, PairLoss, PairResult, Pairs } from '../kernels.ts';
import { normalize, normalizeBackward } from './normalize.ts';
import { farther, ofUnitRows, squared } from '../pair-geometry.ts';
import { formula } from './pair-losses.ts';
import type { AnchorPairs, Relation } from './pair-terms.ts';
import { dots } from './products.ts';

/** Anchors taken at a time: memory is BLOCK × candidates, never rows × rows. */
const BLOCK = 64;

/**
 * An anchor at a time: x of its pairs, the slopes of its terms with respect to them, and the chain rule to the rows. Both
 * ways is this and the same of positives against anchors.
 */
export function pairs(input: Pairs, loss: PairLoss, gradients: PairGradients): PairResult {
  const unit = ofUnitRows(input.geometry);
  const seen = (rows: Matrix) => (unit ? normalize(rows) : { unit: rows, norms: new Float64Array() });
  const [anchors, positives, others] = [
    seen(input.anchors),
    input.positives && seen(input.positives),
    input.others && seen(input.others),
  ];
  const items = positives ?? anchors;
  const slopes = {
    anchors: new Float64Array(anchors.unit.data.length),
    positives: positives && new Float64Array(items.unit.data.length),
    others: others && new Float64Array(others.unit.data.length),
  };
  const sides: Sides = {
    anchors: anchors.unit,
    items: items.unit,
    others: others?.unit,
    dAnchors: slopes.anchors,
    dItems: slopes.positives ?? slopes.anchors,
    dOthers: slopes.others,
  };
  // terms are counted before they weigh anything
  const ways: [Pairs, Sides][] = [[input, sides]];
  if (input.bothWays) ways.push([turned(input), turnedSides(sides)]);
  const [there, back] = ways.map(([way, of]) => termsOf(way, loss, of));
  const terms = there.terms.map((term, i) => (back === undefined ? term : (term + back.terms[i]) / 2));
  const active = back === undefined ? there.active : [terms.filter((term) => term > 0).length, 0];
  const divisors = [0, 1].map((kind) => divisorOf(input, there.counted[kind], active[kind]));
  const shares = divisors.map((divisor) => (divisor === 0 ? 0 : 1 / divisor));
  let [scale, bias] = [0, 0];
  for (const [way, of] of ways) {
    const learned = descendAll(
      way,
      loss,
      of,
      shares.map((share) => share / ways.length),
      gradients.pulls,
    );
    scale += learned.scale;
    bias += learned.bias;
  }

  const into: [Float64Array | undefined, Matrix | undefined, typeof anchors | undefined][] = [
    [slopes.anchors, gradients.anchors, anchors],
    [slopes.positives, gradients.positives, positives],
    [slopes.others, gradients.others, others],
  ];
  for (const [from, to, rows] of into) {
    if (from === undefined || to === undefined || rows === undefined) continue;
    to.data.set(from);
    if (unit) normalizeBackward(rows, to, to);
  }
  const sums = [0, 1].map((kind) => (there.sums[kind] + (back?.sums[kind] ?? 0)) / ways.length);
  return {
    value: shares[0] * sums[0] + shares[1] * sums[1],
    terms: Float32Array.from(terms),
    active: active[0] + active[1],
    scale,
    bias,
  };
}

/** Rows as the geometry sees them, and where their gradients are added up. */
interface Sides {
  readonly anchors: Matrix;
  readonly items: Matrix;
  readonly others?: Matrix;
  readonly dAnchors: Float64Array;
  readonly dItems: Float64Array;
  readonly dOthers?: Float64Array;
}

function turnedSides({ anchors, items, dAnchors, dItems }: Sides): Sides {
  return { anchors: items, items: anchors, dAnchors: dItems, dItems: dAnchors };
}

/** Positives against anchors: the same pairs count and are positives, and the others stand in the first way alone. */
function turned(input: Pairs): Pairs {
  const { rows } = input.anchors;
  const { listed } = input;
  const positives = Array.from({ length: rows }, (): number[] => []);
  const lists = Array.from({ length: rows }, (): number[] => []);
  const added = Array.from({ length: rows }, (): number[] => []);
  if (input.dropped !== undefined) {
    const { offsets, ids } = input.dropped;
    for (let i = 0; i < rows; i++) {
      for (let e = offsets[i]; e < offsets[i + 1]; e++) {
        if (ids[e] >= rows) continue;
        lists[ids[e]].push(i);
        added[ids[e]].push(input.added?.[e] ?? -Infinity);
      }
    }
  }
  if (listed !== undefined) {
    positives.forEach((_, i) => {
      for (const j of listOf(listed.positives, i)) if (j < rows) positives[j].push(i);
    });
  }
  return {
    ...input,
    others: undefined,
    offsets: undefined,
    listed: listed && { positives: idLists(positives) },
    dropped: idLists(lists),
    added: Float32Array.from(added.flat()),
  };
}

/** Each anchor's terms, and how many there are of either kind. */
function termsOf(input: Pairs, loss: PairLoss, sides: Sides) {
  const { of } = formula(loss, input.geometry);
  const prepared = prepareAll(input, loss, sides);
  const terms = new Float64Array(input.anchors.rows);
  const [sums, counted, active] = [
    [0, 0],
    [0, 0],
    [0, 0],
  ];
  eachAnchor(input, sides, (i, pairsOf, candidates) => {
    const found = of(prepare(pairsOf, prepared, i, candidates));
    for (const kind of [0, 1] as const) {
      const term = found.sums[kind] * ownShare(input, i, found.counted[kind]);
      terms[i] += term;
      sums[kind] += term;
      counted[kind] += found.counted[kind];
      active[kind] += found.active[kind];
    }
  });
  return { terms, sums, counted, active };
}

/** What all anchors' terms are divided by. */
function divisorOf({ reduction, anchors }: Pairs, counted: number, active: number): number {
  switch (reduction) {
    case 'sum':
      return 1;
    case 'mean':
      return counted;
    case 'active':
      return active;
    case 'perAnchor':
      return anchors.rows;
  }
}

/** What one anchor's terms are multiplied by. */
function ownShare({ reduction, weights }: Pairs, i: number, counted: number): number {
  return (weights?.[i] ?? 1) / (reduction === 'perAnchor' && counted > 0 ? counted : 1);
}

/** The gradients of all terms by their shares. */
function descendAll(
  input: Pairs,
  loss: PairLoss,
  sides: Sides,
  shares: readonly number[],
  pulls: Float64Array = new Float64Array(3 * input.anchors.rows),
) {
  const { of, prepare: preparation } = formula(loss, input.geometry);
  const prepared = prepareAll(input, loss, sides);
  const along = alongPrepared(input, loss, sides, prepared, shares[0]);
  let [scale, bias] = [0, 0];
  eachAnchor(input, sides, (i, { asMeasured: x, ...pairsOf }, candidates) => {
    const through = preparation?.(pairsOf).slopes;
    const { apart, counted } = of(prepare(pairsOf, prepared, i, candidates));
    const weights = pairsOf.x;
    const [share, shareApart] = shares.map((each, kind) => each * ownShare(input, i, counted[kind]));
    const pull = pulls.subarray(3 * i, 3 * (i + 1)).fill(0);
    for (let j = 0; j < x.length; j++) {
      weights[j] = share * weights[j] + shareApart * (apart?.[j] ?? 0) + along[i] * (through?.[j] ?? 0);
      if (weights[j] === 0) continue;
      pull[pairsOf.relations[j] === 1 ? 0 : 1] += weights[j];
      pull[2] += weights[j] * x[j];
    }
    bias += pull[0] + pull[1];
    scale += pull[2] / input.scale;
    descend(input, sides, i, weights, x, candidates);
  });
  return { scale, bias };
}

/** What terms need of other anchors than their own. */
function prepareAll(input: Pairs, loss: PairLoss, sides: Sides): Float64Array {
  const { prepare: preparation } = formula(loss, input.geometry);
  const prepared = new Float64Array(input.anchors.rows);
  if (preparation !== undefined) {
    eachAnchor(input, sides, (i, pairsOf) => (prepared[i] = preparation(pairsOf).value));
  }
  return prepared;
}

/** The slopes of all terms along what was prepared. */
function alongPrepared(
  input: Pairs,
  loss: PairLoss,
  sides: Sides,
  prepared: Float64Array,
  share: number,
): Float64Array {
  const { of, prepare: preparation } = formula(loss, input.geometry);
  const along = new Float64Array(prepared.length);
  if (preparation === undefined) return along;
  eachAnchor(input, sides, (i, pairsOf, candidates) => {
    const { counted, ofPrepared } = of(prepare(pairsOf, prepared, i, candidates));
    if (ofPrepared === undefined) return;
    const upstream = share * ownShare(input, i, counted[0]);
    along[i] += upstream * ofPrepared.own;
    candidates.forEach((j, c) => {
      if (j < along.length) along[j] += upstream * ofPrepared.others[c];
    });
  });
  return along;
}

function prepare(
  pairsOf: Omit<AnchorPairs, 'prepared' | 'preparedOf'>,
  prepared: Float64Array,
  i: number,
  candidates: Uint32Array,
): AnchorPairs {
  return { ...pairsOf, prepared: prepared[i], preparedOf: (pair) => prepared[candidates[pair]] ?? -Infinity };
}

interface MeasuredPairs {
  readonly anchor: number;
  readonly x: Float64Array;
  readonly relations: Relation[];
  readonly squareApart: (pair: number) => number;
  /** x before anything is added to it */
  readonly asMeasured: Float64Array;
}

/** Calls `body` with x and the relations of each anchor's pairs, and the candidates they are with, by number. */
function eachAnchor(
  input: Pairs,
  sides: Sides,
  body: (i: number, pairsOf: MeasuredPairs, candidates: Uint32Array) => void,
): void {
  const { anchors, items, others } = sides;
  const { offsets } = input;
  const shared = others !== undefined && offsets === undefined ? others.rows : 0;
  const sharedCandidates = Uint32Array.from({ length: items.rows + shared }, (_, j) => j);
  for (let start = 0; start < anchors.rows; start += BLOCK) {
    const block = rowsBetween(anchors, start, Math.min(start + BLOCK, anchors.rows));
    const toItems = similaritiesOf(block, items);
    const toShared = others !== undefined && shared > 0 ? similaritiesOf(block, others) : new Float64Array();
    for (let b = 0; b < block.rows; b++) {
      const i = start + b;
      const [from, to] = offsets === undefined ? [0, 0] : [offsets[i], offsets[i + 1]];
      const own = others !== undefined && to > from ? rowsBetween(others, from, to) : undefined;
      const x = new Float64Array(items.rows + shared + to - from);
      x.set(toItems.subarray(b * items.rows, (b + 1) * items.rows));
      x.set(toShared.subarray(b * shared, (b + 1) * shared), items.rows);
      if (own !== undefined) x.set(similaritiesOf(rowsBetween(block, b, b + 1), own), items.rows);
      const candidates =
        own === undefined ? sharedCandidates : Uint32Array.from(x, (_, j) => (j < items.rows ? j : from + j));
      toX(input, sides, i, x, candidates);
      const asMeasured = x.slice();
      const added = addedTo(input, i);
      const relations = relationsOf(input, i, candidates, added);
      const { share, below } = input.hardened ?? { share: 0, below: 0 };
      for (let c = 0; c < x.length; c++) {
        if (relations[c] !== -1) continue;
        x[c] = x[c] * (candidates[c] < below ? 1 + share : 1) + (added.get(candidates[c]) ?? 0);
      }
      const squareApart = (pair: number): number =>
        squaredDifference(row(anchors, i), candidate(sides, candidates[pair]));
      body(i, { anchor: i, x, relations, squareApart, asMeasured }, candidates);
    }
  }
}

function similaritiesOf(a: Matrix, b: Matrix): Float64Array {
  const out = new Float64Array(a.rows * b.rows);
  dots(a, b, out);
  return out;
}

/** A candidate's row. */
function candidate({ items, others }: Sides, j: number): Float32Array {
  if (j < items.rows) return row(items, j);
  return others === undefined ? new Float32Array() : row(others, j - items.rows);
}

/** Similarities, or distances by their definition, times the scale, in place. */
function toX(
  { geometry, scale }: Pairs,
  sides: Sides,
  i: number,
  x: Float64Array,
  candidates: Uint32Array,
): void {
  const anchor = row(sides.anchors, i);
  for (let c = 0; c < x.length; c++) {
    x[c] *= scale;
    if (farther(geometry) === -1) continue;
    const square = squaredDifference(anchor, candidate(sides, candidates[c]));
    x[c] = scale * (squared(geometry) ? square : Math.sqrt(square));
  }
}

/** What is added to x of an anchor's pairs, by candidate; minus infinity where they are dropped. */
function addedTo({ dropped, added }: Pairs, i: number): Map<number, number> {
  const all = new Map<number, number>();
  for (let e = dropped?.offsets[i] ?? 0; e < (dropped?.offsets[i + 1] ?? 0); e++) {
    all.set(dropped?.ids[e] ?? 0, added?.[e] ?? -Infinity);
  }
  return all;
}

function relationsOf(
  input: Pairs,
  i: number,
  candidates: Uint32Array,
  added: ReadonlyMap<number, number>,
): Relation[] {
  const { positives, classes, masks, listed } = input;
  const { rows } = input.anchors;
  const right = new Set(listed && listOf(listed.positives, i));
  const wrong = listed?.negatives && new Set(listOf(listed.negatives, i));
  const keyOf = ({ items, others }: NonNullable<typeof classes>, j: number): number | undefined =>
    j < rows ? items[j] : others?.[j - rows];
  return Array.from(candidates, (j) => {
    if (i === j) return positives === undefined ? 0 : 1;
    if (input.alone === true && j < rows) return 0;
    if (added.get(j) === -Infinity || masks.some((mask) => keyOf(mask, j) === mask.items[i])) return 0;
    if (right.has(j)) return 1;
    if (wrong !== undefined) return wrong.has(j) ? -1 : 0;
    return classes !== undefined && keyOf(classes, j) === classes.items[i] ? 1 : -1;
  });
}

/** The chain rule of one anchor's x, to it and to its candidates. */
function descend(
  { geometry, scale }: Pairs,
  sides: Sides,
  i: number,
  weights: Float64Array,
  x: Float64Array,
  candidates: Uint32Array,
): void {
  const { rows, cols } = sides.items;
  const anchor = row(sides.anchors, i);
  const dAnchor = sides.dAnchors.subarray(i * cols, (i + 1) * cols);
  const apart = farther(geometry) === 1;
  for (let c = 0; c < weights.length; c++) {
    if (weights[c] === 0 || (apart && x[c] === 0)) continue;
    const j = candidates[c];
    const other = candidate(sides, j);
    const to = j < rows ? sides.dItems : (sides.dOthers ?? new Float64Array());
    const at = (j < rows ? j : j - rows) * cols;
    if (apart) {
      const weight = weights[c] * (squared(geometry) ? 2 * scale : scale ** 2 / x[c]);
      for (let k = 0; k < cols; k++) {
        dAnchor[k] += weight * (anchor[k] - other[k]);
        to[at + k] -= weight * (anchor[k] - other[k]);
      }
    } else {
      const weight = weights[c] * scale;
      for (let k = 0; k < cols; k++) {
        dAnchor[k] += weight * other[k];
        to[at + k] += weight * anchor[k];
      }
    }
  }
}
