import { lossNamed } from '../catalog/catalog.ts';
import { inputsOf } from '../catalog/input.ts';
import { refuse } from '../core/check.ts';
import { columnsOf, optionTexts } from './columns.ts';
import type { Message, NamedArray } from './message.ts';

/**
 * A loss of the arrays of one batch: `loss` is its name in the catalog, `options` and inputs are the catalog's too. The answer has
 * `value`, `active`, the array `terms` where the loss lists them, and a gradient under `gradients.` and the input's name, which of a
 * number is among the header's `gradients`.
 */
export async function score(_service: unknown, request: Message): Promise<Message> {
  const { loss } = request.header;
  if (typeof loss !== 'string') return refuse('score', 'loss must be a name', JSON.stringify(loss));
  const { name, takes, make } = lossNamed('score', loss);
  const compute = make(optionTexts(name, request));
  const { value, active, terms, gradients } = await compute(columnsOf(name, inputsOf(takes), request));
  const numbers: Record<string, number> = {};
  const arrays = new Map<string, NamedArray>();
  for (const [input, gradient] of gradients) {
    if (typeof gradient === 'number') numbers[input] = gradient;
    else {
      const { rows, cols, data } = gradient;
      arrays.set(`gradients.${input}`, { shape: [rows, cols], data });
    }
  }
  if (terms !== undefined) arrays.set('terms', { shape: [terms.length], data: terms });
  return { header: { value, active, gradients: numbers }, arrays };
}
