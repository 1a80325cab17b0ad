import type { Matrix } from '../core/matrix.ts';
import { named, type Parameters } from '../core/parameters.ts';
import type { Encoder, Model } from './model.ts';
import { projected, stacked } from './stacked.ts';

/** What embeds queries and what embeds documents, and the parameters of both. */
export interface Sides<Query, Document> {
  readonly parameters: Parameters;
  readonly queries: Encoder<Query>;
  readonly documents: Encoder<Document>;
}

/** One encoder for both: its gradients of the two add up. */
export function sharedSides<Input>(encoder: Encoder<Input>): Sides<Input, Input> {
  return { parameters: encoder.parameters, queries: encoder, documents: encoder };
}

/** Queries alone are embedded, and documents stay as they are: an index of them need not be built again. */
export function querySide<Query>(encoder: Encoder<Query>): Sides<Query, Matrix> {
  return { parameters: encoder.parameters, queries: encoder, documents: stacked() };
}

/** An encoder for each, with parameters `queries.…` and `documents.…`: two towers. */
export function twoTowers<Query, Document>(
  queries: Encoder<Query>,
  documents: Encoder<Document>,
): Sides<Query, Document> {
  const [first, second] = [renamed('queries', queries), renamed('documents', documents)];
  return { parameters: { ...first.parameters, ...second.parameters }, queries: first, documents: second };
}

function renamed<Input>(prefix: string, encoder: Encoder<Input>): Encoder<Input> {
  return {
    parameters: named(prefix, encoder.parameters),
    forward(input) {
      const { output, backward } = encoder.forward(input);
      return { output, backward: (upstream) => named(prefix, backward(upstream)) };
    },
  };
}

/**
 * One encoder for both, and a model of each side's own on what it makes. The encoder's parameters keep their names, the models' are
 * `queries.…` and `documents.…`.
 */
export function headsOn<Input>(
  encoder: Encoder<Input>,
  heads: { readonly queries: Model; readonly documents: Model },
): Sides<Input, Input> {
  const [queries, documents] = [
    projected(encoder, heads.queries, 'queries'),
    projected(encoder, heads.documents, 'documents'),
  ];
  return { parameters: { ...queries.parameters, ...documents.parameters }, queries, documents };
}
