import { shareOf, type Reduction } from './loss.ts';

export interface DistanceTerms {
  readonly value: number;
  readonly terms: Float32Array;
  readonly active: number;
  /** of the value, along each distance */
  readonly slopes: Float64Array;
}

/** One term a distance: `termOf` gives it and its slope. */
export function distanceTerms(
  distances: Float64Array,
  termOf: (distance: number, i: number) => readonly [term: number, slope: number],
  reduction: Reduction,
): DistanceTerms {
  const upstream = shareOf(reduction, distances.length);
  const terms = new Float32Array(distances.length);
  const slopes = new Float64Array(distances.length);
  let [sum, active] = [0, 0];
  for (let i = 0; i < distances.length; i++) {
    const [term, slope] = termOf(distances[i], i);
    terms[i] = term;
    slopes[i] = upstream * slope;
    sum += term;
    if (term > 0) active++;
  }
  return { value: upstream * sum, terms, active, slopes };
}
