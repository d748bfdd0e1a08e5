import { type FanChartData, fanChart } from './fan-chart.ts';

/** A chart with its heading. */
export interface PageChart extends FanChartData {
  readonly title: string;
}

export interface ForecastPage {
  readonly title: string;
  readonly about: string;
  readonly charts: readonly PageChart[];
}

/** One HTML file with fan charts: it loads nothing, runs no script, and shows every name as text. */
export function forecastPage({ title, about, charts }: ForecastPage): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>
${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p>${escaped(about)}</p>
<p class="legend"><span class="actual">values</span> <span class="median">median of the forecast</span> <span class="band">80 % and 95 % intervals</span></p>
${charts.map((chart) => `<section>\n<h2>${escaped(chart.title)}</h2>\n${fanChart(chart)}\n</section>`).join('\n')}
</main>
</body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (letter) => ENTITIES[letter] ?? '');

const STYLE = `:root { color-scheme: light dark; --page: #fbfaf8; --card: #fff; --ink: #1d1f24; --faint: #667085; --line: #e4e2dd; --fan: #0f766e; }
@media (prefers-color-scheme: dark) {
  :root { --page: #14161a; --card: #1c1f25; --ink: #e8e6e1; --faint: #9aa3b2; --line: #2e323a; --fan: #2dd4bf; }
}
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1060px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { margin: 0 0 4px; font-size: 26px; }
h2 { margin: 0 0 8px; font-size: 15px; }
section { margin: 16px 0; padding: 16px; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
svg { display: block; width: 100%; }
text { fill: var(--faint); font-size: 12px; }
.grid { stroke: var(--line); }
.origin { stroke: var(--faint); stroke-dasharray: 3 3; }
polyline { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
polyline.actual { stroke: var(--ink); }
polyline.median { stroke: var(--fan); stroke-width: 2.4; }
polygon.band { fill: var(--fan); opacity: 0.2; }
.legend span { margin-right: 16px; }
.legend .actual { border-bottom: 2px solid var(--ink); }
.legend .median { border-bottom: 3px solid var(--fan); }
.legend .band { background: color-mix(in srgb, var(--fan) 25%, transparent); padding: 0 6px; }
`;
