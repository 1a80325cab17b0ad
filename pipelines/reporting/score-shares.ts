import { mean } from '../../src/metrics/mean.ts';
import type { Scores } from './evaluation.ts';
import type { Sightings } from './sightings.ts';

const BINS = 40;

/** How scores of relevant documents lie to those of others. NaN stands for none and is not counted. */
export function scoreShares({ positives, nearestMisses, atRandom }: Sightings): Scores {
  const scored = {
    relevant: positives.flatMap((each) => each.map(({ score }) => score)),
    'nearest miss': [...nearestMisses].filter((score) => !Number.isNaN(score)),
    random: [...atRandom].filter((score) => !Number.isNaN(score)),
  };
  const [low, high] = range(Object.values(scored).flat());
  const edges = Array.from({ length: BINS + 1 }, (_, b) => low + ((high - low) * b) / BINS);
  const sharesOf = (scores: readonly number[]): number[] => {
    const shares = edges.slice(1).map(() => 0);
    for (const score of scores) {
      const bin = Math.floor((BINS * (score - low)) / (high - low));
      shares[Math.min(BINS - 1, Math.max(0, bin))] += 1 / scores.length;
    }
    return shares;
  };
  return {
    edges,
    shares: {
      relevant: sharesOf(scored.relevant),
      'nearest miss': sharesOf(scored['nearest miss']),
      random: sharesOf(scored.random),
    },
    means: {
      relevant: mean(scored.relevant),
      'nearest miss': mean(scored['nearest miss']),
      random: mean(scored.random),
    },
  };
}

/** The least and the greatest; somewhat apart where they are the same, or there is none. */
function range(values: readonly number[]): readonly [low: number, high: number] {
  const [low, high] = values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
  if (low > high) return [0, 1];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}
