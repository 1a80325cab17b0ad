import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import yargs from 'yargs';
import { EVALUATE_RUN_OPTIONS } from '../../pipelines/evaluate-run-options.ts';
import { givenOnce } from '../../pipelines/given-once.ts';
import { plainRunOptions } from '../../pipelines/plain-run-options.ts';

/** What yargs reads, without its aliases in other spellings; undefined if it refuses. */
function byYargs(words: readonly string[]): Record<string, unknown> | undefined {
  try {
    const read: Record<string, unknown> = yargs([...words])
      .options(EVALUATE_RUN_OPTIONS)
      .parserConfiguration({ 'duplicate-arguments-array': true, 'greedy-arrays': false })
      .check(givenOnce('evaluate', ['measure', 'm']))
      .strict()
      .help(false)
      .version(false)
      .exitProcess(false)
      .fail((message, error) => {
        throw error ?? new RangeError(message);
      })
      .parseSync();
    const known = Object.keys(EVALUATE_RUN_OPTIONS).filter((name) => read[name] !== undefined);
    return Object.fromEntries(known.map((name) => [name, read[name]]));
  } catch {
    return undefined;
  }
}

const FILES = ['--qrels', 'q.txt', '--run', 'r.txt'];

describe('plainRunOptions', () => {
  it.each([
    [[], {}],
    [['-q', '-m', 'all_trec'], { 'per-query': true, measure: ['all_trec'] }],
    [
      ['-qc', '-m', 'map', '--measure=P.5', '-M10'],
      { 'per-query': true, complete: true, measure: ['map', 'P.5'], most: 10 },
    ],
    [['-l', '2', '-J', '-N', '7'], { level: 2, 'judged-only': true, collection: 7 }],
    [['--digits', '15'], { digits: 15 }],
  ])('reads %j', (words, options) => {
    const expected = { qrels: 'q.txt', run: 'r.txt', ...options };
    expect(plainRunOptions([...FILES, ...words])).toEqual(expected);
    expect(byYargs([...FILES, ...words])).toEqual(expected);
  });

  it('reads as yargs does, or leaves it to yargs', () => {
    const word = fc.constantFrom(
      '-q',
      '-c',
      '-J',
      '-qc',
      '-l',
      '-l2',
      '-l=2',
      '-M',
      '-N',
      '-m',
      '-mmap',
      '-m=map',
      '--measure',
      '--most=3',
      '--level',
      '--no-complete',
      '--complete=false',
      '--perQuery',
      '--digits',
      '--help',
      '1',
      '007',
      '1e2',
      '0x2',
      '-1',
      '',
      'map',
      'P.5,10',
      '"map"',
      "'P.5'",
      'true',
      'false',
      '--',
      '-',
      '--qrels',
      '--run',
      '--unknown',
      '-x',
      'a b',
      '-qm',
      '-cM4',
      '--split',
      '--json',
      '-ml',
      '-l.5',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (words) => {
        const [ours, theirs] = [plainRunOptions([...FILES, ...words]), byYargs([...FILES, ...words])];
        const attached = words.some((text) => /^-m./.test(text));
        if (ours !== undefined && !(attached && theirs === undefined)) expect(theirs).toEqual(ours);
      }),
      { numRuns: 500 },
    );
  });

  it('reads -mmap, as trec_eval does and yargs does not', () => {
    expect(plainRunOptions([...FILES, '-mmap', '-mP.5'])?.measure).toEqual(['map', 'P.5']);
  });

  it.each([[['--qrels', 'q']], [['-l', '1', '-l', '2']], [['--help']], [['-l', 'x']], [['--split', 'test']]])(
    'leaves %j to yargs',
    (words) => expect(plainRunOptions(words)).toBe(undefined),
  );
});
