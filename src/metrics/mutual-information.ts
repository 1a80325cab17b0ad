import { checkOneOf } from '../core/check.ts';
import { contingency, type Contingency } from './contingency.ts';

export interface NormalizationOptions {
  /** The mean of the two entropies that is divided by, or the larger of them. @default 'arithmetic' */
  readonly average?: 'arithmetic' | 'geometric' | 'max';
}

/** Less than this is rounding. */
const NONE = 2 ** -52;

/**
 * I = Σ n_ij / n · log(n · n_ij / (a_i b_j)) over the rows n_ij that class i, of a_i rows, and cluster j, of b_j, share: in nats, what a cluster
 * tells of the class.
 *
 * In [0, log of the number of classes]; NaN without rows. Names of classes and clusters mean nothing, in all of these.
 *
 * @throws RangeError if the lengths differ
 * @see Cover and Thomas, "Elements of information theory", 1991; scikit-learn's mutual_info_score
 */
export function mutualInformation(labels: ArrayLike<number>, clusters: ArrayLike<number>): number {
  const table = contingency('mutualInformation', labels, clusters);
  return table.rows === 0 ? NaN : informationOf(table);
}

/**
 * NMI = I / mean of the entropies of classes and clusters.
 *
 * In [0, 1]: 1 where each is the other renamed (one class and one cluster too), 0 where they are independent. NaN without rows. It rises
 * with the number of clusters, chance or not; `adjustedMutualInformation` does not.
 *
 * @throws RangeError if the lengths differ
 * @see Strehl and Ghosh, "Cluster ensembles", 2002 (geometric); scikit-learn's normalized_mutual_info_score and pytorch-metric-learning's NMI (arithmetic)
 */
export function normalizedMutualInformation(
  labels: ArrayLike<number>,
  clusters: ArrayLike<number>,
  { average = 'arithmetic' }: NormalizationOptions = {},
): number {
  checkOneOf('normalizedMutualInformation', 'average', average, ['arithmetic', 'geometric', 'max']);
  const table = contingency('normalizedMutualInformation', labels, clusters);
  if (table.rows === 0) return NaN;
  if (isRenaming(table)) return 1;
  const information = informationOf(table);
  return information < NONE ? 0 : Math.min(1, information / averageEntropy(table, average));
}

/**
 * AMI = (I - E[I]) / (mean of the entropies - E[I]), E[I] being what classes and clusters of these sizes have in common by chance.
 *
 * At most 1, and 1 where each is the other renamed; about 0 for chance, and below it for less. NaN without rows. Takes
 * steps for each pair of sizes that occur.
 *
 * @throws RangeError if the lengths differ
 * @see Vinh, Epps and Bailey, "Information theoretic measures for clusterings comparison", 2010, eq. 24a; scikit-learn's adjusted_mutual_info_score
 */
export function adjustedMutualInformation(
  labels: ArrayLike<number>,
  clusters: ArrayLike<number>,
  { average = 'arithmetic' }: NormalizationOptions = {},
): number {
  checkOneOf('adjustedMutualInformation', 'average', average, ['arithmetic', 'geometric', 'max']);
  const table = contingency('adjustedMutualInformation', labels, clusters);
  if (table.rows === 0) return NaN;
  if (isRenaming(table)) return 1;
  const expected = expectedInformation(table);
  const room = averageEntropy(table, average) - expected;
  // where chance leaves no room either side of it, agreement is by chance alone
  const divisor = room < 0 ? Math.min(room, -NONE) : Math.max(room, NONE);
  return (informationOf(table) - expected) / divisor;
}

/** How alike classes and clusters are, from both sides. */
export interface VMeasure {
  /** 1 - H(class | cluster) / H(class): whether a cluster has rows of one class alone; 1 of a single class */
  readonly homogeneity: number;
  /** 1 - H(cluster | class) / H(cluster): whether a class is in one cluster alone; 1 of a single cluster */
  readonly completeness: number;
  /** 2 h c / (h + c): the arithmetic NMI */
  readonly vMeasure: number;
}

/**
 * Homogeneity, completeness and the V-measure, each in [0, 1]; NaN without rows.
 *
 * @throws RangeError if the lengths differ
 * @see Rosenberg and Hirschberg, "V-measure", 2007
 */
export function vMeasure(labels: ArrayLike<number>, clusters: ArrayLike<number>): VMeasure {
  const table = contingency('vMeasure', labels, clusters);
  if (table.rows === 0) return { homogeneity: NaN, completeness: NaN, vMeasure: NaN };
  const information = informationOf(table);
  const share = (entropy: number) => (entropy === 0 ? 1 : Math.min(1, information / entropy));
  const [homogeneity, completeness] = [share(entropyOf(table.classes)), share(entropyOf(table.clusters))];
  const sum = homogeneity + completeness;
  return { homogeneity, completeness, vMeasure: sum === 0 ? 0 : (2 * homogeneity * completeness) / sum };
}

/** Each class with a cluster of its own. */
function isRenaming({ classes, clusters, cells }: Contingency): boolean {
  return cells.length === classes.length && cells.length === clusters.length;
}

function informationOf({ rows, classes, clusters, cells }: Contingency): number {
  const sum = cells.reduce((total, cell) => {
    const [a, b] = [classes[cell.class], clusters[cell.cluster]];
    return total + (cell.count / rows) * (Math.log(rows / a) + Math.log(cell.count / b));
  }, 0);
  return Math.max(0, sum);
}

/** -Σ p log p */
function entropyOf(sizes: Uint32Array): number {
  const rows = sizes.reduce((sum, size) => sum + size, 0);
  return sizes.length === 1 ? 0 : sizes.reduce((sum, size) => sum - (size / rows) * Math.log(size / rows), 0);
}

function averageEntropy(
  { classes, clusters }: Contingency,
  average: NonNullable<NormalizationOptions['average']>,
): number {
  const [a, b] = [entropyOf(classes), entropyOf(clusters)];
  if (average === 'max') return Math.max(a, b);
  return average === 'geometric' ? Math.sqrt(a * b) : (a + b) / 2;
}

/** Of rows dealt at random to classes and clusters of these sizes: each pair shares a hypergeometric number of them. */
function expectedInformation({ rows, classes, clusters }: Contingency): number {
  const logFactorial = new Float64Array(rows + 1);
  for (let n = 2; n <= rows; n++) logFactorial[n] = logFactorial[n - 1] + Math.log(n);
  let expected = 0;
  for (const [a, timesA] of multiplicities(classes)) {
    for (const [b, timesB] of multiplicities(clusters)) {
      const ways =
        logFactorial[a] +
        logFactorial[b] +
        logFactorial[rows - a] +
        logFactorial[rows - b] -
        logFactorial[rows];
      let sum = 0;
      for (let shared = Math.max(1, a + b - rows); shared <= Math.min(a, b); shared++) {
        const probability = Math.exp(
          ways -
            logFactorial[shared] -
            logFactorial[a - shared] -
            logFactorial[b - shared] -
            logFactorial[rows - a - b + shared],
        );
        sum += (shared / rows) * (Math.log(rows / a) + Math.log(shared / b)) * probability;
      }
      expected += timesA * timesB * sum;
    }
  }
  return expected;
}

/** Each size, and how many have it. */
function multiplicities(sizes: Uint32Array): Map<number, number> {
  const times = new Map<number, number>();
  for (const size of sizes) times.set(size, (times.get(size) ?? 0) + 1);
  return times;
}
