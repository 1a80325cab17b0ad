import { join } from 'node:path';
import type { NamedResult } from '../../src/catalog/row.ts';
import { checkEqual } from '../../src/core/check.ts';
import { rowsBetween, type Matrix } from '../../src/core/matrix.ts';
import { type GrowingNpy, growingNpy } from '../../src/formats/growing-npy.ts';
import type { Columns, Cut } from './columns.ts';
import { kebab } from './flags.ts';

/** What a loss gives, batch after batch, in the .npy files of a folder. */
export interface ResultFiles {
  write(result: NamedResult, cut: Pick<Cut, 'start' | 'end'>): Promise<void>;
  /** Writes what was added up, and finishes every file; the names of all. */
  finish(): Promise<readonly string[]>;
  /** Closes what was not finished. */
  close(): Promise<void>;
}

/** A gradient that is the sum over batches. */
interface Total {
  /** undefined of a number */
  readonly cols?: number;
  readonly sums: Float64Array;
}

/**
 * `value.npy`, `terms.npy` and a file a gradient: its rows where the input's are, or their sum where every batch was given the input
 * whole.
 */
export function resultFiles(
  folder: string,
  { rows, whole, byView }: Pick<Columns, 'rows' | 'whole' | 'byView'>,
): ResultFiles {
  const open = new Map<string, GrowingNpy>();
  const totals = new Map<string, Total>();
  const fileOf = async (name: string, dtype: 'float32' | 'float64', cols?: number): Promise<GrowingNpy> => {
    const file = open.get(name) ?? (await growingNpy(join(folder, `${name}.npy`), { dtype, cols }));
    open.set(name, file);
    return file;
  };
  const add = (name: string, gradient: Matrix | number): void => {
    const [cols, slopes] =
      typeof gradient === 'number' ? [undefined, [gradient]] : [gradient.cols, gradient.data];
    const total = totals.get(name) ?? { cols, sums: new Float64Array(slopes.length) };
    totals.set(name, total);
    checkEqual(name, 'entries of the gradient', slopes.length, total.sums.length);
    for (let e = 0; e < slopes.length; e++) total.sums[e] += slopes[e];
  };
  return {
    async write({ value, terms, gradients }, { start, end }) {
      await (await fileOf('value', 'float64')).write(Float64Array.of(value));
      if (terms !== undefined) await (await fileOf('terms', 'float32')).write(terms);
      for (const [name, gradient] of gradients) {
        if (typeof gradient === 'number' || whole.has(name)) {
          add(name, gradient);
          continue;
        }
        const file = await fileOf(kebab(name), 'float32', gradient.cols);
        if (!byView.has(name)) await file.write(gradient.data);
        else {
          const each = end - start;
          for (let v = 0; v * each < gradient.rows; v++) {
            await file.write(rowsBetween(gradient, v * each, (v + 1) * each).data, v * rows + start);
          }
        }
      }
    },
    async finish() {
      for (const [name, { cols, sums }] of totals) {
        await (await fileOf(kebab(name), 'float32', cols)).write(Float32Array.from(sums));
      }
      const names = [...open.keys()];
      for (const [name, file] of open) {
        await file.finish();
        open.delete(name);
      }
      return names;
    },
    async close() {
      for (const file of open.values()) await file.abandon();
    },
  };
}
