import { checkEqual, refuse } from '../../src/core/check.ts';
import { openNpyInt32, openNpyUint32 } from '../../src/formats/npy-integers.ts';
import { openNpyRows, type OpenNpy } from '../../src/formats/npy.ts';
import { type Column, type Input, inputsOf, kebab, type Takes } from './inputs.ts';

/** The inputs of a loss, in files that are open. */
export interface Columns {
  /** of the inputs that are cut into batches; 1 where none is */
  readonly rows: number;
  /** names of the inputs that every batch is given whole: their gradients add up */
  readonly whole: ReadonlySet<string>;
  /** What each `step` rows are given, by input; the last may be fewer. */
  batches(step: number): AsyncGenerator<ReadonlyMap<string, Column>, void, undefined>;
  close(): Promise<void>;
}

interface Opened {
  readonly input: Input;
  readonly file: OpenNpy<Column>;
}

/** Counts of owned negatives looked at together before the first batch. */
const BLOCK = 65536;

/**
 * Opens the inputs that a loss was given, by their names, each a path or, of a number, what is written for it.
 *
 * Negatives are cut where their owners are, if somebody owns them, and otherwise whole in every batch.
 *
 * @throws RangeError if an input is missing, or not the loss's, or its file is of another kind or number of rows
 */
export async function openColumns(
  where: string,
  takes: Takes<unknown>,
  texts: ReadonlyMap<string, string>,
): Promise<Columns> {
  checkGiven(where, takes, texts);
  const opened: Opened[] = [];
  const close = async (): Promise<void> => {
    for (const { file } of opened) await file.close();
  };
  try {
    const numbers = new Map<string, number>();
    for (const input of inputsOf(takes)) {
      const text = texts.get(input.name);
      if (text === undefined) continue;
      if (input.kind === 'number') numbers.set(input.name, numberOf(where, input, text));
      else opened.push({ input, file: await openColumn(input, text) });
    }
    return { ...(await cut(where, takes, opened, numbers)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function cut(
  where: string,
  takes: Takes<unknown>,
  opened: readonly Opened[],
  numbers: ReadonlyMap<string, number>,
): Promise<Omit<Columns, 'close'>> {
  const along = (name: Input['along']) => opened.filter(({ input }) => input.along === name);
  const [byRow, negatives] = [along('rows'), along('negatives')];
  const rows = rowsOf(where, byRow) ?? 1;
  const negativeRows = rowsOf(where, negatives);
  if (rows === 0) refuse(where, `${flagOf(byRow[0].input)} must have a row at least`, 'none');

  const owned = opened.find(({ input }) => input.name === 'owned')?.file;
  const isOwned = owned !== undefined || takes.owned !== undefined;
  const countsOf = async (start: number, end: number): Promise<Column> =>
    owned === undefined ? new Uint32Array(end - start).fill(takes.owned ?? 0) : owned.between(start, end);
  if (isOwned && negativeRows !== undefined) {
    let all = 0;
    for (let start = 0; start < rows; start += BLOCK) {
      all += sum(await countsOf(start, Math.min(start + BLOCK, rows)));
    }
    checkEqual(where, `rows of ${flagOf(negatives[0].input)}, which anchors own,`, negativeRows, all);
  }
  const wholes = isOwned ? along('whole') : [...along('whole'), ...negatives];

  return {
    rows,
    whole: new Set([...numbers.keys(), ...wholes.map(({ input }) => input.name)]),
    async *batches(step) {
      const fixed = new Map<string, Column>(numbers);
      for (const { input, file } of wholes) fixed.set(input.name, await file.between(0, file.rows));
      let past = 0;
      for (let start = 0; start < rows; start += step) {
        const end = Math.min(start + step, rows);
        const columns = new Map(fixed);
        for (const { input, file } of byRow) columns.set(input.name, await file.between(start, end));
        if (isOwned && negativeRows !== undefined) {
          const counts = await countsOf(start, end);
          const next = past + sum(counts);
          columns.set('owned', counts);
          for (const { input, file } of negatives) columns.set(input.name, await file.between(past, next));
          past = next;
        }
        yield columns;
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

async function openColumn({ kind }: Input, path: string): Promise<OpenNpy<Column>> {
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

/** The rows that all of these have; undefined where there are none of these. */
function rowsOf(where: string, [first, ...others]: readonly Opened[]): number | undefined {
  for (const { input, file } of others) {
    checkEqual(where, `rows of ${flagOf(input)}, as of ${flagOf(first.input)},`, file.rows, first.file.rows);
  }
  return first?.file.rows;
}

function numberOf(where: string, input: Input, text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  return Number.isFinite(value)
    ? value
    : refuse(where, `${flagOf(input)} must be a finite number`, `'${text}'`);
}

function flagOf({ name }: Input): string {
  return `--${kebab(name)}`;
}

function sum(counts: Column): number {
  let all = 0;
  if (counts instanceof Uint32Array) for (const count of counts) all += count;
  return all;
}
