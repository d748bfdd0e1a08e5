import { useRef } from 'preact/hooks';
import { useDraft } from '../shell/fields.tsx';
import { strings } from '../strings.ts';
import { EXAMPLES, type Row } from './examples.ts';

const words = strings.classify;

/** The table that the classifier is trained on. */
export function ExampleTable({ rows, onChange }: { rows: readonly Row[]; onChange: (rows: readonly Row[]) => void }) {
  const text = useRef<HTMLInputElement>(null);
  const label = useRef<HTMLInputElement>(null);
  const labels = [...new Set(rows.map(({ label }) => label))];
  const change = (at: number, changed: Partial<Row>): void =>
    onChange(rows.map((row, k) => (k === at ? { ...row, ...changed } : row)));
  return (
    <>
      <p class="hint">{words.examplesText(rows.length)}</p>
      <form
        class="add"
        onSubmit={(event) => {
          event.preventDefault();
          const added = { text: text.current?.value.trim() ?? '', label: label.current?.value.trim() ?? '' };
          if (added.text && added.label) onChange([added, ...rows]);
          if (text.current) text.current.value = '';
        }}
      >
        <div class="field">
          <label for="new-text">{words.addText}</label>
          <input id="new-text" type="text" ref={text} required />
        </div>
        <div class="field">
          <label for="new-label">{words.addLabel}</label>
          <input id="new-label" type="text" ref={label} required list="labels" defaultValue={labels[0]} />
        </div>
        <button type="submit">{words.add}</button>
      </form>
      <datalist id="labels">
        {labels.map((name) => (
          <option value={name} />
        ))}
      </datalist>
      <details>
        <summary>{words.showExamples}</summary>
        <table class="examples">
          <thead>
            <tr>
              <th scope="col">{words.example}</th>
              <th scope="col">{words.label}</th>
              <th scope="col">
                <span class="hidden">{words.remove}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, k) => (
              <tr>
                <td>
                  <TextField
                    label={`${words.example} ${k + 1}`}
                    value={row.text}
                    onChange={(text) => change(k, { text })}
                  />
                </td>
                <td>
                  <TextField
                    label={`${words.label} ${k + 1}`}
                    list="labels"
                    value={row.label}
                    onChange={(label) => change(k, { label })}
                  />
                </td>
                <td>
                  <button
                    type="button"
                    class="quiet"
                    aria-label={`${words.remove} ${k + 1}`}
                    onClick={({ currentTarget }) => {
                      const above = currentTarget.closest('tr')?.previousElementSibling?.querySelector('button');
                      if (k === rows.length - 1) above?.focus(); // in the other rows the next one moves up to it
                      onChange(rows.filter((_, other) => other !== k));
                    }}
                  >
                    {words.removeSign}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <button type="button" onClick={() => onChange(EXAMPLES)}>
          {words.reset}
        </button>
      </details>
    </>
  );
}

function TextField(props: { label: string; value: string; list?: string; onChange: (text: string) => void }) {
  const draft = useDraft(props.value, ({ value }) => props.onChange(value));
  return <input type="text" aria-label={props.label} list={props.list} {...draft} />;
}
