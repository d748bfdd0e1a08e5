import { useSignal } from '@preact/signals';
import type { Explanation } from '@unroll/sentiment';
import { useEffect, useState } from 'preact/hooks';
import { Button, Choice, NumberField, Select } from '../shell/fields.tsx';
import { LossChart } from '../shell/loss-chart.tsx';
import { ModelPanel, RoomFrame, RunButtons, RunFields } from '../shell/run-fields.tsx';
import { strings } from '../strings.ts';
import { ClassifyController } from './controller.ts';
import { ExampleTable } from './example-table.tsx';
import { CLASSIFY_SETTINGS } from './settings.ts';

const words = strings.classify;

/** The room in which a classifier is trained on a table of examples, and its predictions are taken apart. */
export function ClassifyRoom() {
  const [room] = useState(() => new ClassifyController());
  useEffect(() => () => room.close(), [room]);
  return (
    <RoomFrame run={room} title={strings.rooms.classify} lead={words.lead}>
      <section class="panel" aria-labelledby="prediction">
        <div class="field">
          <label for="sentence">{words.sentence}</label>
          <input
            id="sentence"
            type="text"
            value={room.sentence}
            onInput={({ currentTarget }) => room.write(currentTarget.value)}
          />
        </div>
        {room.explanation.value ? (
          <Prediction
            key={room.sentence}
            explanation={room.explanation.value}
            onExplain={(text) => room.explain(text)}
          />
        ) : (
          <>
            <h2 id="prediction">{words.predictionTitle}</h2>
            <p class="hint">
              {room.sentence.trim() === ''
                ? words.empty
                : room.phase.value === 'idle'
                  ? strings.run.untrained
                  : words.opening}
            </p>
          </>
        )}
      </section>
      <div class="columns">
        <section class="panel" aria-labelledby="controls">
          <Controls room={room} />
        </section>
        <section class="panel" aria-labelledby="progress">
          <ProgressPanel room={room} />
        </section>
      </div>
      <section class="panel" aria-labelledby="examples">
        <h2 id="examples">{words.examples}</h2>
        {room.hasChanged.value && (
          <p class="changed" role="status">
            {words.changed}
          </p>
        )}
        <ExampleTable rows={room.rows.value} onChange={(rows) => void room.changeRows(rows)} />
      </section>
      <section class="panel" aria-labelledby="model">
        <ModelPanel run={room} words={words.model} />
      </section>
    </RoomFrame>
  );
}

function Controls({ room }: { room: ClassifyController }) {
  const settings = room.settings.value;
  const fixed = room.isFixed.value || (settings.start === 'loaded' && room.loaded.value !== undefined);
  return (
    <>
      <h2 id="controls">{words.training}</h2>
      <RunFields run={room} ranges={CLASSIFY_SETTINGS}>
        <Select
          label={strings.run.cell}
          value={settings.cell}
          options={strings.cells}
          disabled={fixed}
          onChange={(value) => room.set('cell', value)}
        />
        <NumberField
          label={strings.run.hidden}
          value={settings.hidden}
          {...CLASSIFY_SETTINGS.hidden}
          disabled={fixed}
          onChange={(value) => room.set('hidden', value)}
        />
      </RunFields>
      {room.loaded.value && (
        <Choice
          label={strings.run.start}
          value={settings.start}
          options={strings.run.starts}
          onChange={(value) => room.set('start', value)}
        />
      )}
      <RunButtons run={room} />
    </>
  );
}

function ProgressPanel({ room }: { room: ClassifyController }) {
  const step = room.step.value;
  return (
    <>
      <h2 id="progress">{strings.run.progress}</h2>
      <LossChart run={room} axis="steps" unit={words.nats} height={240} />
      <p class="hint" role="status">
        {words.progress(step, room.settings.value.steps, room.note.value?.accuracy)}
      </p>
    </>
  );
}

/** The prediction and the words that move it; clicked words are left out. */
function Prediction({
  explanation,
  onExplain,
}: {
  explanation: Explanation;
  onExplain: (text: string) => Promise<Explanation | undefined>;
}) {
  const deleted = useSignal<ReadonlySet<number>>(new Set());
  const shortened = useSignal<Explanation | undefined>(undefined);
  /** The word that has the focus, or is pointed at. */
  const at = useSignal<number | undefined>(undefined);
  const { tokens } = explanation;
  const left = tokens.filter((_, k) => !deleted.value.has(k));
  useEffect(() => {
    shortened.value = deleted.value.size === 0 ? undefined : shortened.peek();
    if (deleted.value.size === 0) return undefined;
    let isWanted = true;
    const show = async () => {
      const found = await onExplain(left.map(({ value }) => value).join(' '));
      if (isWanted) shortened.value = found;
    };
    void show();
    return () => {
      isWanted = false;
    };
  }, [deleted.value, explanation]);
  const shown = shortened.value ?? explanation;
  const probability = Math.max(...shown.probabilities);
  const strongest = tokens.toSorted((a, b) => Math.abs(b.occlusion) - Math.abs(a.occlusion))[0];
  const looked = at.value === undefined ? undefined : tokens[at.value];
  const letGo = (): void => {
    at.value = undefined;
  };
  return (
    <>
      <h2 id="prediction">{words.predictionTitle}</h2>
      <p class="score" aria-live="polite">
        {words.prediction(shown.label, probability)}
      </p>
      <h3>{words.words}</h3>
      <p class="tokens">
        {tokens.map(({ value, occlusion }, k) => (
          <button
            type="button"
            class="token"
            aria-pressed={deleted.value.has(k)}
            aria-label={words.deleteWord(value)}
            aria-describedby="effect"
            onFocus={() => {
              at.value = k;
            }}
            onBlur={letGo}
            onPointerEnter={() => {
              at.value = k;
            }}
            onPointerLeave={letGo}
            style={{
              '--heat': `var(${occlusion < 0 ? '--cold' : '--warm'})`,
              '--mix': `${Math.round(100 * Math.min(1, 2.5 * Math.abs(occlusion)))}%`,
            }}
            onClick={() => {
              const changed = new Set(deleted.value);
              if (!changed.delete(k)) changed.add(k);
              if (changed.size < tokens.length) deleted.value = changed;
            }}
          >
            {value}
          </button>
        ))}
      </p>
      {strongest && (
        <p id="effect">
          {looked
            ? words.without(looked.value, looked.occlusion)
            : words.strongest(strongest.value, strongest.occlusion)}
        </p>
      )}
      <p class="hint">{words.wordsText}</p>
      <Button
        isIdle={deleted.value.size === 0}
        onClick={() => {
          deleted.value = new Set();
        }}
      >
        {words.restore}
      </Button>
    </>
  );
}
