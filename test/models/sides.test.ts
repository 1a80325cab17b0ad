import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Matrix } from '../../src/core/matrix.ts';
import type { Parameters } from '../../src/core/parameters.ts';
import { infoNce } from '../../src/losses/views/info-nce.ts';
import { linear } from '../../src/models/linear.ts';
import { querySide, sharedSides, type Sides, twoTowers } from '../../src/models/sides.ts';
import type { EmbeddedBatch } from '../../src/streams/batches.ts';
import { embed } from '../../src/streams/embed.ts';
import { expectGradient, expectSignsMatter } from '../gradient.ts';
import { gaussian } from '../matrices.ts';
import { wholeOnes } from './weighted.ts';

const ids = Uint32Array.of(0, 1, 2, 3);
const features = { anchors: gaussian(4, 3, 1), positives: gaussian(4, 3, 2), ids };
const tower = (seed: number) => linear({ from: 3, to: 3, seed });

function embedded(sides: Sides<Matrix, Matrix>): EmbeddedBatch {
  const batches: EmbeddedBatch[] = [];
  of({ step: 0, features, queryIds: ids })
    .pipe(embed(sides))
    .subscribe((batch) => batches.push(batch));
  return batches[0];
}

describe.each([
  ['shared sides', sharedSides(tower(1))],
  ['the query side', querySide(tower(1))],
  ['two towers', twoTowers(tower(1), tower(2))],
])('%s', (_, sides) => {
  it('have the slopes of a loss for gradients of all parameters', () => {
    const loss = (parameters: Parameters) => {
      const { views, backward } = embedded(sides);
      const { value, gradients } = infoNce({ temperature: 0.5 })(views);
      return { value, gradients: wholeOnes(backward(gradients), parameters) };
    };
    const names = Object.keys(sides.parameters);
    expect(Object.keys(loss(sides.parameters).gradients)).toEqual(names);
    expectGradient(loss, sides.parameters, names);
    expectSignsMatter(loss, sides.parameters, names);
  });
});

describe('sides', () => {
  it('leave documents as they are where queries alone are embedded', () => {
    const { views } = embedded(querySide(tower(1)));
    expect(views.positives).toBe(features.positives);
    expect(views.anchors).toEqual(tower(1).forward(features.anchors).output);
  });

  it('name the parameters of towers by their side, and share their numbers', () => {
    const [queries, documents] = [tower(1), tower(2)];
    const { parameters } = twoTowers(queries, documents);
    expect(parameters).toEqual({
      'queries.weights': queries.parameters.weights,
      'documents.weights': documents.parameters.weights,
    });
    expect(parameters['documents.weights'].data).toBe(documents.parameters.weights.data);
  });
});
