import { refuse } from '../core/check.ts';
import type { GraphParts } from '../kernels/native/graph.ts';

/**
 * Looks through what a file says a graph is, before any of it is walked: each list no longer than it may be, each link a node's that
 * is on that level, searches beginning at the top.
 *
 * @throws RangeError naming the file and the node
 */
export function checkGraph(path: string, { levels, lowest, upper, entry }: GraphParts, M: number): void {
  const nodes = levels.length;
  const wrong = (what: string): never => refuse(path, 'must be a sound graph', what);
  const checkList = (links: Uint32Array, at: number, most: number, node: number, level: number): void => {
    if (links[at] > most) wrong(`${links[at]} links of node ${node} on level ${level}, at most ${most}`);
    for (let e = at + 1; e <= at + links[at]; e++) {
      if (links[e] >= nodes) wrong(`a link of node ${node} to ${links[e]}, of ${nodes} nodes`);
      if (levels[links[e]] < level)
        wrong(`a link of node ${node} on level ${level} to ${links[e]}, which is not on it`);
      if (links[e] === node) wrong(`a link of node ${node} to itself`);
    }
  };
  if (lowest.length !== nodes * (1 + 2 * M)) wrong(`${lowest.length} numbers on the lowest level`);
  let lists = 0;
  for (const level of levels) lists += level;
  if (upper.length !== lists * (1 + M)) wrong(`${upper.length} numbers on the upper levels`);
  let at = 0;
  for (let node = 0; node < nodes; node++) {
    checkList(lowest, node * (1 + 2 * M), 2 * M, node, 0);
    for (let level = 1; level <= levels[node]; level++, at += 1 + M) checkList(upper, at, M, node, level);
  }
  if (!Number.isInteger(entry) || entry < -1 || entry >= nodes) wrong(`searches that begin at node ${entry}`);
  const top = levels.reduce((most, level) => Math.max(most, level), 0);
  if (entry >= 0 && levels[entry] !== top) wrong(`searches that begin below level ${top}`);
}
