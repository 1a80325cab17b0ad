import { expect, it } from 'vitest';
import { tfIdf } from '../../bench/tf-idf.ts';
import { expectClose } from '../matrices.ts';

it('weighs words as scikit-learn does by default, before it normalizes', () => {
  // 'a' has one letter; 'card' is in both texts, 'my' and 'lost' in one
  const rows = tfIdf(['My card', 'a lost CARD'])(['card, my my card!', 'unheard of', '']);
  const rare = Math.log(3 / 2) + 1;
  expectClose(rows.data, [2 * rare, 2, 0, 0, 0, 0, 0, 0, 0]);
  expect([rows.rows, rows.cols]).toEqual([3, 3]);
});
