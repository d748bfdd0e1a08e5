import { useSignal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Choice, LogSlider, NumberField, Select, Slider } from '../shell/fields.tsx';
import { LossChart } from '../shell/loss-chart.tsx';
import { maximumThreads } from '../shell/room-worker.ts';
import { droppedFiles, findModel } from '../storage/model-folder.ts';
import { strings } from '../strings.ts';
import { ColouredText } from './coloured-text.tsx';
import { WriteController } from './controller.ts';
import { Inspector } from './inspector.tsx';
import { WRITE_SETTINGS } from './settings.ts';

const words = strings.write;
const CELLS = { rnn: 'RNN', gru: 'GRU', lstm: 'LSTM', mingru: 'minGRU', minlstm: 'minLSTM' } as const;

/** The room in which a character model is trained, read with and written with. */
export function WriteRoom() {
  const [room] = useState(() => new WriteController());
  useEffect(() => () => room.close(), [room]);
  const over = useSignal(false);
  return (
    <div
      class={over.value ? 'room dropping' : 'room'}
      onDragOver={(event) => {
        event.preventDefault();
        over.value = true;
      }}
      onDragLeave={() => {
        over.value = false;
      }}
      onDrop={(event) => {
        event.preventDefault();
        over.value = false;
        if (event.dataTransfer) void droppedFiles(event.dataTransfer).then((files) => take(files, room));
      }}
    >
      <h1>{strings.rooms.write}</h1>
      <p class="lead">{words.lead}</p>
      <p role="status" class="hidden">
        {room.news}
      </p>
      {room.error.value && (
        <p role="alert" class="error">
          {room.error.value}
        </p>
      )}
      <SavedRun room={room} />
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
          <ModelPanel room={room} />
        </section>
      </div>
    </div>
  );
}

/** A model, or else a text. */
async function take(files: readonly File[], room: WriteController): Promise<void> {
  const model = await findModel(files);
  if (model) return room.loadModel(model);
  const text = files.find(({ type, name }) => type.startsWith('text/') || /\.(txt|md)$/i.test(name));
  if (text) room.useText(await text.text());
  else room.error.value = words.notAModel;
  return undefined;
}

function SavedRun({ room }: { room: WriteController }) {
  const saved = room.resumable.value;
  if (!saved || room.isTraining.value) return null;
  return (
    <div class="panel notice">
      <p>
        <strong>{words.resumeTitle}</strong> {words.resumeText(saved.step, saved.setup.settings.steps)}
      </p>
      <button type="button" class="primary" onClick={() => room.resumeSaved()}>
        {words.resumeSaved}
      </button>
      <button type="button" onClick={() => void room.discardSaved()}>
        {words.discardSaved}
      </button>
    </div>
  );
}

function Controls({ room }: { room: WriteController }) {
  const settings = room.settings.value;
  const phase = room.phase.value;
  const busy = room.isTraining.value;
  const fixed = busy || phase === 'paused'; // what a run cannot change
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
      <div class="fields">
        <Select
          label={words.cell}
          value={settings.cell}
          options={CELLS}
          disabled={fixed || settings.start === 'loaded'}
          onChange={(value) => room.set('cell', value)}
        />
        <NumberField
          label={words.hidden}
          value={settings.hidden}
          {...WRITE_SETTINGS.hidden}
          disabled={fixed || settings.start === 'loaded'}
          onChange={(value) => room.set('hidden', value)}
        />
        <NumberField
          label={words.layers}
          value={settings.layers}
          {...WRITE_SETTINGS.layers}
          disabled={fixed || settings.start === 'loaded'}
          onChange={(value) => room.set('layers', value)}
        />
        <NumberField
          label={words.seed}
          value={settings.seed}
          {...WRITE_SETTINGS.seed}
          disabled={fixed}
          onChange={(value) => room.set('seed', value)}
        />
        <NumberField
          label={words.steps}
          value={settings.steps}
          {...WRITE_SETTINGS.steps}
          onChange={(value) => room.set('steps', value)}
        />
        <NumberField
          label={words.threads}
          value={Math.min(settings.threads, maximumThreads())}
          min={0}
          max={maximumThreads()}
          onChange={(value) => room.set('threads', value)}
        />
      </div>
      <small class="hint">{words.threadsHint(maximumThreads())}</small>
      <LogSlider
        label={words.lr}
        hint={words.lrHint}
        value={settings.lr}
        {...WRITE_SETTINGS.lr}
        onChange={(value) => room.set('lr', value)}
      />
      <Choice
        label={words.start}
        value={settings.start}
        options={words.starts}
        onChange={(value) => room.set('start', value)}
      />
      <div class="buttons">
        {busy ? (
          <button type="button" class="primary" disabled={phase === 'pausing'} onClick={() => void room.pause()}>
            {phase === 'pausing' ? words.pausing : words.pause}
          </button>
        ) : (
          <>
            {(phase === 'paused' || (phase === 'done' && room.step.value < settings.steps)) && (
              <button type="button" class="primary" onClick={() => room.resume()}>
                {words.resume}
              </button>
            )}
            <button
              type="button"
              class={phase === 'paused' ? '' : 'primary'}
              disabled={phase === 'opening'}
              onClick={() => room.train()}
            >
              {phase === 'idle' || phase === 'opening' ? words.train : words.trainAnew}
            </button>
          </>
        )}
      </div>
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
        onChange={({ currentTarget }) => room.useText(currentTarget.value)}
      />
      <small class="hint">{words.ownTextHint(room.ownText.value.length)}</small>
    </div>
  );
}

function ProgressPanel({ room }: { room: WriteController }) {
  const { axis, steps } = room.settings.value;
  const [step, train, valid] = [room.step.value, room.trainLoss.value, room.heldOutLoss.value];
  const figures = [
    [words.step, `${step.toLocaleString('en')} / ${steps.toLocaleString('en')}`],
    [strings.chart.train, train === undefined ? '–' : strings.bits(train)],
    [strings.chart.heldOut, valid === undefined ? '–' : strings.bits(valid)],
    [words.speed, room.speed.value ? Math.round(room.speed.value).toLocaleString('en') : '–'],
  ] as const;
  return (
    <>
      <div class="heading">
        <h2 id="progress">{words.progress}</h2>
        <Choice
          label={words.axis}
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
      <LossChart points={room.points.value} axis={axis} unit={words.bitsPerCharacter} />
      <p class="hint">{words.chartText(step, train, valid)}</p>
      <h3>{words.sample}</h3>
      <p class="sample">{room.sample.value.trim() || <span class="hint">{words.noSample}</span>}</p>
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
            value={Math.min(unit, last)}
            min={0}
            max={last}
            step={1}
            onChange={(value) => room.set('unit', value)}
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
        <input id="prompt" type="text" ref={prompt} defaultValue="The " />
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

function ModelPanel({ room }: { room: WriteController }) {
  const model = room.model.value;
  return (
    <>
      <h2 id="model">{words.model}</h2>
      {model && <p>{words.modelText(model.parameters, model.cell, model.hidden, model.layers)}</p>}
      <div class="buttons">
        <button type="button" disabled={!model} onClick={() => void room.download()}>
          {words.download}
        </button>
      </div>
      <p class="hint">{words.downloadHint}</p>
      <label class="drop">
        {words.drop}
        <span class="button">{words.chooseModel}</span>
        <input
          type="file"
          multiple
          class="hidden"
          onChange={({ currentTarget }) => {
            void take([...(currentTarget.files ?? [])], room);
            currentTarget.value = '';
          }}
        />
      </label>
    </>
  );
}
