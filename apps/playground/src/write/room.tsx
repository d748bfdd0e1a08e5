import { useSignal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Choice, NumberField, Select, Slider } from '../shell/fields.tsx';
import { LossChart } from '../shell/loss-chart.tsx';
import { ModelPanel, RoomFrame, RunButtons, RunFields } from '../shell/run-fields.tsx';
import { strings } from '../strings.ts';
import { ColouredText } from './coloured-text.tsx';
import { WriteController } from './controller.ts';
import { Inspector } from './inspector.tsx';
import { WRITE_SETTINGS } from './settings.ts';

const words = strings.write;

/** The room in which a character model is trained, read with and written with. */
export function WriteRoom() {
  const [room] = useState(() => new WriteController());
  useEffect(() => () => room.close(), [room]);
  return (
    <RoomFrame run={room} title={strings.rooms.write} lead={words.lead}>
      <section class="panel" aria-labelledby="reading">
        <ReadingPanel room={room} />
      </section>
      <div class="columns">
        <section class="panel" aria-labelledby="controls">
          <Controls room={room} />
        </section>
        <section class="panel" aria-labelledby="progress">
          <ProgressPanel room={room} />
        </section>
      </div>
      <div class="columns even">
        <section class="panel" aria-labelledby="writing">
          <WritingPanel room={room} />
        </section>
        <section class="panel" aria-labelledby="model">
          <ModelPanel run={room} words={words.model} />
        </section>
      </div>
    </RoomFrame>
  );
}

function Controls({ room }: { room: WriteController }) {
  const settings = room.settings.value;
  const fixed = room.isFixed.value;
  const isLoaded = settings.start === 'loaded';
  return (
    <>
      <h2 id="controls">{words.controls}</h2>
      <Select
        label={words.text}
        value={settings.text}
        options={words.texts}
        disabled={fixed}
        onChange={(value) => room.set('text', value)}
      />
      {settings.text === 'own' && <OwnText room={room} disabled={fixed} />}
      <RunFields run={room} ranges={WRITE_SETTINGS}>
        <Select
          label={strings.run.cell}
          value={settings.cell}
          options={strings.cells}
          disabled={fixed || isLoaded}
          onChange={(value) => room.set('cell', value)}
        />
        <NumberField
          label={strings.run.hidden}
          value={settings.hidden}
          {...WRITE_SETTINGS.hidden}
          disabled={fixed || isLoaded}
          onChange={(value) => room.set('hidden', value)}
        />
        <NumberField
          label={words.layers}
          value={settings.layers}
          {...WRITE_SETTINGS.layers}
          disabled={fixed || isLoaded}
          onChange={(value) => room.set('layers', value)}
        />
      </RunFields>
      <Choice
        label={strings.run.start}
        value={settings.start}
        options={{ ...strings.run.starts, loaded: room.loadedName.value }}
        onChange={(value) => room.set('start', value)}
      />
      <RunButtons run={room} />
    </>
  );
}

function OwnText({ room, disabled }: { room: WriteController; disabled: boolean }) {
  return (
    <div class="field">
      <label for="own-text">{words.ownText}</label>
      <textarea
        id="own-text"
        rows={5}
        disabled={disabled}
        value={room.ownText.value}
        onChange={({ currentTarget }) => void room.useText(currentTarget.value)}
      />
      <small class="hint">{words.ownTextHint(room.ownText.value.length)}</small>
    </div>
  );
}

function ProgressPanel({ room }: { room: WriteController }) {
  const { axis, steps } = room.settings.value;
  const [step, train, valid] = [room.step.value, room.trainLoss.value, room.heldOutLoss.value];
  const figures = [
    [strings.run.step, `${step.toLocaleString('en')} / ${steps.toLocaleString('en')}`],
    [strings.chart.train, train === undefined ? strings.none : strings.bits(train)],
    [strings.chart.heldOut, valid === undefined ? strings.none : strings.bits(valid)],
    [words.speed, room.speed.value ? Math.round(room.speed.value).toLocaleString('en') : strings.none],
  ] as const;
  return (
    <>
      <div class="heading">
        <h2 id="progress">{strings.run.progress}</h2>
        <Choice
          label={strings.run.axis}
          value={axis}
          options={strings.chart.axes}
          onChange={(value) => room.set('axis', value)}
        />
      </div>
      <dl class="figures">
        {figures.map(([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <LossChart run={room} axis={axis} unit={words.bitsPerCharacter} height={240} />
      <h3>{words.sample}</h3>
      <p class="sample">{room.note.value?.trim() || <span class="hint">{words.noSample}</span>}</p>
    </>
  );
}

function ReadingPanel({ room }: { room: WriteController }) {
  const { colour, unit } = room.settings.value;
  const reading = room.reading.value;
  const last = (reading?.units ?? 1) - 1;
  const legend = colour === 'nll' ? words.legendNll : words.legendUnit;
  return (
    <>
      <div class="heading">
        <h2 id="reading">{words.reading}</h2>
        <Choice
          label={words.colourBy}
          value={colour}
          options={words.colours}
          onChange={(value) => room.set('colour', value)}
        />
      </div>
      <p class="hint">{words.readingText(room.modelName.value || words.shipped)}</p>
      {colour === 'unit' && (
        <div class="units">
          <Slider
            label={words.unit}
            value={Math.min(unit, last) + 1}
            min={1}
            max={last + 1}
            step={1}
            onChange={(value) => room.set('unit', value - 1)}
          />
        </div>
      )}
      <div class="reader">
        <div>
          <ColouredText room={room} />
          <p class={`legend ${colour}`}>
            {legend.map((text) => (
              <span>{text}</span>
            ))}
          </p>
          <p class="hint ties">{words.legendConnectivity}</p>
          <details>
            <summary>{words.editPassage}</summary>
            <label for="passage">{words.passage}</label>
            <textarea
              id="passage"
              rows={4}
              value={room.passage.value}
              onInput={({ currentTarget }) => {
                room.passage.value = currentTarget.value.slice(0, 2000);
              }}
            />
          </details>
        </div>
        <div class="inspector" aria-live="polite">
          <Inspector room={room} />
        </div>
      </div>
    </>
  );
}

function WritingPanel({ room }: { room: WriteController }) {
  const prompt = useRef<HTMLInputElement>(null);
  const temperature = useSignal(0.7);
  return (
    <>
      <h2 id="writing">{words.writing}</h2>
      <div class="field">
        <label for="prompt">{words.prompt}</label>
        <input id="prompt" type="text" ref={prompt} defaultValue={words.firstPrompt} />
      </div>
      <Slider
        label={words.temperature}
        hint={words.temperatureHint}
        value={temperature.value}
        min={0}
        max={1.5}
        step={0.1}
        onChange={(value) => {
          temperature.value = value;
        }}
      />
      <div class="buttons">
        <button
          type="button"
          disabled={room.phase.value === 'opening'}
          onClick={() => void room.write(prompt.current?.value ?? '', temperature.value)}
        >
          {words.write}
        </button>
      </div>
      {room.written.value && <p class="sample written">{room.written}</p>}
    </>
  );
}
