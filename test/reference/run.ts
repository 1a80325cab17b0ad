// npm run reference -- FOLDER: every case of a folder against ours, a line a family, each failure with what was due and what came.

import { existsSync } from 'node:fs';
import { kernels } from '../../src/kernels/active.ts';
import { referenceCases } from './case.ts';
import { checkCase } from './check-case.ts';

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

const [folder] = process.argv.slice(2);
if (folder === undefined || !existsSync(folder)) {
  const got = folder === undefined ? 'none' : `${folder}, which is not there`;
  console.error(`reference: FOLDER must be a folder of cases, got ${got}`);
  process.exitCode = 2;
} else {
  console.log(`kernels: ${kernels.name}`);
  const total = run(folder);
  console.log(sentence(total));
  if (total.failed > 0) process.exitCode = 1;
}

function run(from: string): Count {
  const families = new Map<string, Count>();
  const reasons = new Map<string, string>();
  for (const given of referenceCases(from)) {
    const count = families.get(given.family) ?? { passed: 0, failed: 0, skipped: 0 };
    families.set(given.family, count);
    const { skipped, failures, notes } = checkCase(given);
    if (skipped !== undefined) {
      count.skipped++;
      reasons.set(given.family, skipped);
      continue;
    }
    if (failures.length > 0) count.failed++;
    else count.passed++;
    for (const failure of failures) console.log(`  ${given.name}: ${failure}`);
    if (failures.length === 0)
      for (const note of notes) console.log(`  ${given.name} passes by definition: ${note}`);
  }
  for (const [family, count] of families) {
    const reason = reasons.get(family);
    console.log(`${family}: ${sentence(count)}${reason === undefined ? '' : ` (${reason})`}`);
  }
  return [...families.values()].reduce(
    (sum, each) => ({
      passed: sum.passed + each.passed,
      failed: sum.failed + each.failed,
      skipped: sum.skipped + each.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}

function sentence({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
