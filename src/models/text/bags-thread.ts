// What a thread of `threadedBags` runs: texts come in, and bags go out, whose arrays are handed over and not copied.
import { parentPort, workerData } from 'node:worker_threads';
import { textBags, type Vocabulary } from './vocabulary.ts';

const vocabulary: Vocabulary = workerData;
const bagsOf = textBags(vocabulary);

parentPort?.on('message', (texts: readonly string[]) => {
  const bags = bagsOf(texts);
  const arrays = [bags.offsets, bags.ids, bags.weights];
  parentPort?.postMessage(
    bags,
    arrays.flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : [])),
  );
});
