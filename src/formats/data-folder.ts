import { join } from 'node:path';
import type { IdLists } from '../core/batches.ts';
import { refuse } from '../core/check.ts';
import { type IdTable, idTableOf } from '../core/ids.ts';
import type { Judgments } from '../core/judgments.ts';
import type { Matrix } from '../core/matrix.ts';
import { grown, PackedNames } from '../core/packed-names.ts';
import { type QrelsLine, readBeirLines, readQrelsLines } from './beir.ts';
import { ownField } from './json-records.ts';
import { plainOrGz, plainOrGzIfThere } from './lines.ts';
import type { NpyShape } from './npy-shape.ts';
import { npyShape, openNpyRows, readNpyMatrix } from './npy.ts';
import type { OpenRows } from './open-rows.ts';

/** A BEIR folder as far as its names go. */
export interface NamedFolder {
  readonly path: string;
  readonly corpus: Records;
  readonly queries: Records;
}

/** A BEIR folder with a vector for each document and each query. */
export interface DataFolder extends NamedFolder {
  readonly corpus: Collection;
  readonly queries: Collection;
}

/** The same with the queries' vectors left where they are, to be read as they are wanted. */
export interface OpenDataFolder extends NamedFolder {
  readonly corpus: Collection;
  readonly queryVectors: OpenRows;
}

/** The same with all vectors left where they are: what is in memory are names and what the .jsonl files say of them. */
export interface StoredFolder extends NamedFolder {
  readonly corpusVectors: OpenRows;
  readonly queryVectors: OpenRows;
}

export interface Collection extends Records {
  /** one row a line of the .jsonl, in its order */
  readonly vectors: Matrix;
  /** rows that are all zeros: texts for which there was no vector */
  readonly zeroRows: number;
}

/** What a .jsonl says, texts aside. */
export interface Records {
  /** the file: plain or .gz */
  readonly path: string;
  readonly names: IdTable;
  /** rows; the number of each row's `metadata.group`: documents of one group are variants of one item. Its own where it has none. */
  readonly groups: Int32Array;
  /** rows; the number of each row's `metadata.class`, or -1; absent where no row has one */
  readonly classes?: Int32Array;
  /** how many classes there are */
  readonly classCount: number;
}

/** The judged queries of one split. */
export interface Split {
  readonly name: string;
  /** rows of the queries, in the order of the qrels */
  readonly queries: Uint32Array;
  /** for each of them its documents' ids and grades */
  readonly judgments: readonly Judgments[];
}

export interface DataFolderOptions {
  /** @default corpus.npy in the folder */
  readonly corpusVectors?: string;
  /** @default queries.npy in the folder */
  readonly queryVectors?: string;
}

/**
 * Reads the names in corpus.jsonl and queries.jsonl (or .gz), and what these say of them, texts aside.
 *
 * @throws RangeError as `readDataFolder`
 */
export async function readNamedFolder(path: string): Promise<NamedFolder> {
  const corpus = await readRecords(join(path, 'corpus.jsonl'));
  return { path, corpus, queries: await readRecords(join(path, 'queries.jsonl')) };
}

/**
 * Reads corpus.jsonl and queries.jsonl (or .gz) and the .npy files whose rows stand in the same order.
 *
 * @throws RangeError that names the file, and the line or row, if something is missing, comes twice, or does not fit
 */
export async function readDataFolder(path: string, options: DataFolderOptions = {}): Promise<DataFolder> {
  const { corpusVectors, queryVectors } = vectorsOf(path, options);
  const corpus = await readCollection(join(path, 'corpus.jsonl'), corpusVectors);
  const queries = await readCollection(join(path, 'queries.jsonl'), queryVectors);
  checkCols(queryVectors, queries.vectors.cols, corpusVectors, corpus.vectors.cols);
  return { path, corpus, queries };
}

/**
 * The same, but for the queries' vectors: the caller reads them, and closes their file.
 *
 * @throws RangeError as `readDataFolder`
 */
export async function openDataFolder(path: string, options: DataFolderOptions = {}): Promise<OpenDataFolder> {
  const { corpusVectors, queryVectors } = vectorsOf(path, options);
  const corpus = await readCollection(join(path, 'corpus.jsonl'), corpusVectors);
  const queries = await readRecords(join(path, 'queries.jsonl'));
  const { cols } = await checkedShape(queryVectors, queries);
  checkCols(queryVectors, cols, corpusVectors, corpus.vectors.cols);
  return { path, corpus, queries, queryVectors: await openNpyRows(queryVectors) };
}

/**
 * The same, but for all vectors: the caller reads them, and closes their files.
 *
 * @throws RangeError as `readDataFolder`
 */
