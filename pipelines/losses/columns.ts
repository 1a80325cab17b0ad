import {
  type Column,
  type Input,
  inputsOf,
  isTuples,
  NUMBERS,
  type Takes,
  type TupleKind,
} from '../../src/catalog/input.ts';
import { checkEqual, checkWhole, refuse } from '../../src/core/check.ts';
import { stack, type Matrix } from '../../src/core/matrix.ts';
import { openNpyInt32, openNpyUint32, openNpyUint32Rows } from '../../src/formats/npy-integers.ts';
import { openNpyRows } from '../../src/formats/npy.ts';
import type { OpenArray } from '../../src/formats/open-rows.ts';
import { flagOf, kebab } from './flags.ts';
import { openTuples, type Tuples } from './tuples.ts';

/** The inputs of a loss, in files that are open. */
export interface Columns {
  /** of the inputs that are cut into batches, of one view where there are several */
  readonly rows: number;
  /** names of the inputs that every batch is given whole: their gradients add up */
  readonly whole: ReadonlySet<string>;
  /** names of the inputs that hold several views, one below the other */
  readonly byView: ReadonlySet<string>;
  /** The last may be smaller than the others. */
  batches(): AsyncGenerator<Cut, void, undefined>;
  close(): Promise<void>;
}

/** A batch: rows start … end - 1, by input. */
export interface Cut {
  readonly start: number;
  readonly end: number;
  readonly columns: ReadonlyMap<string, Column>;
}

interface FileOf<Chunk> {
  readonly input: Input;
  readonly file: OpenArray<Chunk>;
}

interface Opened {
  readonly files: FileOf<Column>[];
  readonly tuples: (FileOf<Uint32Array> & { readonly kind: TupleKind })[];
  /** what is no file */
  readonly words: Map<string, number | boolean>;
}

/** Counts of owned negatives looked at together before the first batch. */
const BLOCK = 65536;

/**
 * Opens the inputs that a loss was given, by their names, each a path or what is written for it, to be cut into batches of `step` rows.
 *
 * Negatives are cut where their owners are, if somebody owns them, and otherwise whole in every batch; tuples where their anchors are.
 *
 * @throws RangeError if an input is missing, or not the loss's, if its file is of another kind or number of rows, or can not be cut so
 */
