import { describe, expect, it } from 'vitest';
import { labelsOf } from '../../../pipelines/reporting/slicings.ts';

const texts = ['a', 'a b', 'a b c', 'a b c d', 'a b c d e', 'a b c d e f', 'a b c d e f g', '  h  '];
const ids = texts.map((_, q) => `q${q}`);

describe('labelsOf', () => {
  it('takes fields that several queries share, and neither those that name each nor those all have', () => {
    const fields = new Map([
      ['each', ids],
      ['all', ids.map(() => 'one')],
      ['kind', ['x', 'y', 'y', 'y', 'x', 'y', 'none', 'y']],
    ]);
    const names = labelsOf(
      { ids, texts, fields },
      ids.map(() => 1),
    );
    expect(names.map(({ name }) => name)).toEqual(['kind', 'words of the query']);
    expect(names[0].order).toEqual(['y', 'x', 'none']);
  });

  it('puts the rarest values together where there are many', () => {
    const values = Array.from({ length: 60 }, (_, q) => `v${q % 20}`);
    values.push(...Array.from({ length: 11 }, (_, v) => `v${v}`));
    const [{ order, ofQuery }] = labelsOf(
      { ids: values, texts: values.map(() => 'a'), fields: new Map([['kind', values]]) },
      values.map(() => 1),
    );
    expect(order).toEqual([...Array.from({ length: 11 }, (_, v) => `v${v}`), '9 others']);
    expect(ofQuery.filter((label) => label === '9 others')).toHaveLength(27);
  });

  it('counts words and relevant documents in bins, each query in one', () => {
    const relevant = [0, 1, 1, 2, 3, 4, 10, 40];
    const [documents, words] = labelsOf({ ids, texts, fields: new Map() }, relevant);
    expect(documents.order).toEqual(['0', '1', '2 to 3', '4 to 10', '40']);
    expect(documents.ofQuery).toEqual(['0', '1', '1', '2 to 3', '2 to 3', '4 to 10', '4 to 10', '40']);
    expect(words.ofQuery).toEqual([
      '1',
      '2 to 3',
      '2 to 3',
      '4 to 5',
      '4 to 5',
      '6 or more',
      '6 or more',
      '1',
    ]);
  });
});
