import { LIGHT } from '../chart-style.ts';

/** A field with values in [0, most] along an axis of just these, with room for what is drawn at its ends. */
export function share(
  field: string,
  title: string,
  {
    most = 1,
    room = 0,
    format,
  }: { readonly most?: number; readonly room?: number; readonly format?: string } = {},
) {
  const scale = { domain: [-room * most, (1 + room) * most], nice: false };
  return {
    field,
    type: 'quantitative' as const,
    title,
    scale,
    axis: most === 1 ? { format, values: [0, 0.5, 1] } : { format },
  };
}

/** Where what is upward equals what is across, along the axes of what is drawn over it. */
export function diagonal(x: ReturnType<typeof share>, y: ReturnType<typeof share>, most = 1) {
  return {
    data: { values: [{ from: 0, to: most }] },
    mark: { type: 'rule' as const, color: LIGHT.faint, strokeDash: [4, 4] },
    encoding: {
      x: { ...x, field: 'from' },
      y: { ...y, field: 'from' },
      x2: { field: 'to' },
      y2: { field: 'to' },
    },
  };
}
