import { refuse } from '../../core/check.ts';
import type { ExcludedArguments } from './excluded-arguments.ts';

type Numbers = Float32Array | null;
type Keys = Int32Array | Uint32Array | null;

/** The kernels of addon.cc, which documents them. They trust the lengths they are given. */
export interface Calls {
  product(
    a: Float32Array,
    aRows: number,
    aCols: number,
    aByRows: number,
    b: Float32Array,
    bRows: number,
    bCols: number,
    bByRows: number,
    out: Float32Array,
  ): void;
  normalize(x: Float32Array, rows: number, cols: number, unit: Float32Array, norms: Float64Array): void;
  normalizeBackward(
    unit: Float32Array,
    norms: Float64Array,
    upstream: Float32Array,
    rows: number,
    cols: number,
    out: Float32Array,
  ): void;
  rowProducts(x: Float32Array, y: Float32Array, rows: number, cols: number, products: Float64Array): void;
  blendRows(
    x: Float32Array,
    y: Float32Array,
    ofX: Float64Array,
    ofY: Float64Array,
    rows: number,
    cols: number,
    out: Float32Array,
  ): void;
  softmaxCrossEntropy(
    logits: Float32Array,
    rows: number,
    classes: number,
    labels: Keys,
    ignored: number,
    targets: Numbers,
    weights: Numbers,
    smoothing: number,
    upstream: number,
    gradient: Float32Array,
    terms: Float32Array,
    sum: Float64Array,
    targetGradient: Numbers,
  ): void;
  logSoftmax(x: Float32Array, rows: number, cols: number, out: Float32Array): void;
  logSoftmaxBackward(
    value: Float32Array,
    upstream: Float32Array,
    rows: number,
    cols: number,
    out: Float32Array,
  ): void;
  softmax(
    x: Float32Array,
    rows: number,
    cols: number,
    upstream: Float64Array | null,
    out: Float32Array,
  ): void;
  softmaxBackward(
    value: Float32Array,
    upstream: Float32Array,
    rows: number,
    cols: number,
    out: Float32Array,
  ): void;
  logSumExp(x: Float32Array, rows: number, cols: number, out: Float64Array): void;
  elementwise(
    kind: number,
    predictions: Float32Array,
    targets: Float32Array,
    weights: Numbers,
    columns: Numbers,
    rows: number,
    cols: number,
    parameter: number,
    upstream: number,
    gradient: Float32Array,
    terms: Numbers,
    sums: Float64Array,
    targetGradient: Numbers,
    focal: Float64Array | null,
  ): void;
  firstOutside(x: Float32Array, size: number, least: number, most: number, found: Float64Array): void;
  pairs(
    anchors: Float32Array,
    positives: Numbers,
    others: Numbers,
    offsets: Keys,
    shape: Float64Array,
    loss: number,
    parameters: Float64Array,
    droppedOffsets: Keys,
    dropped: Keys,
    classes: Keys,
    otherClasses: Keys,
    items: Keys,
    otherItems: Keys,
    labels: Keys,
    otherLabels: Keys,
    dAnchors: Float32Array,
    dPositives: Numbers,
    dOthers: Numbers,
    terms: Float32Array,
    results: Float64Array,
    weights: Numbers,
    added: Numbers,
    positiveOffsets: Keys,
    listedPositives: Keys,
    negativeOffsets: Keys,
    listedNegatives: Keys,
    pulls: Float64Array | null,
  ): void;
  pack(
    rows: Float32Array,
    count: number,
    dim: number,
    first: number,
    changed: Uint32Array,
    changes: number,
    columns: Float32Array,
    squares: Float64Array,
    lost: Float64Array,
  ): void;
  topK(
    query: Float32Array,
    queries: number,
    corpus: Float32Array,
    columns: Numbers,
    squares: Float64Array | null,
    lost: Float64Array | null,
    rows: number,
    dim: number,
    k: number,
    similarity: number,
    ...excludedAndBest: readonly [
      ...ExcludedArguments,
      bestRows: Uint32Array,
      bestScores: Float32Array,
      found: Uint32Array,
      ceilings: Numbers,
      above: Keys,
      floors: Numbers,
    ]
  ): void;
  hardest(
    embeddings: Float32Array,
    rows: number,
    dim: number,
    labels: Int32Array,
    similarity: number,
    positives: Int32Array,
    negatives: Int32Array,
  ): void;
  triplets(
    rows0: Float32Array,
    gradient0: Float32Array,
    count0: number,
    rows1: Numbers,
    gradient1: Numbers,
    count1: number,
    rows2: Numbers,
    gradient2: Numbers,
    count2: number,
    dim: number,
    anchors: Uint32Array,
    positives: Uint32Array,
    negatives: Uint32Array,
    count: number,
    geometry: number,
    margin: number,
    upstream: number,
    terms: Float32Array,
    sum: Float64Array,
  ): void;
  gather(x: Float32Array, rows: Uint32Array, count: number, cols: number, out: Float32Array): void;
  weightedSums(
    offsets: Uint32Array,
    ids: Uint32Array,
    weights: Float32Array,
    bags: number,
    rows: Float32Array,
    cols: number,
    out: Float32Array,
  ): void;
  activation(kind: number, x: Float32Array, upstream: Numbers, size: number, out: Float32Array): void;
  adamW(
    parameter: Float32Array,
    gradient: Float32Array,
    mean: Float32Array,
    square: Float32Array,
    size: number,
    rate: number,
    beta1: number,
    beta2: number,
    epsilon: number,
    decay: number,
    meanFilled: number,
    squareFilled: number,
    rows: Keys,
    count: number,
    cols: number,
  ): void;
  resample(
    values: Float64Array,
    rows: number,
    cols: number,
    resamples: number,
    seed: number,
    sums: Float64Array,
  ): void;
}

