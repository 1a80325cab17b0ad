import { idsOf, labelsOf, matrixOf, numberOf, tuplesOf, wordOf } from '../catalog/input.ts';
import { listsOfPairs } from '../catalog/inputs.ts';
import { type Described, number, numberOr, oneOf, optionsFrom } from '../catalog/option.ts';
import { refuse } from '../core/check.ts';
import { nearMisses } from '../miners/near-misses.ts';
import type { MiningOptions } from '../miners/mining-options.ts';
import { givenIn, optionTexts } from './columns.ts';
import { checkK } from './limits.ts';
import type { Message, NamedArray } from './message.ts';
import { indexFor, type Service } from './service.ts';

const ANCHORS = matrixOf('anchors', 'what negatives are for');
const POSITIVES = matrixOf('positives', 'what is right for each anchor');
const IDS = idsOf('ids', 'which item each positive is');
const LABELS = labelsOf('labels', 'the class of each item');
const KNOWN = tuplesOf('known', "an anchor's row and an id that is right for it", 'known');
const QUERY_IDS = idsOf('queryIds', 'which query each anchor is: draws depend on it');
const STEP = numberOf('step', 'draws of another step are other ones');
const WITH_ROWS = wordOf('withRows', 'the stored rows of the negatives are answered too');

export const MINE_INPUTS = [ANCHORS, POSITIVES, IDS, LABELS, KNOWN, QUERY_IDS, STEP, WITH_ROWS];

/** What of `MiningOptions` is no function, as texts. */
export const MINE_OPTIONS: Described<
  Omit<MiningOptions, 'words' | 'rescore' | 'guide' | 'guideMargin' | 'candidates'>
> = {
  negatives: number(4),
  rangeMin: number(0),
  rangeMax: number(),
  maxScore: number(),
  minScore: number(),
  absoluteMargin: number(),
  relativeMargin: numberOr('none', 0.05),
  sameClass: oneOf(['drop', 'keep'], 'drop'),
  rank: oneOf(['raw', 'filtered'], 'raw'),
  positive: oneOf(['own', 'min'], 'own'),
  budget: number(),
  sampling: oneOf(['top', 'random', 'weighted'], 'top'),
  temperature: number(0.05),
  seed: number(0),
  compat: oneOf(['sentence-transformers']),
  mostPositives: number(1),
};

/**
 * The stored rows each anchor is most easily confused with, as `nearMisses` finds them: `negativeIds`, an anchor's together, in
 * `owned` how many each has, and what they and the positives score.
 */
export async function mine(service: Service, request: Message, signal?: AbortSignal): Promise<Message> {
  const { need, find } = givenIn('mine', MINE_INPUTS, request);
  const options = optionsFrom('mine', MINE_OPTIONS, optionTexts('mine', request));
  const [anchors, positives, ids, known] = [need(ANCHORS), need(POSITIVES), need(IDS), find(KNOWN)];
  checkCandidates(service, anchors.rows, options);
  const drawn = find(QUERY_IDS) !== undefined || find(STEP) !== undefined;
  const batch = {
    anchors,
    positives,
    ids,
    labels: find(LABELS),
    known: known && listsOfPairs('mine', 'known', known, anchors.rows),
  };
  const draws = drawn ? { queryIds: need(QUERY_IDS), step: find(STEP) } : undefined;
  const mined = await ofOneMoment(
    service,
    async () => nearMisses(indexFor(service, anchors.cols), options)(batch, draws),
    signal,
  );
  const { negatives, owned, negativeIds, negativeScores, negativeRanks, positiveScores } = mined;
  const arrays = new Map<string, NamedArray>();
  for (const [name, data] of Object.entries({
    negativeIds,
    owned,
    negativeScores,
    negativeRanks,
    positiveScores,
  })) {
    arrays.set(name, { shape: [data.length], data });
  }
  if (find(WITH_ROWS) === true) {
    arrays.set('negatives', { shape: [negatives.rows, negatives.cols], data: negatives.data });
  }
  return { header: {}, arrays };
}

/** What is looked at for each anchor takes memory, whatever is found. */
function checkCandidates({ limits, most }: Service, anchors: number, options: Partial<MiningOptions>): void {
  for (const name of ['negatives', 'rangeMin', 'rangeMax', 'budget', 'mostPositives'] as const)
    checkK('mine', name, limits, options[name]);
  const { negatives = 4, budget = 1024 } = options;
  const bytes = 8 * anchors * Math.max(negatives, Math.min(budget, limits.k));
  if (limits.k < Infinity && bytes > most)
    refuse(
      'mine',
      `what is looked at, 8 bytes a candidate of the budget, must be at most ${most} bytes`,
      bytes,
    );
}

/** Times that work on rows is begun again because they have changed, before changes wait for it. */
const TRIES = 3;

/** Work that looks twice at stored rows, which fails where one that it found is gone when it is read. */
async function ofOneMoment<Result>(
  service: Service,
  work: () => Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  for (let tried = 0; tried < TRIES; tried++) {
    const before = service.changes;
    try {
      return await service.working.run(work, signal);
    } catch (error) {
      if (!(error instanceof RangeError) || service.changes === before) throw error;
    }
  }
  return service.writing.run(() => service.working.run(work, signal), signal);
}
