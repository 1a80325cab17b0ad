import { type Matrix, matrix, rowsBetween } from '../core/matrix.ts';

/** Rows that stand elsewhere, in a file say, and are read as they are wanted: `openNpyRows` gives one. */
export interface RowSource {
  readonly rows: number;
  readonly cols: number;
  /** Fills `into` with as many finite rows as it has, from `start` on. One call at a time. */
  read(into: Matrix, start: number): Promise<void>;
}

export interface ChunkOptions {
  /** Rows of each chunk but the last; two are held at a time. @default as many as take 8 MiB of float32 */
  readonly chunk?: number;
  /** Aborting ends what is under way before the next chunk. */
  readonly signal?: AbortSignal;
}

/** Rows in chunks, from the first to the last: each is read while the one before it is looked at. */
export async function eachChunk(
  source: RowSource,
  { chunk = chunkOf(source), signal }: ChunkOptions,
  look: (rows: Matrix, first: number) => Promise<void> | void,
): Promise<void> {
  const step = Math.max(1, Math.min(chunk, source.rows));
  let [here, spare] = [matrix(step, source.cols), matrix(step, source.cols)];
  const from = (into: Matrix, first: number): { rows: Matrix; read: Promise<void> } => {
    const rows = rowsBetween(into, 0, Math.max(0, Math.min(step, source.rows - first)));
    const read = rows.rows === 0 ? Promise.resolve() : source.read(rows, first);
    // told when its turn comes
    read.catch(() => {});
    return { rows, read };
  };
  let next = from(here, 0);
  try {
    for (let first = 0; first < source.rows; first += step) {
      const { rows, read } = next;
      await read;
      signal?.throwIfAborted();
      next = from(spare, first + step);
      [here, spare] = [spare, here];
      await look(rows, first);
    }
  } finally {
    await next.read.catch(() => {});
  }
}

function chunkOf({ cols }: RowSource): number {
  return Math.max(1, Math.floor(2 ** 21 / Math.max(1, cols)));
}
