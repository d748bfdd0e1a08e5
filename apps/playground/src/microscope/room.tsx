import { useEffect, useMemo, useState } from 'preact/hooks';
import { Choice, NumberField, Select, Slider } from '../shell/fields.tsx';
import { LineChart } from '../shell/line-chart.tsx';
import { ModelPanel, RoomFrame, RunButtons, RunFields } from '../shell/run-fields.tsx';
import { strings } from '../strings.ts';
import { MicroscopeController } from './controller.ts';
import { cellsOf, MICROSCOPE_SETTINGS, PLACES } from './settings.ts';

const words = strings.microscope;
const LOOKS = [
  { colour: '--place-1', width: 2.5, dash: [7, 4] },
  { colour: '--place-2', width: 2.5 },
  { colour: '--place-3', width: 2.5, dash: [2, 3] },
];
const LEAST_REACH = 1e-6;

/** The room in which three cells learn to remember, and one sees how far their gradients reach. */
export function MicroscopeRoom() {
  const [room] = useState(() => new MicroscopeController());
  useEffect(() => () => room.close(), [room]);
  const settings = room.settings.value;
  const note = room.note.value;
  const names = cellsOf(settings).map((cell) => strings.cells[cell]);
  const series = names.map((label, k) => ({ label, ...(LOOKS[k] as (typeof LOOKS)[number]) }));
  const history = note?.history ?? [];
  const steps = useMemo(() => history.map(({ step }) => step), [note]);
  const accuracies = useMemo(
    () => PLACES.map((_, k) => history.map((past) => 100 * (past.accuracies[k] ?? 0))),
    [note],
  );
  const reaches = PLACES.map((_, k) => note?.standings[k]?.reach ?? []);
  const back = useMemo(() => Array.from({ length: settings.delay + 2 }, (_, k) => k), [settings.delay]);
  const left = useMemo(
    () => reaches.map((reach) => back.map((k) => (reach[k] === undefined ? null : Math.max(LEAST_REACH, reach[k])))),
    [note, back],
  );

  return (
    <RoomFrame run={room} title={strings.rooms.microscope} lead={words.lead}>
      <div class="columns">
        <section class="panel" aria-labelledby="task">
          <h2 id="task">{words.task}</h2>
          <p class="hint">{words.taskText(settings.delay)}</p>
          <Slider
            label={words.delay}
            value={settings.delay}
            {...MICROSCOPE_SETTINGS.delay}
            step={1}
            onChange={(value) => room.set('delay', value)}
          />
          <RunFields run={room} ranges={MICROSCOPE_SETTINGS} isSeedFree>
            {PLACES.map((place) => (
              <Select
                label={words.places[place]}
                value={settings[place]}
                options={strings.cells}
                onChange={(value) => room.set(place, value)}
              />
            ))}
            <NumberField
              label={strings.run.hidden}
              value={settings.hidden}
              {...MICROSCOPE_SETTINGS.hidden}
              onChange={(value) => room.set('hidden', value)}
            />
          </RunFields>
          <small class="hint">{words.restarts}</small>
          {room.loaded.value && (
            <Choice
              label={strings.run.start}
              value={settings.start}
              options={strings.run.starts}
              onChange={(value) => room.set('start', value)}
            />
          )}
          <RunButtons run={room} />
        </section>
        <section class="panel" aria-labelledby="reach">
          <h2 id="reach">{words.reachTitle}</h2>
          <p class="hint">{words.reachText}</p>
          <LineChart
            x={back}
            y={left}
            series={series}
            xLabel={words.stepsBack}
            yLabel={words.left}
            range={[LEAST_REACH, 10]}
            logarithmic
            height={430}
          >
            <p class="hint">{words.reachSentence(names.map((name, k) => [name, reaches[k]?.at(-1)]))}</p>
          </LineChart>
        </section>
      </div>
      <div class="diagnoses">
        {names.map((name, k) => {
          const standing = note?.standings[k];
          return (
            <section class={`panel diagnosis place-${k + 1}`} aria-labelledby={`diagnosis-${k}`}>
              <h2 id={`diagnosis-${k}`}>{name}</h2>
              <p class="score">{standing ? words.correct(standing.accuracy) : strings.none}</p>
              <p>{standing?.diagnosis?.text ?? words.noDiagnosis}</p>
            </section>
          );
        })}
      </div>
      <section class="panel" aria-labelledby="accuracy">
        <h2 id="accuracy">{words.accuracyTitle}</h2>
        <LineChart
          x={steps}
          y={accuracies}
          series={series}
          xLabel={words.stepsAxis}
          yLabel={words.percentCorrect}
          range={[0, 103]}
          height={240}
        >
          <p class="hint" role="status">
            {words.accuracySentence(
              room.phase.value === 'done' ? 'done' : 'running',
              note?.step ?? 0,
              names.map((name, k) => [name, note?.standings[k]?.accuracy]),
            )}
          </p>
        </LineChart>
      </section>
      <section class="panel" aria-labelledby="model">
        <ModelPanel run={room} words={words.model} />
      </section>
    </RoomFrame>
  );
}
