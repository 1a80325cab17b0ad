import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { banking77, BANKING77_OPTIONS } from './banking77.ts';
import { CLUSTER_BENCH_OPTIONS, clusterBench } from './cluster.ts';
import { churn, CHURN_OPTIONS } from './churn.ts';
import { core, CORE_OPTIONS } from './core.ts';
import { coreTask } from './core-task.ts';
import { EVALUATE_BENCH_OPTIONS, evaluateBench, evaluateTask } from './evaluate.ts';
import { LARGE_OPTIONS, evaluateLarge } from './evaluate-large.ts';
import { graphs, GRAPHS_OPTIONS } from './graphs.ts';
import { labelled, LABELLED_OPTIONS, labelledTruth } from './labelled.ts';
import { miners, MINERS_OPTIONS } from './miners.ts';
import { mining, MINING_OPTIONS, miningTask } from './mining.ts';
import { overlap } from './overlap.ts';
import { reverseDictionary, REVERSE_DICTIONARY_OPTIONS } from './reverse-dictionary.ts';
import { stream, STREAM_OPTIONS } from './stream.ts';
import { steps, STEPS_OPTIONS, stepsTask } from './steps.ts';
import { SERVICE_OPTIONS, serviceBench } from './service.ts';
import { trec, TREC_OPTIONS } from './trec.ts';

const bench = yargs(hideBin(process.argv))
  .scriptName('bench')
  .usage('npm run bench -- COMMAND')
  .command(
    'core',
    'Losses and searches against PyTorch and faiss',
    (y) => y.options(CORE_OPTIONS),
    (options) => core(options),
  )
  .command(
    'graphs',
    'hnsw against hnswlib-node and python3-hnswlib on Fashion-MNIST',
    (y) => y.options(GRAPHS_OPTIONS),
    (options) => graphs(options),
  )
  .command(
    'churn',
    'hnsw whose rows are replaced again and again, against one that is built anew',
    (y) => y.options(CHURN_OPTIONS),
    (options) => churn(options),
  )
  .command(
    'cluster',
    'Mining and evaluating the full reverse dictionary by workers, beside one process',
    (y) => y.options(CLUSTER_BENCH_OPTIONS),
    (options) => clusterBench(options),
  )
  .command(
    'miners',
    'Miners within a batch against its hardest triplets',
    (y) => y.options(MINERS_OPTIONS),
    (options) => miners(options),
  )
  .command(
    'reverse-dictionary',
    'What the jobs in docs/jobs reach on the full reverse dictionary, seed by seed, and what mining adds',
    (y) => y.options(REVERSE_DICTIONARY_OPTIONS),
    (options) => reverseDictionary(options),
  )
  .command(
    'stream',
    'The memory of a training from a pipe, minute by minute',
    (y) => y.options(STREAM_OPTIONS),
    (options) => stream(options),
  )
  .command('overlap', 'What a training waits for: reading, steps, checkpoints', {}, () => overlap())
  .command(
    'core-task',
    // what `core` starts for each task
    false,
    (y) =>
      y.options({
        ...CORE_OPTIONS,
        index: { type: 'number', demandOption: true },
        folder: { type: 'string', demandOption: true },
        torch: { type: 'string' },
        faiss: { type: 'string' },
      }),
    (options) => coreTask(options),
  )
  .command(
    'labelled',
    'Losses of labelled rows against supCon',
    (y) => y.options(LABELLED_OPTIONS),
    (options) => labelled(options),
  )
  .command('labelled-truth', false, {}, () => labelledTruth())
  .command(
    'mining',
    'Hard negatives under a margin against numpy and faiss, and the memory of nearmiss mine',
    (y) => y.options(MINING_OPTIONS),
    (options) => mining(options),
  )
  .command(
    'mining-task',
    // what `mining` starts
    false,
    (y) => y.options(MINING_OPTIONS),
    (options) => miningTask(options),
  )
  .command(
    'evaluate',
    'An exact evaluation of the full reverse dictionary against faiss and numpy, and its memory',
    (y) => y.options(EVALUATE_BENCH_OPTIONS),
    (options) => evaluateBench(options),
  )
  .command(
    'evaluate-task',
    // what `evaluate` starts
    false,
    (y) => y.options(EVALUATE_BENCH_OPTIONS),
    (options) => evaluateTask(options),
  )
  .command(
    'evaluate-large',
    'Memory and figures of an evaluation on a corpus that is made for it, by chunks of several sizes',
    (y) => y.options(LARGE_OPTIONS),
    (options) => evaluateLarge(options),
  )
  .command(
    'banking77',
    'What training on labelled rows reaches on intents it did not see, and from texts beside TF-IDF',
    (y) => y.options(BANKING77_OPTIONS),
    (options) => banking77(options),
  )
  .command(
    'steps',
    'Training steps against PyTorch',
    (y) => y.options(STEPS_OPTIONS),
    (options) => steps(options),
  )
  .command(
    'steps-task',
    // what `steps` starts for each job
    false,
    (y) => y.options({ ...STEPS_OPTIONS, index: { type: 'number', demandOption: true } }),
    (options) => stepsTask(options),
  )
  .command(
    'service',
    'What a program in Python pays for asking nearmiss serve, over the same call in process; or a long run of many clients',
    (y) => y.options(SERVICE_OPTIONS),
    (options) => serviceBench(options),
  )
  .command(
    'trec',
    'Grading TREC runs against trec_eval',
    (y) => y.options(TREC_OPTIONS),
    (options) => trec(options),
  )
  .demandCommand(
    1,
    'a command must be named (core, graphs, churn, cluster, miners, labelled, mining, evaluate, evaluate-large, banking77, steps, stream, overlap, reverse-dictionary, service or trec), got none',
  )
  .strict()
  .fail((message, error) => {
    throw error ?? new RangeError(`bench: ${message}`);
  });

try {
  await bench.parseAsync();
} catch (error) {
  console.error(error instanceof RangeError ? error.message : error);
  process.exitCode = 2;
}
