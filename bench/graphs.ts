import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { checkWhole, refuse } from '../src/core/check.ts';
import { matrix, type Matrix } from '../src/core/matrix.ts';
import { squaredEuclidean } from '../src/distances/squared-euclidean.ts';
import { kernels } from '../src/kernels/active.ts';
import { indexRecall } from '../src/metrics/index-recall.ts';
import { exact } from '../src/neighbors/exact.ts';
import { hnsw } from '../src/neighbors/hnsw.ts';
import { median } from './clock.ts';
import { type GraphPeer, startGraphPeer } from './graph-peer.ts';

const FASHION = '/usr/share/datasets/fashion-mnist';

export const GRAPHS_OPTIONS = {
  threads: { type: 'number', describe: 'of ours and of every peer', default: 1, requiresArg: true },
  rounds: { type: 'number', describe: 'timed searches, which take turns', default: 5, requiresArg: true },
  builds: { type: 'number', describe: 'timed builds, which take turns', default: 1, requiresArg: true },
  rows: {
    type: 'number',
    describe: 'of the 60,000 images, for a shorter run',
    default: 60_000,
    requiresArg: true,
  },
  data: { type: 'string', describe: 'folder of Fashion-MNIST', default: FASHION, requiresArg: true },
} as const;

export interface GraphsOptions {
  readonly threads: number;
  readonly rounds: number;
  readonly builds: number;
  readonly rows: number;
  readonly data: string;
}

const [M, EF_CONSTRUCTION, K, QUERIES] = [16, 200, 10, 1000] as const;
const DIM = 784;
const LADDER = [10, 12, 14, 17, 20, 25, 30, 36, 43, 52, 62, 75, 90, 110];
const RECALLS = [0.95, 0.99] as const;

