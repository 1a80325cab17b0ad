import type { ViewGradients } from '../../core/batches.ts';

/** Rows of one kind among the candidates of every anchor. */
export interface CandidateBlock {
  readonly from: keyof ViewGradients;
  /** what of an item they are compared with */
  readonly faces: 'anchors' | 'positives';
  /** which candidate its first row is */
  readonly start: number;
}
