import type { Split } from '../../src/formats/data-folder.ts';
import { readData } from '../options.ts';
import { compared } from '../reporting/compared.ts';
import { evaluated } from '../reporting/evaluated.ts';
import type { RankOptions } from '../reporting/ranked-system.ts';
import { writeReport } from '../reporting/report.ts';

export interface ReportedOptions extends RankOptions {
  readonly data: string;
  readonly 'corpus-vectors'?: string;
  readonly 'query-vectors'?: string;
  /** a folder of the vectors that were before */
  readonly against?: string;
}

/** Writes a report on the stored vectors of a folder, for which it holds them in memory. */
export async function reported(path: string, split: Split, options: ReportedOptions): Promise<void> {
  const data = await readData(options);
  const comparison = await compared(data, split, { ...options, corpusVectors: options['corpus-vectors'] });
  const told = await evaluated(comparison.systems, { ...comparison, ...options, split });
  await writeReport('evaluate', path, told, options.signal);
}
