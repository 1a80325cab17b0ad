import { checkEqual, refuse } from '../core/check.ts';
import { addTo, matrix, type Matrix } from '../core/matrix.ts';
import type { Parameters } from '../core/parameters.ts';
import type { OnnxNode } from '../formats/onnx.ts';
import { kernels } from '../kernels/active.ts';
import { biased } from './biased.ts';
import { centered } from './centering.ts';

/** A step of a model at rest: what it does, and the matrices it does it with. */
export interface Layer {
  /** 'normalize', 'centering', 'linear', 'lowRank' or 'mlp' (with gelu and a residual) */
  readonly kind: string;
  /** by the names that a model of that kind gives them */
  readonly parameters: Parameters;
}

/** What rows become. */
export type Embed = (rows: Matrix) => Matrix;

/** Layers as operators of ONNX. */
export interface OnnxLayer {
  readonly nodes: readonly OnnxNode[];
  readonly tensors: Parameters;
  readonly output: string;
}

interface Kind {
  /** names of its matrices */
  readonly parameters: readonly string[];
  /** columns in and out; undefined where any number goes in and comes out */
  cols(parameters: Parameters): readonly [from: number, to: number] | undefined;
  apply(parameters: Parameters, rows: Matrix): Matrix;
  /** tensors are known by the parameters' names, and whatever is named here begins with `as` */
  onnx(as: string, input: string): { readonly nodes: readonly OnnxNode[]; readonly constants?: Parameters };
}

const ROWWISE = { axes: [1], keepdims: 1 } as const;

/** The least normal float32: a length that is less counts as none. */
const LEAST = matrix(1, 1, Float32Array.of(2 ** -126));

const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  [
    'normalize',
    {
      parameters: [],
      cols: () => undefined,
      apply: (_, rows) => kernels.normalize(rows).unit,
      // first over its largest entry: squares of float32 would overflow past 1e19
      onnx: (as, input) => ({
        constants: { [`${as}.least`]: LEAST },
        nodes: [
          { op: 'Abs', inputs: [input], output: `${as}.abs` },
          { op: 'ReduceMax', inputs: [`${as}.abs`], output: `${as}.largest`, attributes: ROWWISE },
          { op: 'Max', inputs: [`${as}.largest`, `${as}.least`], output: `${as}.scale` },
          { op: 'Div', inputs: [input, `${as}.scale`], output: `${as}.scaled` },
          { op: 'ReduceL2', inputs: [`${as}.scaled`], output: `${as}.norm`, attributes: ROWWISE },
          { op: 'Max', inputs: [`${as}.norm`, `${as}.least`], output: `${as}.length` },
          { op: 'Div', inputs: [`${as}.scaled`, `${as}.length`], output: as },
        ],
      }),
    },
  ],
  [
    'centering',
    {
      parameters: ['mean'],
      cols: ({ mean }) => [mean.cols, mean.cols],
      apply: ({ mean }, rows) => centered(mean, rows),
      // a zero row stays zero
      onnx: (as, input) => ({
        constants: { [`${as}.zero`]: matrix(1, 1) },
        nodes: [
          { op: 'Abs', inputs: [input], output: `${as}.abs` },
          { op: 'ReduceMax', inputs: [`${as}.abs`], output: `${as}.largest`, attributes: ROWWISE },
          { op: 'Greater', inputs: [`${as}.largest`, `${as}.zero`], output: `${as}.some` },
          { op: 'Cast', inputs: [`${as}.some`], output: `${as}.counts`, attributes: { to: 1 } },
          { op: 'Mul', inputs: [`${as}.counts`, `${as}.mean`], output: `${as}.shift` },
          { op: 'Sub', inputs: [input, `${as}.shift`], output: as },
        ],
      }),
    },
  ],
  [
    'linear',
    {
      parameters: ['weights'],
      cols: ({ weights }) => [weights.rows, weights.cols],
      apply: ({ weights }, rows) => kernels.times(rows, weights),
      onnx: (as, input) => ({ nodes: [{ op: 'MatMul', inputs: [input, `${as}.weights`], output: as }] }),
    },
  ],
  [
    'lowRank',
    {
      parameters: ['down', 'up'],
      cols: ({ down, up }) => {
        checkEqual('lowRank', 'up.rows', up.rows, down.cols);
        checkEqual('lowRank', 'up.cols', up.cols, down.rows);
        return [down.rows, up.cols];
      },
      apply({ down, up }, rows) {
        return addTo(kernels.times(kernels.times(rows, down), up), rows);
      },
      onnx: (as, input) => ({
        nodes: [
          { op: 'MatMul', inputs: [input, `${as}.down`], output: `${as}.inner` },
          { op: 'MatMul', inputs: [`${as}.inner`, `${as}.up`], output: `${as}.moved` },
          { op: 'Add', inputs: [`${as}.moved`, input], output: as },
        ],
      }),
    },
  ],
  [
    'mlp',
    {
      parameters: ['inner', 'innerBias', 'outer', 'outerBias'],
      cols: ({ inner, innerBias, outer, outerBias }) => {
        checkEqual('mlp', 'innerBias.cols', innerBias.cols, inner.cols);
        checkEqual('mlp', 'outer.rows', outer.rows, inner.cols);
        checkEqual('mlp', 'outer.cols', outer.cols, inner.rows);
        checkEqual('mlp', 'outerBias.cols', outerBias.cols, outer.cols);
        return [inner.rows, outer.cols];
      },
      apply({ inner, innerBias, outer, outerBias }, rows) {
        const active = kernels.activation('gelu', biased(kernels.times(rows, inner), innerBias));
        return addTo(biased(kernels.times(active, outer), outerBias), rows);
      },
      onnx: (as, input) => ({
        constants: {
          [`${as}.root`]: matrix(1, 1, Float32Array.of(Math.SQRT1_2)),
          [`${as}.one`]: matrix(1, 1, Float32Array.of(1)),
          [`${as}.half`]: matrix(1, 1, Float32Array.of(0.5)),
        },
        nodes: [
          { op: 'MatMul', inputs: [input, `${as}.inner`], output: `${as}.product` },
          { op: 'Add', inputs: [`${as}.product`, `${as}.innerBias`], output: `${as}.raised` },
          { op: 'Mul', inputs: [`${as}.raised`, `${as}.root`], output: `${as}.scaled` },
          { op: 'Erf', inputs: [`${as}.scaled`], output: `${as}.erf` },
          { op: 'Add', inputs: [`${as}.erf`, `${as}.one`], output: `${as}.shifted` },
          { op: 'Mul', inputs: [`${as}.raised`, `${as}.shifted`], output: `${as}.twice` },
          { op: 'Mul', inputs: [`${as}.twice`, `${as}.half`], output: `${as}.active` },
          { op: 'MatMul', inputs: [`${as}.active`, `${as}.outer`], output: `${as}.moved` },
          { op: 'Add', inputs: [`${as}.moved`, `${as}.outerBias`], output: `${as}.biased` },
          { op: 'Add', inputs: [`${as}.biased`, input], output: as },
        ],
      }),
    },
  ],
]);

