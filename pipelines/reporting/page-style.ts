import { DARK, type Ink, LIGHT } from './chart-style.ts';

/** What text stands on: the page, a part of it that is raised, and one that is washed with color. */
export const PAPERS = {
  light: ['#f6f7f9', '#ffffff', '#eef3fb'],
  dark: ['#101317', '#191d23', '#1d2733'],
} as const;

const INKS = Object.entries(LIGHT);

/** What a chart is drawn in is said by attributes, over which a style sheet goes: so one drawing serves light and dark. */
const CHART_COLORS = INKS.map(
  ([ink, color]) => `svg [fill="${color}"]{fill:var(--${ink})}svg [stroke="${color}"]{stroke:var(--${ink})}`,
).join('\n');

function variables(
  colors: Readonly<Record<Ink, string>>,
  [paper, raised, wash]: readonly [string, string, string],
): string {
  const inks = Object.entries(colors).map(([ink, color]) => `--${ink}:${color}`);
  return `${inks.join(';')};--paper:${paper};--raised:${raised};--wash:${wash}`;
}

/** The style sheet of a page, complete: nothing is fetched. */
export const STYLE = `
:root{color-scheme:light dark;${variables(LIGHT, PAPERS.light)}}
@media (prefers-color-scheme:dark){:root{${variables(DARK, PAPERS.dark)}}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main,header,footer{max-width:1120px;margin:0 auto;padding:0 16px}
header{padding-top:32px}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:0 0 4px}
h3{font-size:1rem;margin:18px 0 4px}
p{margin:0 0 12px;max-width:75ch;overflow-wrap:anywhere}
.quiet{color:var(--faint);font-size:.9rem}
section{background:var(--raised);border:1px solid var(--grid);border-radius:10px;padding:20px;margin:20px 0}
nav ul{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;margin:12px 0 0;padding:0}
a{color:var(--after)}
a:focus-visible,summary:focus-visible,.wide:focus-visible{outline:2px solid var(--after);outline-offset:2px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(220px,100%),1fr));gap:12px;margin:12px 0 0;padding:0;list-style:none}
.charts .tiles{grid-template-columns:1fr}
.tiles li{background:var(--wash);border-radius:8px;padding:12px 14px}
.tiles strong{display:block;font-size:1.6rem;line-height:1.25;font-variant-numeric:tabular-nums}
.better{color:var(--after)}.worse{color:var(--before)}
.better,.worse{font-weight:600}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(400px,100%),1fr));gap:20px;align-items:start}
.charts.three{grid-template-columns:repeat(auto-fit,minmax(min(320px,100%),1fr))}
figure{margin:12px 0 0;min-width:0}
figcaption{font-size:.9rem;color:var(--faint);margin-top:4px}
figcaption strong{display:block;color:var(--ink);overflow-wrap:anywhere}
svg{display:block;width:100%;max-width:500px;height:auto}
svg text{font-family:inherit}
.wide{overflow-x:auto;margin:12px 0}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--faint);padding:0 0 6px}
th,td{text-align:left;vertical-align:top;padding:6px 12px 6px 0;border-bottom:1px solid var(--grid)}
thead th{color:var(--faint);font-weight:500;white-space:nowrap}
tbody th{font-weight:600}
td.number,th.number{text-align:right;white-space:nowrap}
td.text{min-width:11rem;overflow-wrap:anywhere}
td small{color:var(--faint)}
details{border-top:1px solid var(--grid);padding:10px 0}
summary{cursor:pointer;overflow-wrap:anywhere}
summary .quiet{white-space:nowrap}
.rankings{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(400px,100%),1fr));gap:4px 28px;padding-top:6px}
.rankings>div{min-width:0}
tr.right{background:var(--wash)}
.mark{display:inline-block;border:1px solid currentColor;border-radius:9px;padding:0 7px;font-size:.78rem;white-space:nowrap;color:var(--faint)}
.mark.yes{color:var(--after)}.mark.no{color:var(--before)}
dl{display:grid;grid-template-columns:minmax(7rem,max-content) 1fr;gap:4px 18px;margin:0;font-size:.9rem}
dt{color:var(--faint)}dd{margin:0;overflow-wrap:anywhere;min-width:0}
footer{padding-bottom:40px;color:var(--faint);font-size:.85rem}
@media (max-width:600px){main,header,footer{padding-left:8px;padding-right:8px}section{padding:14px 10px;border-radius:8px}body{font-size:15px}td.text{min-width:6.5rem}.rankings th,.rankings td{padding-right:7px}.rankings th{font-weight:400}dl{grid-template-columns:1fr}dt{margin-top:6px}}
@media print{:root{color-scheme:light;${variables(LIGHT, ['#ffffff', '#ffffff', '#f2f4f7'])}}body{font-size:10.5pt}nav{display:none}section{border:0;padding:0;break-inside:auto}figure,tr{break-inside:avoid}details::details-content{content-visibility:visible;height:auto}.wide{overflow:visible}main,header,footer{max-width:none}}
${CHART_COLORS}
`;
