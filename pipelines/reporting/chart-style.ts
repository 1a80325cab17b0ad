import type { Config } from 'vega-lite';

/**
 * The colors that charts are drawn in, by what they stand for. A page gives each another where it is dark (`DARK`), which style
 * sheets can do of attributes.
 */
export const LIGHT = {
  ink: '#1b1f24',
  faint: '#656d76',
  grid: '#e3e6ea',
  after: '#1a5fb4',
  before: '#b35309',
  between: '#6b4ba1',
  miss: '#b3261e',
  random: '#5f6975',
} as const;

export type Ink = keyof typeof LIGHT;

export const DARK: Readonly<Record<Ink, string>> = {
  ink: '#e6e9ed',
  faint: '#9aa4af',
  grid: '#31373e',
  after: '#7db4f5',
  before: '#f0a05a',
  between: '#b79df0',
  miss: '#f2938c',
  random: '#98a2ad',
};

/** The color of each system: the last is blue, what came before it orange. */
export function systemColors(count: number): readonly string[] {
  if (count === 1) return [LIGHT.after];
  return [LIGHT.before, ...Array.from({ length: count - 2 }, () => LIGHT.between), LIGHT.after];
}

/** Units across a chart, which a page shows at about as many pixels. */
export const WIDTH = 380;
export const HEIGHT = 330;

export const CONFIG: Config = {
  font: 'system-ui, sans-serif',
  aria: false,
  background: 'transparent',
  padding: 4,
  view: { stroke: null },
  axis: {
    labelColor: LIGHT.faint,
    labelFontSize: 12,
    titleColor: LIGHT.ink,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    gridColor: LIGHT.grid,
    domainColor: LIGHT.faint,
    tickColor: LIGHT.faint,
    tickCount: 5,
    labelLimit: 130,
  },
  header: { labelColor: LIGHT.ink, labelFontSize: 12, titleColor: LIGHT.ink },
  legend: {
    orient: 'top',
    title: null,
    labelColor: LIGHT.ink,
    labelFontSize: 12,
    labelLimit: 240,
    symbolSize: 90,
    columns: 3,
  },
};
