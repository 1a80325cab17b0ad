import { join } from 'node:path';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { buildReverseDictionary } from './reverse-dictionary/build.ts';
import { cacheFolder } from './reverse-dictionary/packages.ts';

/** Builds the data the pipelines run on: a reverse dictionary, from WordNet and word vectors. */

const say = (line: string) => console.error(`sample: ${line}`);

function refuseAndExit(sentence: string): never {
  console.error(sentence);
  process.exit(2);
}

const { full, out = full ? join(cacheFolder(), 'reverse-dictionary') : join('pipelines', 'sample') } = yargs(
  hideBin(process.argv),
)
  .scriptName('npm run sample --')
  .usage(
    '$0 [--full] [--out FOLDER]\n\nBuilds the reverse dictionary: definitions, and the words they define.',
  )
  .option('full', {
    type: 'boolean',
    default: false,
    describe: 'all 90,483 documents, not about a fifth of them',
  })
  .option('out', {
    type: 'string',
    requiresArg: true,
    describe: 'folder to write to [default: pipelines/sample, or with --full one in the cache]',
  })
  .strict()
  .version(false)
  .fail((message, error) => refuseAndExit(`sample: ${message ?? error.message}`))
  .parseSync();

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
try {
  const command = full ? 'npm run sample -- --full' : 'npm run sample';
  await buildReverseDictionary({ out, share: full ? 1 : 0.21, command, say, signal: stop.signal });
  say('done; pass this to --data:');
  console.log(out);
} catch (error) {
  if (stop.signal.aborted) {
    say('stopped');
    process.exit(130);
  }
  refuseAndExit(error instanceof Error ? error.message : String(error));
}
