import { useSignal } from '@preact/signals';
import type { Explanation } from '@unroll/sentiment';
import * as Comlink from 'comlink';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { CurvePoint } from '../shell/curve.ts';
import { LogSlider, NumberField, Select } from '../shell/fields.tsx';
import { LossChart } from '../shell/loss-chart.tsx';
import { defaultThreads, maximumThreads, openWorker } from '../shell/room-worker.ts';
import { route, setParams } from '../shell/route.ts';
import { printSetting, readSettings } from '../shell/settings.ts';
import { saveFile } from '../storage/save-file.ts';
import { strings } from '../strings.ts';
import { ExampleTable } from './example-table.tsx';
import { keepExamples, keptExamples, type Row } from './examples.ts';
import type { ClassifyProgress, ClassifySession } from './session.ts';
import { CLASSIFY_SETTINGS, type ClassifySettings } from './settings.ts';

const words = strings.classify;
const CELLS = { gru: 'GRU', lstm: 'LSTM', rnn: 'RNN' } as const;
const FOLDER = 'sentiment-playground';
const TYPING_MS = 120;

/** The room in which a classifier is trained on a table of examples, and its predictions are taken apart. */
export function ClassifyRoom() {
  const [worker] = useState(() => openWorker<ClassifySession>('classify'));
  useEffect(() => () => worker.close(), [worker]);
  const settings = readSettings(CLASSIFY_SETTINGS, route.value.params);
  const sentence = route.value.params.get('text') ?? words.firstSentence;
  const rows = useSignal<readonly Row[]>(keptExamples());
  const phase = useSignal<'training' | 'paused' | 'done'>('paused');
  const error = useSignal('');
  const points = useSignal<readonly CurvePoint[]>([]);
  const step = useSignal(0);
  const accuracy = useSignal<number | undefined>(undefined);
  const explanation = useSignal<Explanation | undefined>(undefined);
  const isChanging = useRef(false);
  const running = useRef<Promise<void>>(undefined);

  const explainNow = async (text: string): Promise<void> => {
    explanation.value = await worker.remote.explain(text).catch((reason: unknown) => {
      error.value = String(reason);
      return undefined;
    });
  };
  useEffect(() => {
    const timer = setTimeout(() => void explainNow(sentence), TYPING_MS);
    return () => clearTimeout(timer);
  }, [sentence]);

  /** @param resume goes on with the run before */
  const train = (resume: boolean): void => {
    if (!resume) {
      points.value = [];
      step.value = 0;
    }
    phase.value = 'training';
    error.value = '';
    const now = readSettings(CLASSIFY_SETTINGS, route.peek().params);
    const threads = Math.min(now.threads || defaultThreads(), maximumThreads());
    const report = Comlink.proxy((progress: ClassifyProgress) => {
      step.value = progress.step;
      accuracy.value = progress.accuracy;
      points.value = [...points.peek(), ...progress.points];
      void explainNow(route.peek().params.get('text') ?? words.firstSentence);
    });
    running.current = (async () => {
      try {
        step.value = await worker.remote.train(now, rows.peek(), resume, threads, report);
      } catch (reason) {
        error.value = reason instanceof Error ? reason.message : String(reason);
      }
      phase.value = step.peek() >= now.steps ? 'done' : 'paused';
    })();
  };
  useEffect(() => train(false), []);

  const pause = async (): Promise<void> => {
    await worker.remote.pause();
    await running.current;
  };
  const set = <Name extends keyof ClassifySettings>(name: Name, value: ClassifySettings[Name]): void => {
    setParams({ [name]: printSetting(CLASSIFY_SETTINGS[name], value) });
    const goesOn = name === 'lr' || name === 'threads' || name === 'steps';
    if (phase.peek() === 'training' && goesOn) void change();
  };
  /** Goes on with settings that were changed while it trains. */
  async function change(): Promise<void> {
    if (isChanging.current) return;
    isChanging.current = true;
    await pause();
    if (isChanging.current) train(true);
    isChanging.current = false;
  }

  async function download(): Promise<void> {
    const bytes = await worker.remote.download(FOLDER);
    if (bytes) saveFile(`${FOLDER}.zip`, bytes);
  }

  return (
    <div class="room">
      <h1>{strings.rooms.classify}</h1>
      <p class="lead">{words.lead}</p>
      {error.value && (
        <p role="alert" class="error">
          {error.value}
        </p>
      )}
      <section class="panel" aria-labelledby="prediction">
        <div class="field">
          <label for="sentence">{words.sentence}</label>
          <input
            id="sentence"
            type="text"
            value={sentence}
            onInput={({ currentTarget }) => setParams({ text: currentTarget.value.slice(0, 500) })}
          />
        </div>
        {explanation.value ? (
          <Prediction
            key={sentence}
            explanation={explanation.value}
            onExplain={(text) => worker.remote.explain(text)}
          />
        ) : (
          <p class="hint">{words.opening}</p>
        )}
      </section>
      <div class="columns">
        <section class="panel" aria-labelledby="training">
          <h2 id="training">{words.training}</h2>
          <Select label={words.cell} value={settings.cell} options={CELLS} onChange={(value) => set('cell', value)} />
          <div class="fields">
            <NumberField
              label={words.hidden}
              value={settings.hidden}
              {...CLASSIFY_SETTINGS.hidden}
              onChange={(value) => set('hidden', value)}
            />
            <NumberField
              label={words.steps}
              value={settings.steps}
              {...CLASSIFY_SETTINGS.steps}
              onChange={(value) => set('steps', value)}
            />
            <NumberField
              label={words.seed}
              value={settings.seed}
              {...CLASSIFY_SETTINGS.seed}
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
          <LogSlider
            label={words.lr}
            hint={words.lrHint}
            value={settings.lr}
            {...CLASSIFY_SETTINGS.lr}
            onChange={(value) => set('lr', value)}
          />
          <div class="buttons">
            {phase.value === 'training' ? (
              <button
                type="button"
                class="primary"
                onClick={() => {
                  isChanging.current = false;
                  void pause();
                }}
              >
                {words.pause}
              </button>
            ) : (
              <>
                {step.value > 0 && step.value < settings.steps && (
                  <button type="button" class="primary" onClick={() => train(true)}>
                    {words.resume}
                  </button>
                )}
                <button type="button" onClick={() => train(false)}>
                  {words.train}
                </button>
                <button type="button" onClick={() => void download()}>
                  {words.download}
                </button>
              </>
            )}
          </div>
        </section>
        <section class="panel" aria-labelledby="progress">
          <h2 id="progress">{words.progressTitle}</h2>
          <LossChart points={points.value} axis="steps" unit={words.nats} height={200} />
          <p class="hint" role="status">
            {words.progress(step.value, settings.steps, accuracy.value)}
          </p>
        </section>
      </div>
      <section class="panel" aria-labelledby="examples">
        <h2 id="examples">{words.examples}</h2>
        <ExampleTable
          rows={rows.value}
          onChange={(changed) => {
            rows.value = changed;
            keepExamples(changed);
          }}
        />
      </section>
    </div>
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
  const { tokens } = explanation;
  const left = tokens.filter((_, k) => !deleted.value.has(k));
  useEffect(() => {
    if (deleted.value.size === 0) shortened.value = undefined;
    else void onExplain(left.map(({ value }) => value).join(' ')).then((found) => (shortened.value = found));
  }, [deleted.value, explanation]);
  const shown = shortened.value ?? explanation;
  const probability = Math.max(...shown.probabilities);
  const strongest = tokens.toSorted((a, b) => Math.abs(b.occlusion) - Math.abs(a.occlusion))[0];
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
            title={words.without(value, occlusion)}
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
      {strongest && <p>{words.strongest(strongest.value, strongest.occlusion)}</p>}
      <p class="hint">{words.wordsText}</p>
      {deleted.value.size > 0 && (
        <button
          type="button"
          onClick={() => {
            deleted.value = new Set();
          }}
        >
          {words.restore}
        </button>
      )}
    </>
  );
}
