/** How many queries there are at each place; the places that have most come first, so that smaller circles lie on larger ones. */
export function counted(
  x: readonly number[],
  y: readonly number[],
): readonly { readonly x: number; readonly y: number; readonly count: number }[] {
  const places = new Map<string, { readonly x: number; readonly y: number; count: number }>();
  x.forEach((across, q) => {
    const key = `${across} ${y[q]}`;
    const place = places.get(key) ?? { x: across, y: y[q], count: 0 };
    places.set(key, place);
    place.count++;
  });
  return [...places.values()].sort((a, b) => b.count - a.count);
}

/** A circle's area says how many. */
export const COUNT_SIZE = {
  field: 'count',
  type: 'quantitative' as const,
  scale: { rangeMin: 24, rangeMax: 900 },
  legend: null,
};
