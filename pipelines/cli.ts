import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { EVALUATE_OPTIONS, EVALUATE_RUN_IMPLIES } from './evaluate-options.ts';
import { EVALUATE_RUN_OPTIONS } from './evaluate-run-options.ts';
import { givenOnce } from './given-once.ts';
import { stop, toItsEnd } from './to-its-end.ts';

// the files of a command are loaded when it is called: together they take several times as long as all else before a line
const cli = yargs(hideBin(process.argv))
  .scriptName('nearmiss')
  .usage('$0 COMMAND\n\nStreaming metric learning: hard negatives, contrastive losses, retrieval figures.')
  .command(
    'train',
    'Train an adapter of vectors or an encoder of texts, and evaluate before and after',
    async (y) =>
      y
        .options((await import('./train.ts')).TRAIN_OPTIONS)
        .example('$0 train', 'on the sample that comes with nearmiss')
        .example(
          '$0 train --data DIR --epochs 4 --out trained',
          'on a folder of your own, keeping the vectors',
        )
        .example('$0 train --config job.yaml --checkpoints checks --resume', 'a job, from where it was')
        .example('$0 train --encoder texts --pairs pairs.jsonl --dev-pairs dev.jsonl', 'texts of your own'),
    async (options) => (await import('./train.ts')).train(options, stop.signal),
  )
  .command(
    'mine',
    'Write hard negatives for every pair of a split as JSON lines',
    async (y) =>
      y
        .options((await import('./mining/options.ts')).MINE_OPTIONS)
        .example('$0 mine --split train --out negatives.jsonl', 'of the sample')
        .example('$0 mine --relative-margin 0.1 --num-negatives 8 | head -1', 'farther ones, more of them')
        .example(
          '$0 mine --output-format n-tuple --texts --out tuples.jsonl',
          'the columns of sentence-transformers',
        ),
    async (options) => (await import('./mine.ts')).mine(options, stop.signal),
  )
  .command(
    'audit <explained>',
    'Say how mined negatives stand to their positives, and draw a sample to be judged',
    async (y) =>
      y
        .positional('explained', {
          type: 'string',
          demandOption: true,
          describe: 'what `mine --explain` wrote',
        })
        .options((await import('./audit.ts')).AUDIT_OPTIONS)
        .example('$0 audit why.jsonl', 'figures')
        .example('$0 audit why.jsonl --sample 200 --data DIR --out judge.jsonl', 'and a sample to be judged')
        .example('$0 audit why.jsonl --judged judge.jsonl', 'the rate of false negatives'),
    async (options) => (await import('./audit.ts')).audit(options.explained, options, stop.signal),
  )
  .command(
    'embed <in> <out>',
    'Embed the rows or the texts of a file with a model that train wrote, or texts with one of elsewhere',
    async (y) => {
      const { EMBED_CONFLICTS, EMBED_OPTIONS } = await import('./embed.ts');
      return y
        .positional('in', {
          type: 'string',
          demandOption: true,
          describe: 'rows: .npy, .npz, .safetensors, .fvecs or .bvecs; texts: .jsonl, .jsonl.gz or .parquet',
        })
        .positional('out', { type: 'string', demandOption: true, describe: 'a .npy file' })
        .options(EMBED_OPTIONS)
        .conflicts(EMBED_CONFLICTS)
        .example('$0 embed --model trained/model.safetensors --side query asks.npy out.npy', 'new queries')
        .example(
          "$0 embed --text-model e5-small --prefix 'query: ' queries.jsonl out.npy",
          'texts, by a folder',
        );
    },
    async (options) => (await import('./embed.ts')).embed(options.in, options.out, options, stop.signal),
  )
  .command(
    'search',
    'Rank the whole corpus for each query and write the rankings as a TREC run',
    async (y) =>
      y
        .options((await import('./search.ts')).SEARCH_OPTIONS)
        .example('$0 search --split test --out run.txt', 'the stored vectors of the sample')
        .example('$0 search --data DIR --queries asks.npy --depth 10', 'rows of a file against a corpus'),
    async (options) => (await import('./search.ts')).search(options, stop.signal),
  )
  .command(
    'evaluate',
    'Rank the whole corpus for each query of a split and grade the rankings, or grade a run as trec_eval does',
    (y) =>
      y
        .options(EVALUATE_OPTIONS)
        .options(EVALUATE_RUN_OPTIONS)
        .conflicts('qrels', Object.keys(EVALUATE_OPTIONS))
        .implies(EVALUATE_RUN_IMPLIES)
        // -m is given again for each measure
        .parserConfiguration({ 'duplicate-arguments-array': true, 'greedy-arrays': false })
        .check(givenOnce('evaluate', ['measure', 'm']))
        .example('$0 evaluate --split test', 'the stored vectors of the sample')
        .example('$0 evaluate --data DIR --corpus-vectors new.npy --json', 'other vectors, for a script')
        .example('$0 evaluate --qrels qrels.txt --run run.txt -q -m all_trec', 'what trec_eval prints'),
    async ({ qrels, run, ...options }) =>
      qrels === undefined || run === undefined
        ? (await import('./evaluate.ts')).evaluate(options, stop.signal)
        : (await import('./evaluate-run.ts')).evaluateRun({ ...options, qrels, run }, stop.signal),
  )
  .command(
    'compare',
    'Set runs against a baseline: differences with intervals, tests, slices',
    async (y) => {
      const { COMPARE_OPTIONS } = await import('./compare.ts');
      return (
        y
          .options(COMPARE_OPTIONS)
          // --run, -m and --slice are given again and again
          .parserConfiguration({ 'duplicate-arguments-array': true, 'greedy-arrays': false })
          .check(givenOnce('compare', ['run', 'measure', 'm', 'slice']))
          .example('$0 compare --qrels qrels.txt --run old.run --run new.run', 'is the new one better?')
          .example(
            '$0 compare --qrels Q --run A --run B --metadata queries.jsonl --cluster group --slice class',
            'queries of one group resampled together, and figures by class',
          )
      );
    },
    async (options) => (await import('./compare.ts')).compare(options, stop.signal),
  )
  .command(
    'leaks',
    'List what a test split shares with a training split: queries, answers, near-duplicates',
    async (y) =>
      y
        .options((await import('./leaks.ts')).LEAKS_OPTIONS)
        .example('$0 leaks --data DIR', 'of train into test')
        .example(
          '$0 leaks --data DIR --test dev --threshold 0.9',
          'of train into dev, vectors farther apart too',
        ),
    async (options) => (await import('./leaks.ts')).leaks(options, stop.signal),
  )
  .command(
    'split',
    'Divide judgments anew into train, dev and test that share no query and no answer document',
    async (y) =>
      y
        .options((await import('./split.ts')).SPLIT_OPTIONS)
        .example('$0 split --data DIR --out disjoint', 'by connected components of shared answers'),
    async (options) => (await import('./split.ts')).split(options, stop.signal),
  )
  .command(
    'health [file]',
    'Say what embeddings are like: rank, anisotropy, hubness, norms, duplicates',
    async (y) =>
      y
        .positional('file', { type: 'string', describe: 'a .npy file' })
        .options((await import('./health.ts')).HEALTH_OPTIONS)
        .example('$0 health vectors.npy', 'of a file')
        .example('$0 health --data DIR --split train', 'of corpus and queries, and how near pairs are'),
    async (options) => (await import('./health.ts')).health(options.file, options, stop.signal),
  )
  .command(
    'drift <old> <new>',
    'Say how far new embeddings of the same rows have gone from the old ones',
    async (y) =>
      y
        .positional('old', { type: 'string', demandOption: true, describe: 'a .npy file' })
        .positional('new', { type: 'string', demandOption: true, describe: 'a .npy file of as many rows' })
        .options((await import('./drift.ts')).DRIFT_OPTIONS)
        .example('$0 drift corpus.npy retrained.npy', 'may one index hold both?'),
    async (options) => (await import('./drift.ts')).drift([options.old, options.new], options, stop.signal),
  )
  .command(
    'labelled <file>',
    'Grade embeddings by their labels: precision@1, MAP@R, NMI, silhouette',
    async (y) =>
      y
        .positional('file', { type: 'string', demandOption: true, describe: 'a .npy file' })
        .options((await import('./labelled.ts')).LABELLED_OPTIONS)
        .example('$0 labelled test.npy --labels test.jsonl', 'each row among all others, and clusters'),
    async (options) => (await import('./labelled.ts')).labelled(options.file, options, stop.signal),
  )
  .command(
    'fuse',
    'Fuse TREC runs by reciprocal ranks into one',
    async (y) =>
      y
        .options((await import('./fuse.ts')).FUSE_OPTIONS)
        // --run is given again for each run
        .parserConfiguration({ 'duplicate-arguments-array': true, 'greedy-arrays': false })
        .example('$0 fuse --run bm25.txt --run dense.txt --out fused.txt', 'of two rankings'),
    async (options) => (await import('./fuse.ts')).fuse(options, stop.signal),
  )
  .command(
    'metrics [name]',
    'Say what each measure is, and who defines it otherwise',
    (y) =>
      y
        .positional('name', { type: 'string', describe: 'the one measure that is printed' })
        .example('$0 metrics ndcg_cut', 'its definition, and those of other systems'),
    async (options) => (await import('./metrics.ts')).metrics(options),
  )
  .command(
    'losses [name]',
    'List every loss with its inputs and its paper, or one with its options',
    async (y) =>
      y
        .command(
          'choose',
          'Name a loss for what is known of the data, with reasons; ask for what no flag says',
          async (y) =>
            y
              .options((await import('./losses/choose.ts')).CHOOSE_OPTIONS)
              .example('$0 losses choose', 'asks')
              .example('$0 losses choose --supervision values --outliers', 'errors that are far off'),
          async (options) => (await import('./losses/choose.ts')).choose(options),
        )
        .positional('name', { type: 'string', describe: 'the loss that is printed in full' })
        .options((await import('./losses/list.ts')).LIST_OPTIONS)
        .example('$0 losses', 'every loss')
        .example('$0 losses infoNce', 'its inputs, its options and their defaults'),
    async (options) => (await import('./losses/list.ts')).list(options),
  )
  .command(
    'score <loss>',
    'Compute a loss of stored rows, batch after batch, and write its values and exact gradients',
    async (y) => {
      const { INPUT_OPTIONS, SCORE_EPILOGUE, SCORE_OPTIONS } = await import('./score.ts');
      return (
        y
          .positional('loss', {
            type: 'string',
            demandOption: true,
            describe: 'its name in nearmiss: infoNce',
          })
          .options(INPUT_OPTIONS)
          .options(SCORE_OPTIONS)
          // --option is given again for each option
          .parserConfiguration({ 'duplicate-arguments-array': true, 'greedy-arrays': false })
          .example('$0 score infoNce --anchors a.npy --positives p.npy --out scored', 'of two views')
          .epilogue(SCORE_EPILOGUE)
      );
    },
    async (options) => (await import('./score.ts')).score(String(options.loss), options, stop.signal),
  )
  .command(
    'bridge',
    'Answer a trainer in another process on stdin and stdout: losses with gradients, rows, hard negatives',
    async (y) => {
      const { BRIDGE_EPILOGUE, BRIDGE_OPTIONS } = await import('./bridge.ts');
      return y
        .options(BRIDGE_OPTIONS)
        .example('$0 bridge', 'what clients/python starts')
        .epilogue(BRIDGE_EPILOGUE);
    },
    async (options) => (await import('./bridge.ts')).bridge(options, stop.signal),
  )
  .command(
    'serve',
    'Answer other processes over HTTP and a unix socket: losses with gradients, kept rows, hard negatives, metrics',
    async (y) => {
      const { SERVE_EPILOGUE, SERVE_OPTIONS } = await import('./serve.ts');
      return y
        .options(SERVE_OPTIONS)
        .example('$0 serve --port 8080 --store rows', 'HTTP on this machine, rows that stay')
        .example('$0 serve --socket nearmiss.sock', 'for a trainer beside it')
        .epilogue(SERVE_EPILOGUE);
    },
    async (options) => (await import('./serve.ts')).serve(options, stop.signal),
  )
  .command(
    'work',
    'Do the tasks of mine, evaluate, embed and score where these are told --nats, beside other workers',
    async (y) =>
      y
        .options((await import('./work.ts')).WORK_OPTIONS)
        .example('$0 work --nats nats://127.0.0.1:4222', 'one worker; start as many as there are machines'),
    async (options) => (await import('./work.ts')).work(options, stop.signal),
  )
  .demandCommand(
    1,
    'a command must be named (train, embed, mine, audit, search, evaluate, compare, leaks, split, health, drift, labelled, fuse, metrics, losses, score, bridge, serve or work), got none',
  )
  .strict()
  .parserConfiguration({ 'duplicate-arguments-array': false })
  .fail((message, error) => {
    // what yargs refuses has a message, and sometimes an error of its kind; what we refuse an error
    throw error !== undefined && error.name !== 'YError' ? error : refusal(message ?? error.message);
  });

await toItsEnd(async () => {
  try {
    await cli.parseAsync();
  } catch (thrown) {
    // of options that are loaded when they are wanted yargs says so past `fail`
    throw thrown instanceof Error && thrown.name === 'YError' ? refusal(thrown.message) : thrown;
  }
});

/** What yargs says over several lines in one sentence. */
function refusal(message: string): RangeError {
  const said = message.replace(/\s*\n\s*/g, ' ');
  return new RangeError(
    `nearmiss: ${said.replace(/^Not enough non-option.*/, 'LOSS must be named, got none')}`,
  );
}
