import { readFile } from 'node:fs/promises';
import { checkOneOf, checkWhole, refuse } from '../core/check.ts';
import { matrix, row } from '../core/matrix.ts';
import { cosine } from '../distances/cosine.ts';
import type { Distance } from '../distances/distance.ts';
import { dot } from '../distances/dot.ts';
import { squaredEuclidean } from '../distances/squared-euclidean.ts';
import { wholeFile } from '../formats/whole-file.ts';
import { type GraphParts, graphFrom } from '../kernels/native/graph.ts';
import { checkGraph } from './check-graph.ts';
import { checkDim, checkIds, checkRows } from './check-stored.ts';
import { type HnswOptions, hnswFrom } from './hnsw.ts';
import { graphOrRefusal } from './live-graph.ts';
import type { NeighborIndex } from './neighbor-index.ts';
import { rowLog } from './row-log.ts';

/** As hnswlib's Python names them; a file does not say which it is of. */
export type HnswlibSpace = 'l2' | 'ip' | 'cosine';

export interface HnswlibFile {
  readonly dim: number;
  readonly space: HnswlibSpace;
  /** how many rows the file must have, removed ones included */
  readonly rows: number;
}

const DISTANCES: Readonly<Record<HnswlibSpace, Distance>> = { l2: squaredEuclidean, ip: dot, cosine };

/*
 * hnswlib 0.8's own layout, without a header that says what it is: offset of the lowest level's links, room and number of nodes, size of a node,
 * offsets of its label and its row (8 bytes each), the top level and the node searches begin at (4 each), most links on upper levels, on the lowest,
 * M (8 each), 1 / log M (a double), efConstruction (8); then the nodes, each its links on the lowest level (a word whose lower half is their number and
 * whose third byte marks the removed, and 2 M words), its row and its label (8); then for each node how many bytes its upper links take (4), and those.
 */
const HEADER = 96;

interface Layout {
  readonly nodes: number;
  readonly M: number;
  readonly efConstruction: number;
  readonly entry: number;
}

/**
 * An index of the rows and links of a file that hnswlib wrote (its `saveIndex`, hnswlib-node's `writeIndex`, Python's `save_index`); its labels
 * are the ids, and rows marked as removed are. Every link is looked through before any is followed.
 *
 * Of `cosine` hnswlib keeps rows of length 1, and so does the index.
 *
 * @throws RangeError, naming the file, if it is not such a file of this dim, space and number of rows
 */
export async function importHnswlib(
  path: string,
  { dim, space, rows }: HnswlibFile,
  options: Pick<HnswOptions, 'ef' | 'seed' | 'rebuild'> = {},
): Promise<NeighborIndex> {
  checkDim('importHnswlib', dim);
  checkOneOf('importHnswlib', 'space', space, Object.keys(DISTANCES));
  checkWhole('importHnswlib', 'rows', rows);
  const bytes = await readFile(path).catch((error: unknown) =>
    refuse(path, 'must be a file that can be read', error instanceof Error ? error.message : error),
  );
  const layout = layoutOf(path, bytes, { dim, space, rows });
  const { nodes, M, efConstruction } = layout;
  const distance = DISTANCES[space];
  const stored = matrix(nodes, dim);
  const ids = new Uint32Array(nodes);
  const dead = new Uint8Array(Math.ceil(nodes / 8));
  const parts = partsOf(path, bytes, layout, dim, (node, at, removed) => {
    const block = new DataView(bytes.buffer, bytes.byteOffset + at);
    const into = row(stored, node);
    for (let k = 0; k < dim; k++) into[k] = block.getFloat32(4 * k, true);
    const label = block.getBigUint64(4 * dim, true);
    if (label > 0xffffffffn) refuse(path, 'labels must be below 2^32', label);
    ids[node] = Number(label);
    if (removed) dead[node >>> 3] |= 1 << (node & 7);
  });
  checkGraph(path, parts, M);
  checkRows(path, 'rows', stored, dim);
  const live = ids.filter((_, node) => ((dead[node >>> 3] >>> (node & 7)) & 1) === 0);
  checkIds(path, live);
  const { similarity } = distance;
  const graphOptions = { dim, similarity, M, efConstruction, seed: options.seed ?? 0 };
  return hnswFrom(
    { dim, distance, M, efConstruction, ...options },
    {
      log: rowLog({ where: 'hnsw', dim, withInverse: similarity === 'cosine' }, { rows: stored, ids, dead }),
      graph: (await graphFrom(graphOptions, parts)) ?? graphOrRefusal(graphOptions),
      changes: 0,
      begun: 0,
    },
  );
}

function layoutOf(path: string, bytes: Buffer, { dim, rows }: HnswlibFile): Layout {
  const wrong = (what: string): never =>
    refuse(path, `must be a file of hnswlib's of ${rows} rows of dim ${dim}`, what);
  if (bytes.length < HEADER) wrong(`${bytes.length} bytes`);
  const word = (at: number): number => Number(bytes.readBigUInt64LE(at));
  const [linksAt, room, nodes, size, labelAt, rowAt] = [0, 8, 16, 24, 32, 40].map(word);
  const [top, entry] = [bytes.readInt32LE(48), bytes.readUInt32LE(52)];
  const [highest, lowest, M] = [56, 64, 72].map(word);
  const efConstruction = word(88);
  if (nodes !== rows) wrong(`${nodes} rows`);
  if (!(M >= 2 && M <= 1024) || highest !== M || lowest !== 2 * M)
    wrong(`${M} links a node, ${highest} and ${lowest} at most`);
  const links = 4 + 8 * M;
  if (linksAt !== 0 || rowAt !== links || labelAt !== rowAt + 4 * dim || size !== labelAt + 8)
    wrong(`nodes of ${size} bytes, their rows of ${labelAt - rowAt}`);
  if (room < nodes || !Number.isSafeInteger(efConstruction) || efConstruction < 1)
    wrong('a header that was altered');
  if (HEADER + nodes * size + 4 * nodes > bytes.length) wrong(`${bytes.length} bytes: the file was cut off`);
  if (nodes > 0 && (top < 0 || top > 255)) wrong(`${top} levels`);
  return { nodes, M, efConstruction, entry: nodes === 0 ? -1 : entry };
}

