import { checkEqual, checkNonNegative, checkWhole, refuse } from '../core/check.ts';
import { matrix, row, type Matrix } from '../core/matrix.ts';
import { kernels } from '../kernels/active.ts';
import type { Loss } from './loss.ts';

export interface MatryoshkaOptions {
  /** What the loss of each width is multiplied by. @default 1 each */
  readonly weights?: readonly number[];
  /** Whether truncated rows are brought to length 1, with the chain rule of that. @default true, as in sentence-transformers */
  readonly normalize?: boolean;
}

/** The names that rows of embeddings have in a batch; what a loss learns beside them keeps its width. */
const ROWS = ['anchors', 'positives', 'negatives', 'embeddings', 'left', 'right'];

/**
 * Σ_d weight_d · loss(rows cut to their first d columns), so that a prefix of an embedding is an embedding too.
 *
 * What the loss says of each width; the full one takes part where `dims` names it. Columns past the widest have no gradient. `active` is
 * that of the first of `dims`; terms are not given. References of labelled rows are cut as well, and constant; a guide's rows are not.
 *
 * @throws RangeError if there are no dims, one is not a whole number >= 1, comes twice or exceeds the columns, or weights are not one
 *   finite number >= 0 for each
 * @see Kusupati et al., "Matryoshka representation learning", 2022, eq. 1
 */
export function matryoshka<Input extends object, Gradients extends object>(
  loss: Loss<Input, Gradients>,
  dims: readonly number[],
  { weights = dims.map(() => 1), normalize = true }: MatryoshkaOptions = {},
): Loss<Input, Gradients> {
  if (dims.length === 0) refuse('matryoshka', 'dims must be at least 1', 0);
  checkEqual('matryoshka', 'weights.length', weights.length, dims.length);
  dims.forEach((dim, d) => {
    checkWhole('matryoshka', `dims[${d}]`, dim, 1);
    if (dims.indexOf(dim) !== d) refuse('matryoshka', 'dims must be distinct', `${dim} twice`);
    checkNonNegative('matryoshka', `weights[${d}]`, weights[d]);
  });
  return (input, into = {}) => {
    const whole = rowsOf(input);
    for (const [name, { cols }] of whole) {
      for (const dim of dims)
        if (dim > cols) refuse('matryoshka', `dims must be at most the ${cols} columns of ${name}`, dim);
    }
    const room = rowsOf(into);
    const gradients = new Map<string, Matrix>();
    const slopes = new Map<string, number>();
    const results = dims.map((dim, d) => {
      const cut = new Map(Array.from(whole, ([name, m]) => [name, truncated(m, dim, normalize)]));
      const result = loss(Object.assign({}, input, cutReferences(input, dim, normalize), matricesOf(cut)));
      for (const [name, slope] of Object.entries(result.gradients)) {
        const [of, from]: [Truncated | undefined, unknown] = [cut.get(name), slope];
        if (typeof from === 'number') slopes.set(name, (slopes.get(name) ?? 0) + weights[d] * from);
        const full = whole.get(name);
        if (of === undefined || full === undefined || !isMatrix(from)) continue;
        const sum = gradients.get(name) ?? cleared(room.get(name) ?? matrix(full.rows, full.cols));
        gradients.set(name, sum);
        add(of.backward(from), weights[d], sum);
      }
      return result;
    });
    const [first] = results;
    return {
      value: results.reduce((sum, { value }, d) => sum + weights[d] * value, 0),
      gradients: Object.assign(
        {},
        first.gradients,
        Object.fromEntries(gradients),
        Object.fromEntries(slopes),
      ),
      active: first.active,
    };
  };
}

interface Truncated {
  readonly rows: Matrix;
  /** Of a gradient of these rows, which is written over: that of the same columns before. */
  backward(upstream: Matrix): Matrix;
}

function truncated(m: Matrix, dim: number, normalize: boolean): Truncated {
  const cut = matrix(m.rows, dim);
  for (let i = 0; i < m.rows; i++) row(cut, i).set(row(m, i).subarray(0, dim));
  if (!normalize) return { rows: cut, backward: (upstream) => upstream };
  const normalized = kernels.normalize(cut);
  return {
    rows: normalized.unit,
    backward: (upstream) => kernels.normalizeBackward(normalized, upstream, upstream),
  };
}

function matricesOf(cut: ReadonlyMap<string, Truncated>): Record<string, Matrix> {
  return Object.fromEntries(Array.from(cut, ([name, { rows }]) => [name, rows]));
}

function cutReferences(input: object, dim: number, normalize: boolean): object {
  if (!('references' in input) || typeof input.references !== 'object' || input.references === null)
    return {};
  const { references } = input;
  const found = rowsOf(references).get('embeddings');
  if (found === undefined) return {};
  return { references: { ...references, embeddings: truncated(found, dim, normalize).rows } };
}

function rowsOf(holder: object): Map<string, Matrix> {
  const found = new Map<string, Matrix>();
  for (const [name, value] of Object.entries(holder)) {
    if (ROWS.includes(name) && isMatrix(value)) found.set(name, value);
  }
  return found;
}

function isMatrix(value: unknown): value is Matrix {
  return typeof value === 'object' && value !== null && 'data' in value && value.data instanceof Float32Array;
}

function cleared(m: Matrix): Matrix {
  m.data.fill(0);
  return m;
}

/** Adds weight times a narrower matrix to the first columns of a wider one. */
function add(from: Matrix, weight: number, to: Matrix): void {
  for (let i = 0; i < from.rows; i++) {
    const [slopes, sum] = [row(from, i), row(to, i)];
    for (let k = 0; k < from.cols; k++) sum[k] += weight * slopes[k];
  }
}
