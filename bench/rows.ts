/** One of our runs against one peer; without a peer on this machine, ours alone. What --json prints. */
export interface Row {
  readonly task: string;
  readonly rows: number;
  readonly cols: number;
  readonly threads: number;
  /** the median round's, a call */
  readonly ours_ms: number;
  readonly peer?: string;
  readonly peer_ms?: number;
  /** peer_ms over ours_ms */
  readonly ratio?: number;
  /** our rate, counting the operations that must be done, over our own sgemm's best in this process */
  readonly limit_share?: number;
  /** of gradients or scores: the largest difference over the peer's largest entry */
  readonly max_error?: number;
  /** the most memory our process had */
  readonly peak_mb: number;
  readonly rounds: number;
  /** the slowest round less the fastest, over the median */
  readonly ours_spread: number;
  readonly peer_spread?: number;
  /** which way of writing the problem the peer runs */
  readonly peer_form?: string;
  readonly peer_peak_mb?: number;
}

interface Column {
  readonly title: string;
  readonly width: number;
  cell(row: Row): string;
}

const COLUMNS: readonly Column[] = [
  { title: 'task', width: -30, cell: (row) => row.task },
  { title: 'rows', width: 6, cell: (row) => String(row.rows) },
  { title: 'cols', width: 5, cell: (row) => String(row.cols) },
  { title: 'threads', width: 7, cell: (row) => String(row.threads) },
  { title: 'ours_ms', width: 8, cell: (row) => fixed(row.ours_ms, 1) },
  { title: 'spread', width: 6, cell: (row) => percent(row.ours_spread) },
  { title: 'peer', width: -11, cell: (row) => row.peer ?? '-' },
  { title: 'peer_form', width: -13, cell: (row) => row.peer_form ?? '-' },
  { title: 'peer_ms', width: 8, cell: (row) => fixed(row.peer_ms, 1) },
  { title: 'spread', width: 6, cell: (row) => percent(row.peer_spread) },
  { title: 'ratio', width: 5, cell: (row) => fixed(row.ratio, 2) },
  { title: 'limit_share', width: 11, cell: (row) => percent(row.limit_share) },
  { title: 'max_error', width: 9, cell: (row) => row.max_error?.toExponential(1) ?? '-' },
  { title: 'peak_mb', width: 7, cell: (row) => fixed(row.peak_mb, 0) },
  { title: 'peer_peak_mb', width: 12, cell: (row) => fixed(row.peer_peak_mb, 0) },
];

export const HEADING = line(({ title }) => title);

/** As wide as the heading, so that rows can be printed as they come. */
export function tableLine(row: Row): string {
  return line(({ cell }) => cell(row));
}

/** Every field of a row that sets them all; null where there is nothing to say. */
export function jsonLine(row: Row): string {
  return JSON.stringify(row, (_, value: unknown) => value ?? null);
}

function line(text: (column: Column) => string): string {
  return COLUMNS.map((column) =>
    column.width < 0 ? text(column).padEnd(-column.width) : text(column).padStart(column.width),
  )
    .join('  ')
    .trimEnd();
}

function fixed(value: number | undefined, digits: number): string {
  return value?.toFixed(digits) ?? '-';
}

function percent(value: number | undefined): string {
  return value === undefined ? '-' : `${(100 * value).toFixed(0)} %`;
}
