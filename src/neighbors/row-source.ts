import type { Matrix } from '../core/matrix.ts';

/** Rows that stand elsewhere, in a file say, and are read as they are wanted: `openNpyRows` gives one. */
export interface RowSource {
  readonly rows: number;
  readonly cols: number;
  /** Fills `into` with as many finite rows as it has, from `start` on. One call at a time. */
  read(into: Matrix, start: number): Promise<void>;
}