export async function openColumns(
  where: string,
  takes: Takes<unknown>,
  texts: ReadonlyMap<string, string>,
  step: number,
): Promise<Columns> {
  checkGiven(where, takes, texts);
  const opened: Opened = { files: [], tuples: [], words: wordsOf(where, takes, texts) };
  const close = async (): Promise<void> => {
    for (const { file } of [...opened.files, ...opened.tuples]) await file.close();
  };
  try {
    const views = countAt(where, takes.views, opened.words);
    for (const input of inputsOf(takes)) {
      const path = texts.get(input.name);
      if (path === undefined || opened.words.has(input.name)) continue;
      const { kind } = input;
      if (isTuples(kind)) {
        opened.tuples.push({ input, kind, file: await openNpyUint32Rows(path, NUMBERS[kind].each) });
      } else if (input.along === 'views') {
        opened.files.push({ input, file: await ofViews(await openNpyRows(path), views) });
      } else {
        opened.files.push({ input, file: await openColumn(input, path) });
      }
    }
    return { ...(await cut(where, takes, opened, step)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function cut(
  where: string,
  takes: Takes<unknown>,
  { files, tuples, words }: Opened,
  step: number,
): Promise<Omit<Columns, 'close'>> {
  const along = (...names: Input['along'][]) => files.filter(({ input }) => names.includes(input.along));
  const [byRow, negatives] = [along('rows', 'views'), along('negatives')];
  const rows = rowsOf(where, byRow);
  if (rows === 0) refuse(where, `${flagOf(byRow[0].input)} must have a row at least`, 'none');
  const sample = rowsOfSample(where, takes, words, rows, step);

  const owned = files.find(({ input }) => input.name === 'owned')?.file;
  const isOwned = negatives.length > 0 && (owned !== undefined || takes.owned !== undefined);
  const countsOf = async (start: number, end: number): Promise<Column> =>
    owned === undefined ? new Uint32Array(end - start).fill(takes.owned ?? 0) : owned.between(start, end);
  if (isOwned) {
    let all = 0;
    for (let start = 0; start < rows; start += BLOCK) {
      all += sum(await countsOf(start, Math.min(start + BLOCK, rows)));
    }
    const name = flagOf(negatives[0].input);
    checkEqual(where, `rows of ${name}, which anchors own,`, rowsOf(where, negatives), all);
  }
  const wholes = isOwned ? along('whole') : along('whole', 'negatives');

  const references = files.find(({ input }) => input.name === 'references')?.file.rows ?? 0;
  const named = new Map<string, Tuples>();
  for (const { input, kind, file } of tuples) {
    named.set(input.name, await openTuples(file, kind, { rows, references, step }));
  }

  return {
    rows,
    whole: new Set([...words.keys(), ...wholes.map(({ input }) => input.name)]),
    byView: new Set(along('views').map(({ input }) => input.name)),
    async *batches() {
      const fixed = new Map<string, Column>(words);
      for (const { input, file } of wholes) fixed.set(input.name, await file.between(0, file.rows));
      let past = 0;
      for (let start = 0; start < rows; start += step) {
        const end = Math.min(start + step, rows);
        const columns = new Map(fixed);
        for (const { input, file } of byRow) columns.set(input.name, await file.between(start, end));
        for (const [name, cutTuples] of named) columns.set(name, await cutTuples.next(start, end));
        if (takes.samples !== undefined) columns.set(takes.samples.name, (end - start) / sample);
        if (isOwned) {
          const counts = await countsOf(start, end);
          const next = past + sum(counts);
          columns.set('owned', counts);
          for (const { input, file } of negatives) columns.set(input.name, await file.between(past, next));
          past = next;
        }
        yield { start, end, columns };
      }
    },
  };
}

function checkGiven(where: string, takes: Takes<unknown>, texts: ReadonlyMap<string, string>): void {
  const inputs = inputsOf(takes);
  for (const name of texts.keys()) {
    if (inputs.some((input) => input.name === name)) continue;
    refuse(where, `an input must be ${inputs.map(flagOf).join(' or ')}`, `--${kebab(name)}`);
  }
  for (const input of takes.required) {
    if (!texts.has(input.name)) refuse(where, `${flagOf(input)} must be given`, 'none');
  }
}

/** Inputs that are no files. */
function wordsOf(
  where: string,
  takes: Takes<unknown>,
  texts: ReadonlyMap<string, string>,
): Map<string, number | boolean> {
  const words = new Map<string, number | boolean>();
  for (const input of inputsOf(takes)) {
    const text = texts.get(input.name);
    if (text === undefined) continue;
    if (input.kind === 'number') words.set(input.name, numberOf(where, input, text));
    else if (input.kind === 'flag') words.set(input.name, true);
  }
  return words;
}

async function openColumn({ kind }: Input, path: string): Promise<OpenArray<Column>> {
  if (kind === 'labels') return openNpyInt32(path);
  if (kind === 'ids') return openNpyUint32(path);
  const file = await openNpyRows(path);
  if (kind === 'matrix') return file;
  return {
    ...file,
    async between(start, end) {
      const { cols, data } = await file.between(start, end);
      checkEqual(path, 'cols', cols, 1);
      return data;
    },
  };
}

/** Views one below the other as rows of which each is there in every view: some rows are those of the first view, and below them those of the others. */
async function ofViews(file: OpenArray<Matrix>, views: number): Promise<OpenArray<Matrix>> {
  if (file.rows % views !== 0) {
    await file.close();
    refuse(file.path, `rows must be a multiple of --views, ${views}`, file.rows);
  }
  const rows = file.rows / views;
  return {
    ...file,
    rows,
    async between(start, end) {
      const parts: Matrix[] = [];
      for (let v = 0; v < views; v++) parts.push(await file.between(v * rows + start, v * rows + end));
      const [first, ...others] = parts;
      return stack(first, ...others);
    },
  };
}

/** The rows that all of these have. */
function rowsOf(where: string, [first, ...others]: readonly FileOf<Column>[]): number {
  const view = first.input.along === 'views' ? 'a view of ' : '';
  for (const { input, file } of others) {
    const name = `rows of ${flagOf(input)}, as of ${view}${flagOf(first.input)},`;
    checkEqual(where, name, file.rows, first.file.rows);
  }
  return first.file.rows;
}

/** How many rows a sample has; batches are of whole ones. */
function rowsOfSample(
  where: string,
  { samples }: Takes<unknown>,
  words: ReadonlyMap<string, number | boolean>,
  rows: number,
  step: number,
): number {
  const count = countAt(where, samples, words);
  if (rows % count !== 0) refuse(where, `rows of a batch must be a multiple of --samples, ${count}`, rows);
  const sample = rows / count;
  if (samples !== undefined && step < rows && step % sample !== 0) {
    refuse(
      where,
      `--rows must be a multiple of ${sample}, the rows of a sample, of which there are ${count}`,
      step,
    );
  }
  return sample;
}

/** A whole number of something; 1 where it is not given. */
function countAt(
  where: string,
  input: Input | undefined,
  words: ReadonlyMap<string, number | boolean>,
): number {
  const count = Number(input === undefined ? 1 : (words.get(input.name) ?? 1));
  if (input !== undefined) checkWhole(where, flagOf(input), count, 1);
  return count;
}

function numberOf(where: string, input: Input, text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  return Number.isFinite(value)
    ? value
    : refuse(where, `${flagOf(input)} must be a finite number`, `'${text}'`);
}

function sum(counts: Column): number {
  let all = 0;
  if (counts instanceof Uint32Array) for (const count of counts) all += count;
  return all;
}
