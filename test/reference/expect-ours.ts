import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { kernels } from '../../src/kernels/active.ts';
import { referenceCases } from './case.ts';
import { checkCase } from './check-case.ts';

/** Declares a test for each case of test/fixtures/reference, on the kernels in use. */
export function expectOurs(): void {
  const cases = referenceCases(fileURLToPath(new URL('../fixtures/reference', import.meta.url)));
  describe(`reference values, on the ${kernels.name} kernels`, () => {
    for (const given of cases) {
      it(`of ${given.name} are ours`, () => {
        expect(checkCase(given).failures).toEqual([]);
        // the plain kernels take their time over thousands of rows
      }, 60_000);
    }
  });
}