export async function openStoredFolder(path: string, options: DataFolderOptions = {}): Promise<StoredFolder> {
  const { corpusVectors, queryVectors } = vectorsOf(path, options);
  const corpus = await readRecords(join(path, 'corpus.jsonl'));
  const shape = await checkedShape(corpusVectors, corpus);
  const queries = await readRecords(join(path, 'queries.jsonl'));
  const { cols } = await checkedShape(queryVectors, queries);
  checkCols(queryVectors, cols, corpusVectors, shape.cols);
  const opened = await openNpyRows(corpusVectors);
  try {
    return { path, corpus, queries, corpusVectors: opened, queryVectors: await openNpyRows(queryVectors) };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

function vectorsOf(path: string, options: DataFolderOptions) {
  const { corpusVectors = join(path, 'corpus.npy'), queryVectors = join(path, 'queries.npy') } = options;
  return { corpusVectors, queryVectors };
}

function checkCols(path: string, cols: number, corpusVectors: string, expected: number): void {
  if (cols !== expected) refuse(path, `cols must be ${expected}, as in ${corpusVectors}`, cols);
}

/**
 * Reads one .jsonl (or .gz) and the .npy file whose rows stand in the same order.
 *
 * @throws RangeError as `readDataFolder`
 */
export async function readCollection(jsonl: string, npy: string): Promise<Collection> {
  const records = await readRecords(jsonl);
  await checkedShape(npy, records);
  const vectors = await readNpyMatrix(npy);
  return { ...records, vectors, zeroRows: countZeroRows(vectors) };
}

/** @throws RangeError if there is not a row a record */
async function checkedShape(npy: string, { path, names }: Records): Promise<NpyShape> {
  const shape = await npyShape(npy);
  const records = names.size;
  if (shape.rows !== records) {
    const without = shape.rows < records ? `, none for '${names.nameOf(names.ofRow[shape.rows])}'` : '';
    refuse(npy, `rows must be ${records}, one a record of ${path}`, `${shape.rows}${without}`);
  }
  if (shape.cols === 0) refuse(npy, 'cols must be at least 1', shape.cols);
  return shape;
}

/**
 * Reads what a .jsonl (or .gz) says, texts aside.
 *
 * @throws RangeError that names the file and the line if a record is none or comes twice
 */
export async function readRecords(jsonl: string): Promise<Records> {
  const path = await plainOrGz(jsonl);
  const packed = new PackedNames();
  const groups = new Map<string, number>();
  const classes = new Map<string, number>();
  const [groupOf, classOf] = [new NumberColumn(), new NumberColumn()];
  let groupCount = 0;
  const labelIn = (id: string, metadata: unknown, field: string): string | undefined =>
    labelOf(ownField(metadata, field), () => `${path}: metadata of '${id}'`, field);
  for await (const lines of readBeirLines(path)) {
    for (const { id, metadata } of lines) {
      packed.addText(id);
      const group = labelIn(id, metadata, 'group');
      const label = labelIn(id, metadata, 'class');
      // that of a record alone is never looked up
      const number = (group === undefined ? undefined : groups.get(group)) ?? groupCount++;
      if (group !== undefined) groups.set(group, number);
      groupOf.push(number);
      classOf.push(label === undefined ? -1 : numberOf(classes, label));
    }
  }
  return {
    path,
    names: distinctNames(path, packed),
    groups: groupOf.values(),
    classes: classes.size === 0 ? undefined : classOf.values(),
    classCount: classes.size,
  };
}

/** A column that is read to an end not known before. */
class NumberColumn {
  #values = new Int32Array(1 << 10);
  #size = 0;

  push(value: number): void {
    if (this.#size === this.#values.length)
      this.#values = grown(this.#values, new Int32Array(2 * this.#size));
    this.#values[this.#size++] = value;
  }

  values(): Int32Array {
    return this.#values.slice(0, this.#size);
  }
}

function distinctNames(path: string, packed: PackedNames): IdTable {
  const table = idTableOf(packed);
  const { rowOf } = table;
  // in their order twins are neighbors
  for (let id = 1; id < rowOf.length; id++) {
    if (packed.compare(rowOf[id], rowOf[id - 1]) !== 0) continue;
    const [first, second] = [rowOf[id - 1], rowOf[id]].sort((a, b) => a - b);
    refuse(path, 'ids must be distinct', `'${table.nameOf(id)}' in records ${first + 1} and ${second + 1}`);
  }
  return table;
}

/** Labels may be strings or numbers, 5 and "5" being the same; null is none. */
function labelOf(label: unknown, where: () => string, field: string): string | undefined {
  if (label === undefined || label === null) return undefined;
  if (typeof label === 'string' || typeof label === 'number') return String(label);
  return refuse(where(), `${field} must be a string or a number`, JSON.stringify(label));
}

/** Numbers labels in the order they come. */
function numberOf(labels: Map<string, number>, label: string): number {
  const number = labels.get(label) ?? labels.size;
  labels.set(label, number);
  return number;
}

/** How many rows are all zeros. */
export function countZeroRows({ rows, cols, data }: Matrix): number {
  let zeros = 0;
  for (let i = 0; i < rows; i++) {
    if (data.subarray(i * cols, (i + 1) * cols).every((value) => value === 0)) zeros++;
  }
  return zeros;
}

/** The same as lists one behind the other: as little memory as there may be. */
export interface ListedSplit {
  readonly name: string;
  /** rows of the queries, in the order of the qrels */
  readonly queries: Uint32Array;
  /** for each of them its documents' ids */
  readonly documents: IdLists;
  /** as many as there are ids: the grade of each */
  readonly grades: Int32Array;
}

/** The same as `readSplit` where there is such a file, undefined where there is none. */
export async function readSplitIfThere(folder: NamedFolder, name: string): Promise<Split | undefined> {
  const there = await plainOrGzIfThere(join(folder.path, 'qrels', `${name}.tsv`));
  return there === undefined ? undefined : readSplit(folder, name);
}

/**
 * Reads qrels/NAME.tsv (or .gz).
 *
 * @throws RangeError that names the file and the line if a query or document is not in the folder, a pair comes
 *   twice, or there is no judgment at all
 */
export async function readSplit(folder: NamedFolder, name: string): Promise<Split> {
  const { queries, documents, grades } = await readListedSplit(folder, name);
  const { offsets, ids } = documents;
  return {
    name,
    queries,
    judgments: Array.from(queries, (_, q) => {
      const judged = new Map<number, number>();
      for (let e = offsets[q]; e < offsets[q + 1]; e++) judged.set(ids[e], grades[e]);
      return judged;
    }),
  };
}

/**
 * The same as lists.
 *
 * @throws RangeError as `readSplit`
 */
export async function readListedSplit(
  { path, corpus, queries }: NamedFolder,
  name: string,
): Promise<ListedSplit> {
  const file = await plainOrGz(join(path, 'qrels', `${name}.tsv`));
  const rows: number[] = [];
  /** by row of the queries, its place among those asked */
  const places = new Int32Array(queries.names.size).fill(-1);
  /** by place, its last judgment; by judgment, the one before it of the same query */
  const [last, before]: [number[], number[]] = [[], []];
  const [ids, grades]: [number[], number[]] = [[], []];
  const take = ({ query, document, grade, line }: QrelsLine): void => {
    const where = (): string => `${file} line ${line}`;
    const queryId =
      queries.names.idOf.get(query) ?? refuse(where(), 'query-id must be in queries.jsonl', `'${query}'`);
    const documentId =
      corpus.names.idOf.get(document) ??
      refuse(where(), 'corpus-id must be in corpus.jsonl', `'${document}'`);
    const row = queries.names.rowOf[queryId];
    if (places[row] < 0) places[row] = rows.push(row) - 1;
    const place = places[row];
    for (let e = last[place] ?? -1; e >= 0; e = before[e]) {
      if (ids[e] === documentId)
        refuse(where(), 'a pair must be judged once', `'${query}' and '${document}' again`);
    }
    before.push(last[place] ?? -1);
    last[place] = ids.push(documentId) - 1;
    grades.push(grade);
  };
  for await (const lines of readQrelsLines(file)) lines.forEach(take);
  if (rows.length === 0) refuse(file, 'must have at least one judgment', 'none');
  return { name, queries: Uint32Array.from(rows), ...inOrder(last, before, ids, grades) };
}

/** Chains of judgments, each from its last one back, as lists from the first one on. */
function inOrder(
  last: readonly number[],
  before: readonly number[],
  ids: readonly number[],
  grades: readonly number[],
): Pick<ListedSplit, 'documents' | 'grades'> {
  const offsets = new Uint32Array(last.length + 1);
  const order = new Uint32Array(ids.length);
  last.forEach((end, q) => {
    let count = 0;
    for (let e = end; e >= 0; e = before[e]) count++;
    offsets[q + 1] = offsets[q] + count;
    for (let e = end, at = offsets[q + 1]; e >= 0; e = before[e]) order[--at] = e;
  });
  return {
    documents: { offsets, ids: order.map((e) => ids[e]) },
    grades: Int32Array.from(order, (e) => grades[e]),
  };
}
