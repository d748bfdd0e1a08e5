import { grouped } from '../grouped.ts';
import type { RunSummary } from '../run-summary.ts';
import { element } from './element.ts';

/** By what runs are filtered. */
const KEYS = ['task', 'cell', 'hiddenSize', 'seed'] as const;
type Key = (typeof KEYS)[number];

const TITLES: Readonly<Record<Key, string>> = { task: 'Tasks', cell: 'Cells', hiddenSize: 'Sizes', seed: 'Seeds' };

/** Which runs are shown: a box for every value by which they differ. */
export class Filters {
  readonly #unchecked: Readonly<Record<Key, Set<string>>> = {
    task: new Set(),
    cell: new Set(),
    hiddenSize: new Set(),
    seed: new Set(),
  };
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  passes(run: RunSummary): boolean {
    return KEYS.every((key) => !this.#unchecked[key].has(String(run[key])));
  }

  /** The boxes for these runs; what has one value alone needs none, and sizes that follow from task and cell say nothing. */
  form(runs: readonly RunSummary[]): HTMLElement {
    const isSizeImplied = [...grouped(runs, ({ task, cell }) => `${task} ${cell}`).values()].every(
      (alike) => new Set(alike.map(({ hiddenSize }) => hiddenSize)).size === 1,
    );
    const sets = KEYS.flatMap((key) => {
      const values = [...new Set(runs.map((run) => String(run[key])))];
      return values.length > 1 && !(key === 'hiddenSize' && isSizeImplied) ? [this.#fieldset(key, values)] : [];
    });
    return element('form', { class: 'filters', 'aria-label': 'Which runs are shown' }, ...sets);
  }

  #fieldset(key: Key, values: readonly string[]): HTMLElement {
    const boxes = values.map((value) => {
      const box = element('input', { type: 'checkbox', name: key, value, checked: !this.#unchecked[key].has(value) });
      box.addEventListener('change', () => {
        if (box.checked) this.#unchecked[key].delete(value);
        else this.#unchecked[key].add(value);
        this.#onChange();
      });
      return element('label', {}, box, value);
    });
    return element('fieldset', {}, element('legend', {}, TITLES[key]), ...boxes);
  }
}
