// npm run reference -- FOLDER [--page FILE]: every case of a folder against ours, a line a family, each failure with what was due and
// what came; and a page of whose numbers each loss, miner and metric gives.

import { existsSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { kernels } from '../../src/kernels/active.ts';
import { referenceCases } from './case.ts';
import { checkCase } from './check-case.ts';
import { page, type Found } from './page.ts';

interface Count {
  passed: number;
  failed: number;
}

const { folder, pageFile } = given();
if (folder !== undefined) {
  console.log(`kernels: ${kernels.name}`);
  const found: Found[] = [];
  const total = await run(folder, found);
  console.log(sentence(total));
  if (pageFile !== undefined) writeFileSync(pageFile, page(found));
  if (total.failed > 0) process.exitCode = 1;
}

/** What was asked for; where that can not be, one sentence and exit code 2. */
function given(): { folder?: string; pageFile?: string } {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: { page: { type: 'string' } },
    });
    const [folder, ...others] = positionals;
    if (folder !== undefined && existsSync(folder) && others.length === 0)
      return { folder, pageFile: values.page };
    const got =
      folder === undefined
        ? 'none'
        : others.length > 0
          ? positionals.join(' and ')
          : `${folder}, which is not there`;
    console.error(`reference: FOLDER must be a folder of cases, got ${got}`);
  } catch (error) {
    console.error(`reference: ${error instanceof Error ? error.message : String(error)}`);
  }
  process.exitCode = 2;
  return {};
}

async function run(from: string, found: Found[]): Promise<Count> {
  const families = new Map<string, Count>();
  for (const given of referenceCases(from)) {
    const count = families.get(given.family) ?? { passed: 0, failed: 0 };
    families.set(given.family, count);
    const { failures, notes } = await checkCase(given);
    found.push({ given, failed: failures.length > 0 });
    if (failures.length > 0) count.failed++;
    else count.passed++;
    for (const failure of failures) console.log(`  ${given.name}: ${failure}`);
    if (failures.length === 0)
      for (const note of notes) console.log(`  ${given.name} passes by definition: ${note}`);
  }
  for (const [family, count] of families) console.log(`${family}: ${sentence(count)}`);
  return [...families.values()].reduce(
    (sum, each) => ({
      passed: sum.passed + each.passed,
      failed: sum.failed + each.failed,
    }),
    { passed: 0, failed: 0 },
  );
}

/** No case is ever skipped: what ours does not have is a failure. */
function sentence({ passed, failed }: Count): string {
  return `${passed} passed, ${failed} failed, 0 skipped`;
}
