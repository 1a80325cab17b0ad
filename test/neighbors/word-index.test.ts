import { describe, expect, it } from 'vitest';
import { wordIndex } from '../../src/neighbors/word-index.ts';

const ids = (...values: number[]) => Uint32Array.from(values);

describe('wordIndex', () => {
  it('ranks texts that share rarer words, more of them, in shorter texts, ahead', () => {
    const index = wordIndex();
    index.add(
      ['The cat sat', 'the dog', 'a cat, a dog!', 'the the the', 'CAT naps in the sun all day long'],
      ids(10, 20, 30, 40, 50),
    );
    expect([...index.search('cat dog', 9)][0]).toBe(30);
    // both have the word once: the shorter text first
    expect([...index.search('cat', 9)]).toEqual([10, 30, 50]);
    expect([...index.search('cat', 2)]).toEqual([10, 30]);
    expect([...index.search('bird', 9)]).toEqual([]);
    expect([...index.search('', 9)]).toEqual([]);
    expect(index.size).toBe(5);
  });

  it('breaks ties by the smaller id', () => {
    const index = wordIndex();
    index.add(['same words', 'same words', 'same words'], ids(7, 3, 5));
    expect([...index.search('words', 9)]).toEqual([3, 5, 7]);
  });

  it('does not search for words of more than a tenth of many texts', () => {
    const index = wordIndex();
    const names = Uint32Array.from({ length: 1500 }, (_, i) => i);
    index.add(
      Array.from(names, (i) => (i < 200 ? `common ${i}` : `other${i}`)),
      names,
    );
    expect([...index.search('common', 9)]).toEqual([]);
    expect([...index.search('common 7', 9)]).toEqual([7]);
  });

  it('takes words as they are, those that objects have too', () => {
    const index = wordIndex();
    index.add(['constructor', '__proto__ toString'], ids(1, 2));
    expect([...index.search('constructor', 9)]).toEqual([1]);
    expect([...index.search('tostring', 9)]).toEqual([2]);
    expect(() => index.add(['again'], ids(1))).toThrow('wordIndex.add: ids must be new, got 1');
  });
});