/** The same, on another thread: the arrays are theirs until the promise is kept. */
type Promised<Functions> = {
  [Name in keyof Functions]: Functions[Name] extends (...given: infer Given) => void
    ? (...given: Given) => Promise<void>
    : never;
};

/** A graph of the addon's: nothing for others to look into. */
export type GraphHandle = object & { readonly graph: never };

/** The graphs of graph-calls.cc, which documents them. */
export interface GraphCalls {
  /** null where hnswlib's headers were not there when the addon was built */
  make(
    nodes: number,
    dim: number,
    similarity: number,
    links: number,
    efConstruction: number,
    seed: number,
  ): GraphHandle | null;
  shape(graph: GraphHandle, shape: Float64Array): void;
  count(change: number): void;
  copy(graph: GraphHandle, larger: GraphHandle): Promise<void>;
  link(
    graph: GraphHandle,
    rows: Float32Array,
    inverse: Numbers,
    ids: Uint32Array,
    dead: Uint8Array | null,
    first: number,
    end: number,
  ): Promise<void>;
  search(
    graph: GraphHandle,
    query: Float32Array,
    queryInverse: Numbers,
    rows: Float32Array,
    inverse: Numbers,
    queries: number,
    k: number,
    ef: number,
    ...excludedAndBest: readonly [
      ...ExcludedArguments,
      bestRows: Uint32Array,
      bestScores: Float32Array,
      found: Uint32Array,
    ]
  ): Promise<void>;
  read(
    graph: GraphHandle,
    nodes: number,
    entry: number,
    levels: Uint8Array,
    lowest: Uint32Array,
    upper: Uint32Array,
  ): Promise<void>;
  write(
    graph: GraphHandle,
    nodes: number,
    entry: number,
    levels: Uint8Array,
    lowest: Uint32Array,
    upper: Uint32Array,
  ): Promise<void>;
}

export interface Addon {
  readonly now: Calls;
  readonly later: Promised<Calls>;
  readonly graphs: GraphCalls;
  instructionSet(): string;
  /** What `pack` makes of rows: a unit of 32 bits is one number, or two. */
  packedForm(): 'float32' | 'bfloat16';
  /** Whether this CPU has it; the widest it has is in use from the start. */
  useInstructionSet(name: string): boolean;
  useThreads(count: number): void;
  /** Bytes that all calls together may borrow for their work; a call that would take more is a RangeError. */
  useMemory(bytes: number): void;
  /** Bytes a call may keep of what it would otherwise compute twice; 96 MiB from the start. */
  useBudget(bytes: number): void;
  /** Whether tiles of pairs that weigh next to nothing are left out; 1 from the start. */
  useSkipping(on: number): void;
}

/**
 * The addon as it was built at install, from wherever in the package this runs; undefined where it was not. `NEARMISS_ADDON` names
 * another file, and that one must be there.
 */
export function addonFrom(load: NodeJS.Require): Addon | undefined {
  const named = process.env.NEARMISS_ADDON;
  if (named !== undefined) {
    const addon: unknown = load(named);
    return isAddon(addon)
      ? addon
      : refuse('NEARMISS_ADDON', 'the file must be an addon of this version', named);
  }
  const file = load.resolve('nearmiss/package.json').replace(/package\.json$/, 'build/Release/nearmiss.node');
  try {
    const addon: unknown = load(file);
    return isAddon(addon) ? addon : undefined;
  } catch {
    return undefined;
  }
}

const CALLS = [
  'product',
  'normalize',
  'normalizeBackward',
  'rowProducts',
  'blendRows',
  'softmaxCrossEntropy',
  'pairs',
  'pack',
  'logSoftmax',
  'logSoftmaxBackward',
  'softmax',
  'softmaxBackward',
  'logSumExp',
  'elementwise',
  'firstOutside',
  'topK',
  'hardest',
  'triplets',
  'gather',
  'weightedSums',
  'activation',
  'adamW',
  'resample',
] as const satisfies readonly (keyof Calls)[];

const GRAPHS = [
  'make',
  'shape',
  'copy',
  'link',
  'search',
  'read',
  'write',
] as const satisfies readonly (keyof GraphCalls)[];

const SETTINGS = [
  'instructionSet',
  'packedForm',
  'useInstructionSet',
  'useThreads',
  'useMemory',
  'useBudget',
  'useSkipping',
] as const;

/** An addon of an older build may lack a function. */
function isAddon(value: unknown): value is Addon {
  if (!offers(value, SETTINGS)) return false;
  const { now, later, graphs } = value;
  return offers(now, CALLS) && offers(later, CALLS) && offers(graphs, GRAPHS);
}

function offers(value: unknown, names: readonly string[]): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const exported = new Map<string, unknown>(Object.entries(value));
  return names.every((name) => typeof exported.get(name) === 'function');
}
