import type { ReferenceCase } from './case.ts';
import { notes } from './notes.ts';

/** What a run found of one case. */
export interface Found {
  readonly given: ReferenceCase;
  readonly failed: boolean;
}

interface Row {
  readonly ours: string;
  readonly differs?: string;
  readonly systems: Map<string, { passed: number; all: number }>;
}

/** Which system's numbers each of our losses and metrics gives, as a run found it, and where systems differ. */
export function page(found: readonly Found[]): string {
  const passed = found.filter(({ failed }) => !failed).length;
  const families = [...new Set(found.map(({ given }) => given.family))].sort();
  return [
    '# Whose numbers these are',
    '',
    'Each loss is held to values and gradients that another system computed in float64, and each metric to values. This page is what',
    '`npm run reference -- test/fixtures/reference --page docs/reference.md` found:',
    `${passed} of ${found.length} cases pass.`,
    '',
    ...families.flatMap((family) =>
      tableOf(
        family,
        found.filter(({ given }) => given.family === family),
      ),
    ),
  ].join('\n');
}

function tableOf(family: string, found: readonly Found[]): string[] {
  const rows = new Map<string, Row>();
  for (const { given, failed } of found) {
    const note = notes[given.loss] ?? { ours: given.loss };
    const row = rows.get(note.ours) ?? { ...note, systems: new Map() };
    rows.set(note.ours, row);
    const count = row.systems.get(given.system) ?? { passed: 0, all: 0 };
    row.systems.set(given.system, { passed: count.passed + Number(!failed), all: count.all + 1 });
  }
  const lines = [...rows.values()].sort((a, b) => (a.ours < b.ours ? -1 : Number(a.ours > b.ours)));
  return [
    `## ${family}`,
    '',
    '| ours | reproduces, cases passed | where systems differ |',
    '| --- | --- | --- |',
    ...lines.map(({ ours, systems, differs = '' }) => {
      const named = [...systems].map(([system, { passed, all }]) => `${system}: ${passed} of ${all}`);
      return `| ${ours} | ${named.join('; ')} | ${differs} |`;
    }),
    '',
  ];
}
