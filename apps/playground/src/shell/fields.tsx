import { useSignal } from '@preact/signals';
import type { ComponentChildren, TargetedEvent } from 'preact';
import { useId } from 'preact/hooks';

interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly disabled?: boolean;
}

/** Whether a key is the browser's or the system's, as Alt with an arrow goes back. */
export const hasModifier = ({ altKey, ctrlKey, metaKey }: KeyboardEvent): boolean => altKey || ctrlKey || metaKey;

/** A button that keeps the focus while it has nothing to do. */
export function Button(props: {
  onClick: () => void;
  children: ComponentChildren;
  isIdle?: boolean;
  class?: string;
}) {
  const { onClick, children, isIdle = false } = props;
  return (
    <button
      type="button"
      class={props.class ?? ''}
      aria-disabled={isIdle}
      onClick={() => {
        if (!isIdle) onClick();
      }}
    >
      {children}
    </button>
  );
}

/**
 * The value and the events of a field whose text is taken at Enter, or when the field is left. Until then what is typed
 * stays, however often the room is drawn.
 */
export function useDraft(value: string, onChange: (field: HTMLInputElement) => void) {
  const draft = useSignal<string | undefined>(undefined);
  const forget = (): void => {
    draft.value = undefined;
  };
  return {
    value: draft.value ?? value,
    onInput: ({ currentTarget }: TargetedEvent<HTMLInputElement>) => {
      draft.value = currentTarget.value;
    },
    onChange: ({ currentTarget }: TargetedEvent<HTMLInputElement>) => {
      forget();
      onChange(currentTarget);
    },
    onBlur: forget,
  };
}

export function Select<V extends string>(
  props: FieldProps & { value: V; options: Readonly<Record<V, string>>; onChange: (value: V) => void },
) {
  const id = useId();
  return (
    <Field {...props} id={id}>
      <select
        id={id}
        value={props.value}
        disabled={props.disabled}
        onChange={({ currentTarget }) => props.onChange(currentTarget.value as V)}
      >
        {(Object.entries(props.options) as [V, string][]).map(([value, text]) => (
          <option value={value}>{text}</option>
        ))}
      </select>
    </Field>
  );
}

/** A number that is taken once it is valid: at Enter, or when the field is left. */
export function NumberField(
  props: FieldProps & { value: number; min: number; max: number; step?: number; onChange: (value: number) => void },
) {
  const id = useId();
  const draft = useDraft(String(props.value), ({ validity, value, valueAsNumber }) => {
    if (validity.valid && value !== '') props.onChange(valueAsNumber);
  });
  return (
    <Field {...props} id={id}>
      <input
        id={id}
        type="number"
        {...draft}
        min={props.min}
        max={props.max}
        step={props.step ?? 1}
        disabled={props.disabled}
        aria-describedby={props.hint && `${id}-hint`}
      />
    </Field>
  );
}

/** A slider over a logarithmic range, to two digits; each step is another number of two digits. */
export function LogSlider(
  props: FieldProps & { value: number; min: number; max: number; onChange: (value: number) => void },
) {
  const id = useId();
  return (
    <Field {...props} id={id} shown={String(props.value)}>
      <input
        id={id}
        type="range"
        min={Math.log10(props.min)}
        max={Math.log10(props.max)}
        step={0.05}
        value={Math.log10(props.value)}
        aria-valuetext={String(props.value)}
        aria-describedby={props.hint && `${id}-hint`}
        onChange={({ currentTarget }) => props.onChange(Number((10 ** currentTarget.valueAsNumber).toPrecision(2)))}
      />
    </Field>
  );
}

export function Slider(
  props: FieldProps & { value: number; min: number; max: number; step: number; onChange: (value: number) => void },
) {
  const id = useId();
  return (
    <Field {...props} id={id} shown={String(props.value)}>
      <input
        id={id}
        type="range"
        min={props.min}
        max={props.max}
        step={props.step}
        value={props.value}
        disabled={props.disabled}
        aria-describedby={props.hint && `${id}-hint`}
        onInput={({ currentTarget }) => props.onChange(currentTarget.valueAsNumber)}
      />
    </Field>
  );
}

/** Two or three choices that are all seen at once. */
export function Choice<V extends string>(
  props: FieldProps & { value: V; options: Readonly<Record<V, string>>; onChange: (value: V) => void },
) {
  const name = useId();
  return (
    <fieldset class="choice">
      <legend>{props.label}</legend>
      {(Object.entries(props.options) as [V, string][]).map(([value, text]) => (
        <label>
          <input
            type="radio"
            name={name}
            value={value}
            checked={value === props.value}
            onChange={() => props.onChange(value)}
          />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Field({
  id,
  label,
  hint,
  shown,
  children,
}: FieldProps & { id: string; shown?: string; children: ComponentChildren }) {
  return (
    <div class="field">
      <label for={id}>
        {label}
        {shown !== undefined && <output for={id}>{shown}</output>}
      </label>
      {children}
      {hint && (
        <small id={`${id}-hint`} class="hint">
          {hint}
        </small>
      )}
    </div>
  );
}
