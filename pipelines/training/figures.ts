import { cosine } from '../../src/distances/cosine.ts';
import type { DataFolder } from '../../src/formats/data-folder.ts';
import { calibrationSplit } from '../reporting/compared.ts';
import { rankedSystem, type RankedSystem, type Vectors } from '../reporting/ranked-system.ts';
import { depthOf, headwords } from '../retrieval.ts';
import { table } from '../table.ts';
import { type ComparedSystems, comparedSystems } from './compared-systems.ts';
import { embeddedVectors } from './embedded-vectors.ts';
import type { RunOptions, JobOptions } from './options.ts';
import type { Prepared } from './prepared.ts';

/** What a training did to retrieval. */
export interface Changed extends ComparedSystems {
  /** with the trained vectors */
  readonly embedded: DataFolder;
  /** what was measured on, in words */
  readonly on: string;
  /** what was resampled together */
  readonly by: 'headword';
  readonly table: string;
}

/** What is measured of a split before a training, and what is to be measured after it. */
export async function figuresOf<Query, Document>(
  { sides, dim }: Prepared<Query, Document>,
  evaluated: NonNullable<Prepared<Query, Document>['evaluated']>,
  options: JobOptions & RunOptions,
  signal: AbortSignal,
) {
  const { folder, split: held } = evaluated;
  const { seed, report } = options;
  const calibrated = report === undefined ? undefined : await calibrationSplit(folder, held);
  const ranking = { distance: cosine, depth: depthOf(folder, undefined), seed, signal };
  const rank = (vectors: Vectors): Promise<RankedSystem> => rankedSystem(vectors, held, calibrated, ranking);
  const before: RankedSystem[] = [];
  for (const vectors of await evaluated.before()) before.push(await rank(vectors));
  return {
    async after(told: string): Promise<Changed> {
      const embedded = await embeddedVectors(evaluated, sides, dim, signal);
      const after = await rank({ name: 'trained', folder: embedded });
      const systems = [...before, after];
      const named = systems.map((system) => ({ ...system, key: keyOf(system) }));
      const compared = await comparedSystems(named, named[named.length - 2], headwords(folder, held), seed);
      if (report !== undefined) {
        const { evaluated: reported } = await import('../reporting/evaluated.ts');
        const { writeReport } = await import('../reporting/report.ts');
        const facts = { training: told };
        const all = await reported(systems, { ...ranking, split: held, dev: calibrated, facts, notes: [] });
        await writeReport('train', report, all, signal);
      }
      const note = `${held.queries.length} queries of split ${held.name}, means with 95 % intervals (bootstrap by headword)`;
      return {
        ...compared,
        embedded,
        on: `${held.queries.length} queries of split ${held.name} of ${folder.path}, which has ${embedded.corpus.vectors.rows} documents, of which ${embedded.corpus.zeroRows} have no vector, and ${embedded.queries.vectors.rows} queries, of which ${embedded.queries.zeroRows} have none`,
        by: 'headword',
        table: `${table(compared.heading, compared.rows)}\n${note}`,
        json: { ...compared.json, queries: held.queries.length },
      };
    },
  };
}

/** What a program reads the figures of a system by. */
function keyOf({ name }: RankedSystem): string {
  return (
    new Map([
      ['mean-centred', 'centred'],
      ['trained', 'after'],
    ]).get(name) ?? 'before'
  );
}
