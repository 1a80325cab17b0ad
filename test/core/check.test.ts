import { describe, expect, it } from 'vitest';
import {
  checkEqual,
  checkFinite,
  checkLabels,
  checkNonNegative,
  checkPositive,
  checkShare,
  checkWhole,
  refuse,
  refuseEntry,
} from '../../src/core/check.ts';
import { fromRows } from '../../src/core/matrix.ts';

const refusals: readonly [sentence: string, check: () => void][] = [
  ['here: it must be there, got nothing', () => refuse('here', 'it must be there', 'nothing')],
  ['triplet: margin must be a finite number > 0, got 0', () => checkPositive('triplet', 'margin', 0)],
  [
    'triplet: margin must be a finite number > 0, got Infinity',
    () => checkPositive('triplet', 'margin', Infinity),
  ],
  ['triplet: margin must be a finite number > 0, got NaN', () => checkPositive('triplet', 'margin', NaN)],
  ['adamW: decay must be a finite number >= 0, got -0.5', () => checkNonNegative('adamW', 'decay', -0.5)],
  ['adamW: decay must be a finite number >= 0, got NaN', () => checkNonNegative('adamW', 'decay', NaN)],
  [
    'blended: weight must be a finite number, got -Infinity',
    () => checkFinite('blended', 'weight', -Infinity),
  ],
  ['adamW: beta1 must be a number in [0, 1), got 1', () => checkShare('adamW', 'beta1', 1)],
  ['adamW: beta1 must be a number in [0, 1), got -0.1', () => checkShare('adamW', 'beta1', -0.1)],
  ['adamW: beta1 must be a number in [0, 1), got NaN', () => checkShare('adamW', 'beta1', NaN)],
  ['pairs: rows must be a whole number >= 1, got 0', () => checkWhole('pairs', 'rows', 0, 1)],
  ['pairs: rows must be a whole number >= 1, got 2.5', () => checkWhole('pairs', 'rows', 2.5, 1)],
  ['matrix: rows must be a whole number >= 0, got -1', () => checkWhole('matrix', 'rows', -1)],
  [
    'matrix: rows must be a whole number >= 0, got 9007199254740992',
    () => checkWhole('matrix', 'rows', 2 ** 53),
  ],
  [
    'hnsw.search: queries.cols must be 128, got 384',
    () => checkEqual('hnsw.search', 'queries.cols', 384, 128),
  ],
  [
    'hnsw.add: rows row 1 must be finite, got NaN in column 2',
    () =>
      refuseEntry(
        'hnsw.add',
        'rows',
        'finite',
        fromRows([
          [1, 2, 3],
          [4, 5, NaN],
        ]),
        5,
      ),
  ],
  [
    'corpus.npy: data row 8 must be finite, got -Infinity in column 0',
    () => refuseEntry('corpus.npy', 'data', 'finite', fromRows([[1], [-Infinity]]), 1, 7),
  ],
  ['softmax: labels[1] must be a class in [0, 2), got 2', () => checkLabels('softmax', 'labels', [0, 2], 2)],
  [
    'softmax: labels[0] must be a class in [0, 2), got -1',
    () => checkLabels('softmax', 'labels', [-1, 5], 2),
  ],
  [
    'softmax: labels[2] must be a class in [0, 3), got 0.5',
    () => checkLabels('softmax', 'labels', [0, 1, 0.5], 3),
  ],
];

describe('a refusal', () => {
  it.each(refusals)('is a RangeError that says: %s', (sentence, check) => {
    expect(check).toThrow(new RangeError(sentence));
    expect(check).toThrow(RangeError);
  });
});

describe('a value at the edge of what is allowed', () => {
  it('is let through', () => {
    expect(() => {
      checkPositive('x', 'margin', Number.MIN_VALUE);
      checkNonNegative('x', 'decay', 0);
      checkFinite('x', 'weight', -Number.MAX_VALUE);
      checkShare('x', 'beta', 0);
      checkShare('x', 'beta', 1 - Number.EPSILON);
      checkWhole('x', 'rows', 0);
      checkWhole('x', 'k', 1, 1);
      checkWhole('x', 'rows', Number.MAX_SAFE_INTEGER);
      checkEqual('x', 'cols', 0, 0);
      checkLabels('x', 'labels', Int32Array.of(0, 1), 2);
    }).not.toThrow();
  });
});
