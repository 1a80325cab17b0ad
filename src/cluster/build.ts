import { createRequire } from 'node:module';
import { kernels } from '../kernels/active.ts';

/** What must agree for results to be the same bytes: the version of nearmiss, its kernels with their instruction set, and V8's arithmetic. */
export function thisBuild(): string {
  const about: unknown = createRequire(import.meta.url)('nearmiss/package.json');
  const version: unknown = typeof about === 'object' && about !== null ? Reflect.get(about, 'version') : '';
  // threads change no result
  const kind = kernels.name.replace(/, \d+ threads?/, '');
  return `nearmiss ${String(version)}, ${kind} kernels, Node.js ${process.versions.node.split('.')[0]} on ${process.arch}`;
}
