import { extname } from 'node:path';
import { refuse } from '../../src/core/check.ts';
import { wholeFile } from '../../src/formats/whole-file.ts';
import { checkOutFile } from '../options.ts';
import { csvOf } from './csv.ts';
import type { Evaluation } from './evaluation.ts';
import { jsonOf } from './json.ts';
import { latexOf } from './latex.ts';
import { markdownOf } from './markdown.ts';
import { pageOf } from './page.ts';
import { drawing } from './svg.ts';

type Render = (evaluation: Evaluation) => string | Promise<string>;

/** By the ending of the file. */
const RENDERERS: ReadonlyMap<string, Render> = new Map<string, Render>([
  ['.html', pageOf],
  ['.md', markdownOf],
  ['.tex', latexOf],
  ['.csv', csvOf],
  ['.json', jsonOf],
]);

/**
 * Refuses a report that could not be written, before there is anything to write.
 *
 * @throws RangeError then
 */
export async function checkReport(command: string, path: string): Promise<void> {
  await checkOutFile(command, '--report', path);
  if (rendererOf(command, path) === pageOf) await drawing();
}

/** Writes a report, which is there in full or not at all. */
export async function writeReport(
  command: string,
  path: string,
  evaluation: Evaluation,
  signal: AbortSignal,
): Promise<void> {
  const rendered = await rendererOf(command, path)(evaluation);
  await wholeFile(path, (write) => write(rendered), { signal });
}

function rendererOf(command: string, path: string): Render {
  return (
    RENDERERS.get(extname(path).toLowerCase()) ??
    refuse(command, `--report must end in ${[...RENDERERS.keys()].join(', ')}`, path)
  );
}