/** The links; `each` is called with where a node's row begins, and whether it is marked as removed. */
function partsOf(
  path: string,
  bytes: Buffer,
  { nodes, M, entry }: Layout,
  dim: number,
  each: (node: number, at: number, removed: boolean) => void,
): GraphParts {
  const [low, high] = [1 + 2 * M, 1 + M];
  const size = 4 * low + 4 * dim + 8;
  const lowest = new Uint32Array(nodes * low);
  for (let node = 0; node < nodes; node++) {
    const at = HEADER + node * size;
    const head = bytes.readUInt32LE(at);
    lowest[node * low] = head & 0xffff;
    for (let e = 1; e < low; e++) lowest[node * low + e] = bytes.readUInt32LE(at + 4 * e);
    each(node, at + 4 * low, ((head >>> 16) & 1) === 1);
  }
  const cutOff = (): never => refuse(path, 'must be whole', 'a file that was cut off or altered');
  const levels = new Uint8Array(nodes);
  const lists: number[] = [];
  let at = HEADER + nodes * size;
  for (let node = 0; node < nodes; node++) {
    if (at + 4 > bytes.length) cutOff();
    const length = bytes.readUInt32LE(at);
    if (length % (4 * high) !== 0 || length / (4 * high) > 255 || at + 4 + length > bytes.length) cutOff();
    levels[node] = length / (4 * high);
    for (let e = 0; e < levels[node]; e++) lists.push(at + 4 + 4 * high * e);
    at += 4 + length;
  }
  if (at !== bytes.length) cutOff();
  const upper = new Uint32Array(lists.length * high);
  lists.forEach((from, list) => {
    upper[list * high] = bytes.readUInt32LE(from) & 0xffff;
    for (let e = 1; e < high; e++) upper[list * high + e] = bytes.readUInt32LE(from + 4 * e);
  });
  return { levels, lowest, upper, entry };
}

/**
 * Writes the rows of an hnsw index and their graph as hnswlib does, for its readers in other languages; ids are the labels. Rows that
 * came, changed or went are taken into the graph first, as by `refresh`.
 *
 * @throws RangeError if the index is none that `hnsw` made, its distance is none of hnswlib's, or a file cannot be made there
 */
export async function exportHnswlib(index: NeighborIndex, path: string): Promise<void> {
  if (index.parts === undefined) return refuse('exportHnswlib', 'index must be one of hnsw', 'another');
  await index.refresh();
  const { rows, ids, inverse, graph, M, efConstruction } = await index.parts();
  const { levels, lowest, upper, entry } = graph;
  const nodes = levels.length;
  const { cols: dim } = rows;
  const [low, high] = [1 + 2 * M, 1 + M];
  const size = 4 * low + 4 * dim + 8;
  const header = Buffer.alloc(HEADER);
  [0, nodes, nodes, size, 4 * low + 4 * dim, 4 * low].forEach((value, w) =>
    header.writeBigUInt64LE(BigInt(value), 8 * w),
  );
  header.writeInt32LE(entry < 0 ? -1 : levels[entry], 48);
  header.writeUInt32LE(entry < 0 ? 0xffffffff : entry, 52);
  [M, 2 * M, M].forEach((value, w) => header.writeBigUInt64LE(BigInt(value), 56 + 8 * w));
  header.writeDoubleLE(1 / Math.log(M), 80);
  header.writeBigUInt64LE(BigInt(efConstruction), 88);
  await wholeFile(path, async (write) => {
    await write(header);
    for (let first = 0; first < nodes; first += AT_ONCE) {
      const end = Math.min(nodes, first + AT_ONCE);
      const block = Buffer.alloc((end - first) * size);
      for (let node = first; node < end; node++) {
        const at = (node - first) * size;
        for (let e = 0; e < low; e++) block.writeUInt32LE(lowest[node * low + e], at + 4 * e);
        const scale = inverse === undefined ? 1 : inverse[node];
        for (let k = 0; k < dim; k++)
          block.writeFloatLE(rows.data[node * dim + k] * scale, at + 4 * low + 4 * k);
        block.writeBigUInt64LE(BigInt(ids[node]), at + size - 8);
      }
      await write(block);
    }
    let list = 0;
    for (let first = 0; first < nodes; first += AT_ONCE) {
      const words: number[] = [];
      for (let node = first; node < Math.min(nodes, first + AT_ONCE); node++) {
        words.push(4 * high * levels[node]);
        for (const end = list + levels[node]; list < end; list++)
          words.push(...upper.subarray(list * high, (list + 1) * high));
      }
      await write(new Uint8Array(Uint32Array.from(words).buffer));
    }
  });
}

const AT_ONCE = 1024;
