import { lossNamed } from '../catalog/catalog.ts';
import { inputsOf } from '../catalog/input.ts';
import type { NamedResult, Row } from '../catalog/row.ts';
import { refuse } from '../core/check.ts';
import { columnsOf, optionTexts } from './columns.ts';
import type { Answer, Message, NamedArray } from './message.ts';
import type { Service } from './service.ts';

/**
 * A loss of the arrays of one batch: `loss` is its name in the catalog, `options` and inputs are the catalog's too. The answer has
 * `value`, `active`, the array `terms` where the loss lists them, and a gradient under `gradients.` and the input's name, which of a
 * number is among the header's `gradients`.
 */
export async function score(service: Service, request: Message, signal?: AbortSignal): Promise<Answer> {
  const { name, takes, make } = lossOf(request);
  const compute = make(optionTexts(name, request));
  const columns = columnsOf(name, inputsOf(takes), request);
  const result = await service.working.run(() => compute(columns, spentOf(service)), signal);
  const { value, active, terms, gradients } = result;
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
  const giveBack = (): void => void (service.spent = result);
  return { header: { value, active, gradients: numbers }, arrays, giveBack };
}

/** Whoever has it writes over it. */
function spentOf(service: Service): NamedResult | undefined {
  const { spent } = service;
  service.spent = undefined;
  return spent;
}

/** @throws RangeError if the request names no loss */
export function lossOf({ header: { loss } }: Message): Row {
  return typeof loss === 'string'
    ? lossNamed('score', loss)
    : refuse('score', 'loss must be a name', JSON.stringify(loss));
}
