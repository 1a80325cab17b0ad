import { expect, it } from 'vitest';
import { HEADING, jsonLine, tableLine } from '../../bench/rows.ts';

const own = {
  task: 'nt-xent',
  rows: 4096,
  cols: 256,
  threads: 2,
  ours_ms: 60,
  limit_share: 0.9,
  peak_mb: 120.4,
  rounds: 5,
  ours_spread: 0.02,
};

it('has a column under each heading', () => {
  const against = { peer: 'torch', peer_ms: 270, ratio: 4.5, max_error: 1.23e-6, peer_form: 'cross_entropy' };
  const line = tableLine({ ...own, ...against, peer_spread: 0.1, peer_peak_mb: 800 });
  const at = (title: string) =>
    line
      .slice(HEADING.indexOf(title))
      .trim()
      .split(/\s{2,}/)[0];
  expect(['task', 'peer', 'peer_form'].map(at)).toEqual(['nt-xent', 'torch', 'cross_entropy']);
  expect(line.split(/\s{2,}/)).toEqual(
    ['nt-xent', '4096', '256', '2', '60.0', '2 %', 'torch', 'cross_entropy'].concat([
      '270.0',
      '10 %',
      '4.50',
      '90 %',
      '1.2e-6',
      '120',
      '800',
    ]),
  );
});

it('leaves open what only a peer would tell', () => {
  expect(
    tableLine(own)
      .split(/\s{2,}/)
      .slice(6),
  ).toEqual(['-', '-', '-', '-', '-', '90 %', '-', '120', '-']);
});

it('prints null for what there is not, so that every line has every field', () => {
  expect(jsonLine({ ...own, peer: undefined })).toContain('"peer":null');
});
