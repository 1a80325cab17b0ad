import type { Evaluation } from './evaluation.ts';
import { figureRows } from './figure-rows.ts';

const HEADING = [
  'system',
  'slice',
  'value',
  'measure',
  'queries',
  'mean',
  'low',
  'high',
  'better',
  'same',
  'worse',
];

/** A line a figure, for programs: RFC 4180, numbers with all their digits. */
export function csvOf(evaluation: Evaluation): string {
  const lines = figureRows(evaluation).map(({ system, slice, measure, queries, figure, counts }) => [
    system,
    slice?.[0] ?? '',
    slice?.[1] ?? '',
    measure,
    queries,
    figure.mean,
    ...figure.interval,
    counts?.better ?? '',
    counts?.same ?? '',
    counts?.worse ?? '',
  ]);
  return [HEADING, ...lines].map((cells) => `${cells.map(cell).join(',')}\r\n`).join('');
}

/** A text that a spreadsheet would take for a formula begins with an apostrophe, which it takes off again. */
function cell(value: string | number): string {
  if (typeof value === 'number') return Number.isNaN(value) ? '' : String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