/** hnsw against hnswlib-node and Debian's python3-hnswlib on Fashion-MNIST: same M and efConstruction, at the ef that has the recall. */
export async function graphs({ threads, rounds, builds, rows, data }: GraphsOptions): Promise<void> {
  for (const [name, value] of Object.entries({ threads, rounds, builds, rows })) {
    checkWhole('bench graphs', `--${name}`, value, 1);
  }
  const folder = mkdtempSync(join(tmpdir(), 'nearmiss-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const stored = images(join(data, 'train-images-idx3-ubyte.gz'), rows);
  const queries = images(join(data, 't10k-images-idx3-ubyte.gz'), QUERIES);
  writeFileSync(join(folder, 'rows.f32'), stored.data);
  writeFileSync(join(folder, 'queries.f32'), queries.data);
  const truth = await nearest(stored, queries);

  const given = { folder, dim: DIM, threads };
  const peers = [
    startGraphPeer('ours', given),
    ...(threads === 1 ? [startGraphPeer('hnswlib-node', given)] : []),
    startGraphPeer('python3-hnswlib', given),
  ];
  console.log(
    `# Fashion-MNIST ${stored.rows} x ${DIM}, M ${M}, efConstruction ${EF_CONSTRUCTION}, ${threads} threads, ${kernels.name}`,
  );
  try {
    const built = await inTurn(peers, builds, (peer) => peer.build(M, EF_CONSTRUCTION));
    const [ours] = built;
    peers.forEach(({ name }, p) => {
      const seconds = median(built[p]);
      console.log(
        `build        ${name.padEnd(22)} ${seconds.toFixed(1).padStart(8)} s   ours ${(seconds / median(ours)).toFixed(2)}x`,
      );
    });
    for (const wanted of RECALLS) {
      const chosen: Chosen[] = [];
      for (const peer of peers) chosen.push(await narrowest(peer, truth, wanted));
      const times = await inTurn(
        peers,
        rounds,
        async (peer, p) => (await peer.search(chosen[p].ef, K)).seconds,
      );
      const base = median(times[0]);
      peers.forEach(({ name }, p) => {
        const { ef, recall } = chosen[p];
        const rate = (QUERIES / median(times[p])).toFixed(0).padStart(8);
        const ratio = (median(times[p]) / base).toFixed(2);
        console.log(
          `recall ${wanted}  ${name.padEnd(22)} ${rate} q/s  ef ${String(ef).padStart(3)}  recall ${recall.toFixed(4)}  ours ${ratio}x`,
        );
      });
    }
  } finally {
    for (const peer of peers) peer.end();
  }
  await withoutOwnClass(stored, queries, data);
}

/** Searches that pass over all rows of the query's class, which are a tenth of all and the nearest. */
async function withoutOwnClass(stored: Matrix, queries: Matrix, data: string): Promise<void> {
  const classes = labels(join(data, 'train-labels-idx1-ubyte.gz'), stored.rows);
  const queryClass = labels(join(data, 't10k-labels-idx1-ubyte.gz'), queries.rows);
  const index = hnsw({ dim: DIM, distance: squaredEuclidean, M, efConstruction: EF_CONSTRUCTION });
  await index.add(
    stored,
    Uint32Array.from({ length: stored.rows }, (_, i) => i),
    classes,
  );
  await index.refresh();
  const truth = await index.search(queries, K, { exclude: { queryClass }, exact: true });
  for (const ef of [50, 100, 200]) {
    const begun = performance.now();
    const found = await index.search(queries, K, { exclude: { queryClass }, ef });
    const rate = (QUERIES / (performance.now() - begun)) * 1000;
    const values = indexRecall(found, truth);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    console.log(
      `without the query's class  ef ${String(ef).padStart(3)}  recall ${mean.toFixed(4)}  ${rate.toFixed(0).padStart(6)} q/s`,
    );
  }
}

function labels(file: string, most: number): Int32Array {
  return Int32Array.from(gunzipSync(readFileSync(file)).subarray(8, 8 + most));
}

function images(file: string, most: number): Matrix {
  if (!existsSync(file))
    refuse('bench graphs', '--data must have Fashion-MNIST (Debian: dataset-fashion-mnist)', `no ${file}`);
  const pixels = gunzipSync(readFileSync(file)).subarray(16);
  const rows = Math.min(most, pixels.length / DIM);
  return matrix(rows, DIM, Float32Array.from(pixels.subarray(0, rows * DIM)));
}

async function nearest(stored: Matrix, queries: Matrix): Promise<readonly Set<number>[]> {
  const index = exact({ dim: DIM, distance: squaredEuclidean });
  await index.add(
    stored,
    Uint32Array.from({ length: stored.rows }, (_, i) => i),
  );
  const { ids } = await index.search(queries, K);
  return Array.from({ length: queries.rows }, (_, q) => new Set(ids.subarray(q * K, (q + 1) * K)));
}

interface Chosen {
  readonly ef: number;
  readonly recall: number;
}

/** The smallest ef of the ladder whose recall is as wanted. */
async function narrowest(peer: GraphPeer, truth: readonly Set<number>[], wanted: number): Promise<Chosen> {
  for (const ef of LADDER) {
    const { ids } = await peer.search(ef, K);
    const hits = truth.map((near, q) => ids.subarray(q * K, (q + 1) * K).filter((id) => near.has(id)).length);
    const recall = hits.reduce((sum, count) => sum + count, 0) / truth.length / K;
    if (recall >= wanted) return { ef, recall };
  }
  return refuse(
    `bench graphs: ${peer.name}`,
    `its recall must reach ${wanted} by ef ${LADDER[LADDER.length - 1]}`,
    'less',
  );
}

/** For each peer its rounds' seconds. */
async function inTurn(
  peers: readonly GraphPeer[],
  rounds: number,
  one: (peer: GraphPeer, p: number) => Promise<number>,
): Promise<number[][]> {
  const times = peers.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [p, peer] of peers.entries()) times[p].push(await one(peer, p));
  }
  return times;
}
