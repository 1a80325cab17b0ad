import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { kernels } from '../../src/kernels/active.ts';
import { referenceCases } from './case.ts';
import { checkCase } from './check-case.ts';
import { notes } from './notes.ts';
import { page, type Found } from './page.ts';

/**
 * Declares a test for each case of test/fixtures/reference, on the kernels in use, and for the page that is made of them; or for those
 * cases alone that are not large.
 */
export function expectOurs({ large = true }: { readonly large?: boolean } = {}): void {
  const cases = referenceCases(fileURLToPath(new URL('../fixtures/reference', import.meta.url)));
  const found: Found[] = [];
  describe(`reference values, on the ${kernels.name} kernels`, () => {
    for (const given of cases.filter(({ family }) => large || family !== 'large')) {
      it(`of ${given.name} are ours`, async () => {
        const { failures } = await checkCase(given);
        found.push({ given, failed: failures.length > 0 });
        expect(failures).toEqual([]);
        // the plain kernels take some seconds for a large case
      }, 120_000);
    }

    if (!large) return;
    it('are listed in docs/reference.md (made again by npm run reference -- test/fixtures/reference --page docs/reference.md)', () => {
      expect(Object.keys(notes).sort()).toEqual([...new Set(cases.map(({ loss }) => loss))].sort());
      const written = readFileSync(new URL('../../docs/reference.md', import.meta.url), 'utf8');
      expect(written).toBe(page(found));
    });
  });
}
