import { cosine } from '../../../src/distances/cosine.ts';
import { infoNce } from '../../../src/losses/views/info-nce.ts';
import { tripletRows } from '../../../src/losses/views/triplet-rows.ts';
import { triples, views } from '../inputs.ts';
import { distance, flag, number, oneOf } from '../option.ts';
import { row, type Row } from '../row.ts';
import { REDUCTION, SIMILARITY } from './shared.ts';

export const VIEWS: readonly Row[] = [
  row({
    name: 'infoNce',
    says: "-log softmax(s / τ) of an anchor's positive among all positives and the negatives it meets",
    paper: 'van den Oord et al. 2018; Radford et al. 2021 (symmetric)',
    takes: views,
    options: {
      temperature: number(0.05),
      similarity: SIMILARITY,
      symmetric: flag(false),
      negatives: oneOf(['shared', 'own'], 'shared'),
      reduction: REDUCTION,
    },
    make: infoNce,
  }),
  row({
    name: 'tripletRows',
    says: 'max(0, d(a, p) - d(a, n) + margin) of each negative, its owner and the owner’s positive',
    paper: 'Schroff et al. 2015',
    takes: triples,
    options: { margin: number(0.2), distance: distance(cosine), reduction: REDUCTION },
    make: tripletRows,
  }),
];
