import { useSignal } from '@preact/signals';
import * as Comlink from 'comlink';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { LogSlider, NumberField, Slider } from '../shell/fields.tsx';
import { LineChart } from '../shell/line-chart.tsx';
import { defaultThreads, maximumThreads, openWorker, type RoomWorker } from '../shell/room-worker.ts';
import { route, setParams } from '../shell/route.ts';
import { printSetting, readSettings } from '../shell/settings.ts';
import { strings } from '../strings.ts';
import type { MicroscopeSession, RaceReport } from './session.ts';
import { CELLS, type CompetingCell, MICROSCOPE_SETTINGS, type MicroscopeSettings } from './settings.ts';

const words = strings.microscope;
const NAMES: Readonly<Record<CompetingCell, string>> = { rnn: words.vanilla, lstm: 'LSTM', gru: 'GRU' };
const SERIES = [
  { label: NAMES.rnn, colour: '--cell-rnn', width: 2.5, dash: [7, 4] },
  { label: NAMES.lstm, colour: '--cell-lstm', width: 2.5 },
  { label: NAMES.gru, colour: '--cell-gru', width: 2.5, dash: [2, 3] },
];
const LEAST_REACH = 1e-6;

/** The room in which three cells learn to remember, and one sees how far their gradients reach. */
export function MicroscopeRoom() {
  const worker = useRef<RoomWorker<MicroscopeSession>>(undefined);
  const phase = useSignal<'idle' | 'training' | 'paused' | 'done'>('idle');
  const error = useSignal('');
  const reports = useSignal<readonly RaceReport[]>([]);
  const settings = readSettings(MICROSCOPE_SETTINGS, route.value.params);
  const last = reports.value.at(-1);

  const stop = (): void => {
    worker.current?.close();
    worker.current = undefined;
  };
  useEffect(() => stop, []);

  const set = <Name extends keyof MicroscopeSettings>(name: Name, value: MicroscopeSettings[Name]): void => {
    setParams({ [name]: printSetting(MICROSCOPE_SETTINGS[name], value) });
    if (name === 'lr') void worker.current?.remote.setLearningRate(value);
    else if (phase.peek() !== 'idle') start();
  };

  /** From the beginning, in a new worker. */
  function start(): void {
    stop();
    const opened = openWorker<MicroscopeSession>('microscope');
    worker.current = opened;
    reports.value = [];
    error.value = '';
    phase.value = 'training';
    const wanted = readSettings(MICROSCOPE_SETTINGS, route.peek().params);
    const threads = Math.min(wanted.threads || defaultThreads(), maximumThreads());
    const report = Comlink.proxy((race: RaceReport) => {
      if (worker.current === opened) reports.value = [...reports.peek(), race];
    });
    void run();

    async function run(): Promise<void> {
      try {
        await opened.remote.race(wanted, threads, report);
        if (worker.current === opened) phase.value = 'done';
      } catch (reason) {
        error.value = reason instanceof Error ? reason.message : String(reason);
        phase.value = 'idle';
      }
    }
  }

  const pause = (isPaused: boolean): void => {
    phase.value = isPaused ? 'paused' : 'training';
    void worker.current?.remote.pause(isPaused);
  };

  const steps = useMemo(() => reports.value.map(({ step }) => step), [reports.value]);
  const accuracies = useMemo(
    () => CELLS.map((cell) => reports.value.map(({ standings }) => 100 * standings[cell].accuracy)),
    [reports.value],
  );
  const reaches = CELLS.map((cell) => last?.standings[cell].reach ?? []);
  const back = useMemo(() => Array.from({ length: settings.delay + 2 }, (_, k) => k), [settings.delay]);
  const left = useMemo(
    () => reaches.map((reach) => back.map((k) => (reach[k] === undefined ? null : Math.max(LEAST_REACH, reach[k])))),
    [last, back],
  );

  return (
    <div class="room">
      <h1>{strings.rooms.microscope}</h1>
      <p class="lead">{words.lead}</p>
      {error.value && (
        <p role="alert" class="error">
          {error.value}
        </p>
      )}
      <div class="columns">
        <section class="panel" aria-labelledby="task">
          <h2 id="task">{words.task}</h2>
          <p class="hint">{words.taskText(settings.delay)}</p>
          <Slider
            label={words.delay}
            value={settings.delay}
            {...MICROSCOPE_SETTINGS.delay}
            step={1}
            onChange={(value) => set('delay', value)}
          />
          <LogSlider
            label={words.lr}
            hint={words.lrHint}
            value={settings.lr}
            {...MICROSCOPE_SETTINGS.lr}
            onChange={(value) => set('lr', value)}
          />
          <div class="fields">
            <NumberField
              label={words.hidden}
              value={settings.hidden}
              {...MICROSCOPE_SETTINGS.hidden}
              onChange={(value) => set('hidden', value)}
            />
            <NumberField
              label={words.steps}
              value={settings.steps}
              {...MICROSCOPE_SETTINGS.steps}
              onChange={(value) => set('steps', value)}
            />
            <NumberField
              label={words.seed}
              value={settings.seed}
              {...MICROSCOPE_SETTINGS.seed}
              onChange={(value) => set('seed', value)}
            />
            <NumberField
              label={words.threads}
              value={Math.min(settings.threads, maximumThreads())}
              min={0}
              max={maximumThreads()}
              onChange={(value) => set('threads', value)}
            />
          </div>
          <small class="hint">{words.restarts}</small>
          <div class="buttons">
            <button type="button" class={phase.value === 'idle' ? 'primary' : ''} onClick={start}>
              {phase.value === 'idle' ? words.start : words.restart}
            </button>
            {(phase.value === 'training' || phase.value === 'paused') && (
              <button type="button" class="primary" onClick={() => pause(phase.value === 'training')}>
                {phase.value === 'training' ? words.pause : words.resume}
              </button>
            )}
          </div>
        </section>
        <section class="panel" aria-labelledby="reach">
          <h2 id="reach">{words.reachTitle}</h2>
          <p class="hint">{words.reachText}</p>
          <LineChart
            x={back}
            y={left}
            series={SERIES}
            xLabel={words.stepsBack}
            yLabel={words.left}
            range={[LEAST_REACH, 10]}
            logarithmic
          />
          <p class="hint">{words.reachSentence(CELLS.map((cell, k) => [NAMES[cell], reaches[k]?.at(-1)]))}</p>
        </section>
      </div>
      <div class="diagnoses">
        {CELLS.map((cell) => {
          const standing = last?.standings[cell];
          return (
            <section class={`panel diagnosis ${cell}`} aria-labelledby={`diagnosis-${cell}`}>
              <h2 id={`diagnosis-${cell}`}>{NAMES[cell]}</h2>
              <p class="score">{standing ? words.correct(standing.accuracy) : '–'}</p>
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
          series={SERIES}
          xLabel={words.stepsAxis}
          yLabel={words.percentCorrect}
          range={[0, 103]}
        />
        <p class="hint" role="status">
          {words.accuracySentence(
            phase.value === 'done' ? 'done' : 'running',
            last?.step ?? 0,
            CELLS.map((cell) => [NAMES[cell], last?.standings[cell].accuracy]),
          )}
        </p>
      </section>
    </div>
  );
}
