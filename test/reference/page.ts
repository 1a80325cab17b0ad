import { callOf, shortName, theirName } from './calls.ts';
import type { ReferenceCase } from './case.ts';
import { notes } from './notes.ts';

/** What a run found of one case. */
export interface Found {
  readonly given: Pick<ReferenceCase, 'family' | 'loss' | 'system' | 'call'>;
  readonly failed: boolean;
}

/** A loss, miner or metric of ours. */
interface Row {
  readonly ours: string;
  readonly differs?: string;
  /** by their name and system */
  readonly theirs: Map<string, { passed: number; all: number; readonly same?: string }>;
}

const FAMILIES = new Map([
  ['regression', 'Numbers against numbers'],
  ['classification', 'Logits and probabilities'],
  ['hinge', 'Margins'],
  ['metric', 'Embeddings'],
  ['large', 'Embeddings and logits in large batches'],
  ['miner', 'Miners within a batch'],
  ['eval', 'Metrics'],
]);

/** Which system's numbers each of our losses and metrics gives, and whose tuples each miner, as a run found it, and where systems differ. */
export function page(found: readonly Found[]): string {
  const passed = found.filter(({ failed }) => !failed).length;
  const families = [...new Set([...FAMILIES.keys(), ...found.map(({ given }) => given.family)])];
  return [
    '# Whose numbers these are',
    '',
    'Each loss is held to values and gradients that another system computed in float64, each miner to the tuples it found, and each metric to',
    'values. This page is what',
    '`npm run reference -- test/fixtures/reference --page docs/reference.md` found:',
    `${passed} of ${found.length} cases pass.`,
    '',
    'A row is a loss, miner or metric of ours, what elsewhere gives the same, and in how many cases: options of ours reach every option that theirs',
    'has in them. After "as" stands our call that is theirs with its own defaults. The last column says where systems do not agree.',
    '',
    ...families.flatMap((family) =>
      tableOf(
        FAMILIES.get(family) ?? family,
        found.filter(({ given }) => given.family === family),
      ),
    ),
    '## The systems',
    '',
    ...[...new Set(found.map(({ given }) => given.system))].sort().map((system) => `- ${system}`),
    '',
  ].join('\n');
}

function tableOf(family: string, found: readonly Found[]): string[] {
  const rows = new Map<string, Row>();
  for (const { given, failed } of found) {
    const note = notes[given.loss] ?? { ours: given.loss };
    const row = rows.get(note.ours) ?? { ...note, theirs: new Map() };
    rows.set(note.ours, row);
    const name = `\`${theirName(given.loss, given.system, given.call)}\` of ${shortName(given.system)}`;
    const same = callOf(given.loss, given.system)?.ours;
    const count = row.theirs.get(name) ?? { passed: 0, all: 0, same };
    row.theirs.set(name, { ...count, passed: count.passed + Number(!failed), all: count.all + 1 });
  }
  const lines = [...rows.values()].sort((a, b) => (a.ours < b.ours ? -1 : Number(a.ours > b.ours)));
  if (lines.length === 0) return [];
  return [
    `## ${family}`,
    '',
    '| ours | theirs, cases passed | where systems differ |',
    '| --- | --- | --- |',
    ...lines.map(({ ours, theirs, differs = '' }) => {
      const named = [...theirs].map(([name, { passed, all, same }]) => {
        const as = same === undefined ? '' : `, as \`${same}\``;
        return `${name}${as}: ${passed} of ${all}`;
      });
      return `| ${ours} | ${named.join('; ')} | ${differs} |`;
    }),
    '',
  ];
}
