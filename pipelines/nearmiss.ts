#!/usr/bin/env node
import { plainRunOptions } from './plain-run-options.ts';

// what grades a run is used in loops over many runs, and yargs takes as long to load as grading 100,000 lines
const [command, ...words] = process.argv.slice(2);
const plain = command === 'evaluate' ? plainRunOptions(words) : undefined;
if (plain === undefined) {
  await import('./cli.ts');
} else {
  const { stop, toItsEnd } = await import('./to-its-end.ts');
  await toItsEnd(async () => (await import('./evaluate-run.ts')).evaluateRun(plain, stop.signal));
}
