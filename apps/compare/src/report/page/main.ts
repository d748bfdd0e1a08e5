import { element } from './element.ts';
import { Filters } from './filters.ts';
import { memorySection } from './memory-section.ts';
import type { PageData } from './page-data.ts';
import { provenanceSection, summarySection, taskSection } from './sections.ts';

const REFRESH_MILLISECONDS = 2000;

const page = document.querySelector('#page') as HTMLElement;
let text = document.querySelector('#data')?.textContent ?? '';
let data = JSON.parse(text) as PageData;
const body = element('div', {});
const filters = new Filters(render);

/** Draws everything below the filters again. */
function render(): void {
  const runs = data.runs.filter((run) => filters.passes(run));
  const folders = new Set(runs.map(({ folder }) => folder));
  const groups = data.groups.filter((group) => group.folders.some((folder) => folders.has(folder)));
  const titles = [...new Set(runs.filter(({ delay }) => delay === undefined).map(({ task }) => task))];
  const memory = runs.filter(({ delay }) => delay !== undefined);
  body.replaceChildren(
    summarySection(groups),
    ...titles.map((title) =>
      taskSection(
        title,
        runs.filter(({ task }) => task === title),
        groups.filter(({ task }) => task === title),
      ),
    ),
    ...(memory.length > 0 ? [memorySection(memory)] : []),
    provenanceSection(runs),
  );
}

/** Draws the page; the boxes of the filters keep what was chosen. */
function open(): void {
  const live = data.isLive ? element('span', { class: 'badge live' }, 'live') : undefined;
  page.replaceChildren(
    element(
      'header',
      {},
      element('h1', {}, 'Unroll ', element('small', {}, 'tasks and cells, side by side'), live),
      element('p', {}, element('code', {}, data.command)),
    ),
    filters.form(data.runs),
    body,
  );
  render();
}

/** Asks for the runs in progress; redraws only when they have changed. */
async function refresh(): Promise<void> {
  const answer = await fetch('/data.json').catch(() => undefined);
  const news = answer?.ok ? await answer.text() : text;
  if (news !== text) {
    text = news;
    data = JSON.parse(text) as PageData;
    open();
  }
  setTimeout(() => void refresh(), REFRESH_MILLISECONDS);
}

open();
if (data.isLive) void refresh();
