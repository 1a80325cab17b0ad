import type { Matrix } from '../core/matrix.ts';
import type { Loss } from '../losses/loss.ts';
import type { PromisedLoss } from '../losses/promised.ts';
import { type Called, type Column, given, type Takes } from './input.ts';
import { type Chosen, type Described, type Option, optionsFrom } from './option.ts';

/** A loss of the library, by name. */
export interface Row {
  /** as `nearmiss` exports it */
  readonly name: string;
  /** its formula in a line of words */
  readonly says: string;
  /** authors and year */
  readonly paper: string;
  readonly takes: Takes<unknown>;
  readonly options: Readonly<Record<string, Option<unknown>>>;
  /**
   * The loss with these options, by name and as they are written; its refusals call inputs as `called` does, by default by their
   * names.
   *
   * @throws RangeError if the loss has no such option, or takes no such value
   */
  make(texts: ReadonlyMap<string, string>, called?: Called): NamedLoss;
}

/**
 * A loss of columns by name, off the event loop where it can be had there.
 *
 * @param spent a result of the same loss that nobody looks at any more: its gradients are written over, where they are of the same shapes
 */
export type NamedLoss = (columns: ReadonlyMap<string, Column>, spent?: NamedResult) => Promise<NamedResult>;

export interface NamedResult {
  readonly value: number;
  readonly active: number;
  readonly terms?: Float32Array;
  /** of inputs, and of numbers that the loss learns */
  readonly gradients: ReadonlyMap<string, Matrix | number>;
}

interface RowOf<Batch, Gradients, Options, Names> extends Pick<Row, 'name' | 'says' | 'paper'> {
  readonly takes: Takes<Batch>;
  /** each option of the maker, and no other */
  readonly options: Names & { readonly [Other in Exclude<keyof Names, keyof Options>]: never };
  make(
    options: Chosen<Options>,
  ): Loss<Batch, Gradients> & Partial<Pick<PromisedLoss<Batch, Gradients>, 'later'>>;
}

/** A row that the compiler has held against its maker. */
export function row<
  Batch,
  Gradients extends { readonly [Name in keyof Gradients]?: Matrix | number },
  Options,
  Names extends Described<Options>,
>({ name, says, paper, takes, options, make }: RowOf<Batch, Gradients, Options, Names>): Row {
  const answered = new WeakMap<NamedResult, Gradients>();
  return {
    name,
    says,
    paper,
    takes,
    options,
    make(texts, called) {
      const loss = make(optionsFrom<Options>(name, options, texts));
      const compute = loss.later ?? loss;
      return async (columns, spent) => {
        const into = spent !== undefined && fit(spent.gradients, columns) ? answered.get(spent) : undefined;
        const { gradients, ...result } = await compute(takes.batch(given(name, columns, called)), into);
        const answer = { ...result, gradients: named(gradients) };
        answered.set(answer, gradients);
        return answer;
      };
    },
  };
}

/** Whether gradients are of the shapes of their inputs. */
function fit(gradients: NamedResult['gradients'], columns: ReadonlyMap<string, Column>): boolean {
  return Array.from(gradients).every(([name, gradient]) => {
    if (typeof gradient === 'number') return true;
    const column = columns.get(name);
    if (typeof column !== 'object' || !('rows' in column)) return false;
    return column.rows === gradient.rows && column.cols === gradient.cols;
  });
}

function named<Gradients extends { readonly [Name in keyof Gradients]?: Matrix | number }>(
  gradients: Gradients,
): Map<string, Matrix | number> {
  const found = new Map<string, Matrix | number>();
  for (const name in gradients) {
    const gradient = gradients[name];
    if (gradient !== undefined) found.set(name, gradient);
  }
  return found;
}
