import { refuse } from '../core/check.ts';
import { matrix } from '../core/matrix.ts';
import { cosine } from '../distances/cosine.ts';
import type { Distance } from '../distances/distance.ts';
import { dot } from '../distances/dot.ts';
import { euclidean } from '../distances/euclidean.ts';
import { squaredEuclidean } from '../distances/squared-euclidean.ts';
import { type Arrays, type CheckedArray, readChecked, writeChecked } from '../formats/checked-file.ts';
import type { GraphParts } from '../kernels/native/graph.ts';
import { checkGraph } from './check-graph.ts';
import { checkDim, checkRows } from './check-stored.ts';
import type { LoggedRows } from './row-log.ts';

/** What a file of an index holds. */
export interface SavedIndex {
  readonly kind: 'exact' | 'hnsw';
  readonly distance: Distance;
  /** without `inverse` */
  readonly rows: LoggedRows;
  /** how many of the rows are in the graph, and its links; of hnsw */
  readonly graph?: GraphParts;
  /** M, efConstruction, ef, seed, build, changes and begun, of hnsw */
  readonly numbers: Readonly<Record<string, number>>;
}

const KIND = { magic: 'nearmiss', version: 2 } as const;
const DISTANCES: readonly Distance[] = [cosine, dot, euclidean, squaredEuclidean];

/** @throws RangeError if a file cannot be made there, or the distance is none that a file can name */
export async function writeIndex(
  path: string,
  { kind, distance, rows, graph, numbers }: SavedIndex,
): Promise<void> {
  if (!DISTANCES.includes(distance))
    refuse(
      `${kind}.save`,
      `distance must be ${DISTANCES.map(({ name }) => name).join(' or ')}`,
      distance.name,
    );
  const arrays: Record<string, CheckedArray | undefined> = {
    rows: rows.rows.data,
    ids: rows.ids,
    classes: rows.classes,
    dead: rows.dead?.subarray(0, Math.ceil(rows.ids.length / 8)),
    levels: graph?.levels,
    lowest: graph?.lowest,
    upper: graph?.upper,
  };
  await writeChecked(path, KIND, {
    header: {
      kind,
      metric: distance.name,
      dim: rows.rows.cols,
      rows: rows.rows.rows,
      ...numbers,
      ...(graph && { entry: graph.entry }),
    },
    arrays: Object.fromEntries(
      Object.entries(arrays).flatMap(([name, array]) =>
        array === undefined ? [] : [[name, array] as const],
      ),
    ),
  });
}

/** @throws RangeError, naming the file, if it is none of an index, or not as it was written */
export async function readIndex(path: string): Promise<SavedIndex> {
  const { header, arrays } = await readChecked(path, KIND);
  const whole = (name: string): number => {
    const value = header[name];
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= -1
      ? value
      : refuse(path, `${name} must be a whole number`, value);
  };
  const { kind, metric } = header;
  if (kind !== 'exact' && kind !== 'hnsw') return refuse(path, 'kind must be exact or hnsw', kind);
  const distance = DISTANCES.find(({ name }) => name === metric);
  if (distance === undefined) return refuse(path, 'metric must be a distance of this version', metric);
  const [rows, dim] = [whole('rows'), whole('dim')];
  checkDim(path, dim);
  const { data, ids, classes, dead } = rowArrays(path, arrays, rows, dim);
  const all = matrix(rows, dim, data);
  checkRows(path, 'rows', all, dim);
  checkLiveIds(path, ids, dead);
  const numbers = Object.fromEntries(
    Object.keys(header).flatMap((name) => (NUMBERS.includes(name) ? [[name, whole(name)] as const] : [])),
  );
  const saved: SavedIndex = { kind, distance, rows: { rows: all, ids, classes, dead }, numbers };
  if (kind === 'exact') return saved;
  const graph = graphParts(path, arrays, whole('entry'));
  const nodes = graph.levels.length;
  if (nodes > rows) refuse(path, `levels must be of at most ${rows} rows`, nodes);
  if (!(numbers.M >= 2 && numbers.M <= 1024)) refuse(path, 'M must be in [2, 1024]', numbers.M);
  checkGraph(path, graph, numbers.M);
  if (graph.entry < 0 && liveBelow(nodes, dead)) refuse(path, 'searches must begin at a node', 'none');
  return { ...saved, graph };
}

const NUMBERS = ['M', 'efConstruction', 'ef', 'seed', 'changes', 'begun'];

function rowArrays(path: string, arrays: Arrays, rows: number, dim: number) {
  const { rows: data, ids, classes, dead } = arrays;
  const wrong = (name: string): never =>
    refuse(path, `${name} must be there for each row`, 'another number of them');
  if (!(data instanceof Float32Array) || data.length !== rows * dim) return wrong('numbers');
  if (!(ids instanceof Uint32Array) || ids.length !== rows) return wrong('ids');
  if (classes !== undefined && !(classes instanceof Int32Array && classes.length === rows))
    return wrong('classes');
  if (dead !== undefined && !(dead instanceof Uint8Array && dead.length === Math.ceil(rows / 8)))
    return wrong('marks of the dead');
  return { data, ids, classes, dead };
}

function checkLiveIds(path: string, ids: Uint32Array, dead?: Uint8Array): void {
  const seen = new Set<number>();
  ids.forEach((id, slot) => {
    if (dead !== undefined && (dead[slot >>> 3] >>> (slot & 7)) & 1) return;
    if (seen.has(id)) refuse(path, 'ids must be distinct', `${id} twice`);
    seen.add(id);
  });
}

function liveBelow(end: number, dead: Uint8Array = new Uint8Array()): boolean {
  for (let slot = 0; slot < end; slot++)
    if ((((dead[slot >>> 3] ?? 0) >>> (slot & 7)) & 1) === 0) return true;
  return false;
}

function graphParts(path: string, { levels, lowest, upper }: Arrays, entry: number): GraphParts {
  if (levels instanceof Uint8Array && lowest instanceof Uint32Array && upper instanceof Uint32Array)
    return { levels, lowest, upper, entry };
  return refuse(path, 'must have levels and links', 'none of them');
}
