import type { HeatMap } from './heat-map.ts';

/** Heat maps as one HTML page that opens offline. */
export function heatMapPage(maps: readonly HeatMap[]): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Attention weights</title>
<style>
  body { font: 14px/1.4 system-ui, sans-serif; margin: 2rem; color: #222; background: #fff }
  table { border-collapse: collapse; margin: 0 0 3rem }
  thead th { height: 6rem; vertical-align: bottom; padding: 0 }
  thead th span { writing-mode: vertical-rl; transform: rotate(180deg); white-space: pre }
  tbody th { text-align: right; font-weight: normal; padding-right: .6rem; white-space: pre }
  td { width: 1.5rem; height: 1.5rem; border: 1px solid #eee }
</style>
<h1>Attention weights</h1>
<p>One row per subword of the translation, one column per subword of the source; darker = higher weight.</p>
${maps.map(section).join('\n')}
</html>
`;
}

function section({ source, target, weights }: HeatMap): string {
  const head = source.map((name) => `<th><span>${escaped(name)}</span></th>`).join('');
  const rows = target.map((name, t) => {
    const cells = (weights[t] ?? []).map(
      (weight) => `<td style="background:rgb(20 70 160 / ${weight})" title="${weight}"></td>`,
    );
    return `<tr><th>${escaped(name)}</th>${cells.join('')}</tr>`;
  });
  return `<table>\n<thead><tr><th></th>${head}</tr></thead>\n<tbody>\n${rows.join('\n')}\n</tbody>\n</table>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
