import { checkPositive } from '../core/check.ts';

export interface StallOptions {
  /** Seconds without an item after which it is told, and again after as many more. @default 10 */
  readonly after?: number;
  /** told for how many seconds there has been none */
  readonly tell: (seconds: number) => void;
}

/**
 * The items of a source as they come; where one that was asked for does not, that is told while it is waited for.
 *
 * @throws RangeError if after is not a finite number > 0; what the source throws
 */
export async function* stalls<Item>(
  source: AsyncIterable<Item>,
  { after = 10, tell }: StallOptions,
): AsyncGenerator<Item, void, undefined> {
  checkPositive('stalls', 'after', after);
  let asked = Infinity;
  let told = 0;
  const timer = setInterval(() => {
    const seconds = Math.floor((performance.now() - asked) / 1000 / after) * after;
    if (seconds <= told) return;
    told = seconds;
    tell(seconds);
  }, 100 * after);
  timer.unref();
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      asked = performance.now();
      const result = await iterator.next();
      [asked, told] = [Infinity, 0];
      if (result.done === true) return;
      yield result.value;
    }
  } finally {
    clearInterval(timer);
    await iterator.return?.();
  }
}
