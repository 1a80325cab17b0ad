import { createRequire } from 'node:module';
import { kernels } from '../../src/kernels/active.ts';

/** What a report was made with. */
export function versions(): Readonly<Record<'nearmiss' | 'Node.js' | 'kernels', string>> {
  const about: unknown = createRequire(import.meta.url)('nearmiss/package.json');
  const version: unknown = typeof about === 'object' && about !== null ? Reflect.get(about, 'version') : '';
  return { nearmiss: String(version), 'Node.js': process.versions.node, kernels: kernels.name };
}