/**
 * Columns of what goes through layers and comes out; undefined of layers that take any.
 *
 * @throws RangeError if a layer is of an unknown kind, lacks a matrix, or does not take what the one before it gives
 */
export function colsOf(
  where: string,
  layers: readonly Layer[],
): readonly [from: number, to: number] | undefined {
  let ends: readonly [from: number, to: number] | undefined;
  layers.forEach(({ kind, parameters }, i) => {
    const known = kindOf(where, kind);
    for (const name of known.parameters) {
      if (!Object.hasOwn(parameters, name)) refuse(where, `layer ${i} (${kind}) must have ${name}`, 'none');
    }
    const own = known.cols(parameters);
    if (own === undefined) return;
    if (ends !== undefined) checkEqual(where, `columns that layer ${i} (${kind}) takes`, own[0], ends[1]);
    ends = [ends?.[0] ?? own[0], own[1]];
  });
  return ends;
}

/**
 * Rows through layers, one after the other.
 *
 * @throws RangeError as `colsOf`; of what it gives, if rows have other columns than the layers take
 */
export function through(where: string, layers: readonly Layer[]): Embed {
  const ends = colsOf(where, layers);
  return (rows) => {
    if (ends !== undefined) checkEqual(where, 'rows.cols', rows.cols, ends[0]);
    return layers.reduce((out, { kind, parameters }) => kindOf(where, kind).apply(parameters, out), rows);
  };
}

/** The same as operators of ONNX, behind those of `start`. */
export function onnxOf(where: string, layers: readonly Layer[], start: OnnxLayer): OnnxLayer {
  return layers.reduce<OnnxLayer>((before, { kind, parameters }, i) => {
    const as = `${i}.${kind}`;
    const { nodes, constants } = kindOf(where, kind).onnx(as, before.output);
    const own = Object.fromEntries(Object.entries(parameters).map(([name, m]) => [`${as}.${name}`, m]));
    return {
      nodes: [...before.nodes, ...nodes],
      tensors: { ...before.tensors, ...own, ...constants },
      output: as,
    };
  }, start);
}

function kindOf(where: string, kind: string): Kind {
  return KINDS.get(kind) ?? refuse(where, `a layer must be of kind ${[...KINDS.keys()].join(' or ')}`, kind);
}
