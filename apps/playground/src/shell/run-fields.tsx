import { type ReadonlySignal, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { droppedFiles } from '../storage/model-folder.ts';
import { strings } from '../strings.ts';
import { defaultMemory, defaultThreads, LEAST_MEMORY, maximumThreads } from './compute.ts';
import { Button, LogSlider, NumberField } from './fields.tsx';
import type { ModelFacts } from './model-facts.ts';
import type { Phase, RunValues } from './run-controller.ts';

const words = strings.run;

/** What the fields and buttons of every room need of its run. */
export interface RunInPage {
  readonly settings: ReadonlySignal<RunValues>;
  readonly phase: ReadonlySignal<Phase>;
  readonly step: ReadonlySignal<number>;
  readonly error: ReadonlySignal<string>;
  readonly news: ReadonlySignal<string>;
  readonly isTraining: ReadonlySignal<boolean>;
  readonly isFixed: ReadonlySignal<boolean>;
  readonly model: ReadonlySignal<ModelFacts | undefined>;
  readonly isUnsaved: ReadonlySignal<boolean>;
  readonly resumable: ReadonlySignal<
    { readonly step: number; readonly setup: { readonly settings: RunValues } } | undefined
  >;
  set(name: keyof RunValues, value: number): void;
  train(): void;
  resume(): void;
  pause(): Promise<void>;
  resumeSaved(): void;
  discardSaved(): Promise<void>;
  download(): Promise<void>;
  take(files: readonly File[] | Promise<readonly File[]>): Promise<void>;
}

type Range = { readonly min: number; readonly max: number };

/** A room on which files can be dropped, with what it says of its run. */
export function RoomFrame(props: { run: RunInPage; title: string; lead: string; children: ComponentChildren }) {
  const { run, title, lead, children } = props;
  const over = useSignal(false);
  const heading = useRef<HTMLHeadingElement>(null);
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
        if (event.dataTransfer) void run.take(droppedFiles(event.dataTransfer));
      }}
    >
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      <p class="lead">{lead}</p>
      <p role="status" class="hidden">
        {run.news}
      </p>
      {run.error.value && (
        <p role="alert" class="error">
          {run.error.value}
        </p>
      )}
      {run.isUnsaved.value && (
        <p role="alert" class="error">
          {words.unsaved}
        </p>
      )}
      <SavedRunNotice run={run} onAnswer={() => heading.current?.focus()} />
      {children}
    </div>
  );
}

/** @param onAnswer is called before it vanishes, for the focus */
function SavedRunNotice({ run, onAnswer }: { run: RunInPage; onAnswer: () => void }) {
  const saved = run.resumable.value;
  if (!saved || run.isTraining.value) return null;
  const resume = (): void => {
    onAnswer();
    run.resumeSaved();
  };
  const discard = (): void => {
    onAnswer();
    void run.discardSaved();
  };
  return (
    <div class="panel notice">
      <p>
        <strong>{words.resumeTitle}</strong> {words.resumeText(saved.step, saved.setup.settings.steps)}
      </p>
      <button type="button" class="primary" onClick={resume}>
        {saved.step < saved.setup.settings.steps ? words.resumeSaved : words.openSaved}
      </button>
      <button type="button" onClick={discard}>
        {words.discardSaved}
      </button>
    </div>
  );
}

/** Seed, steps, threads, memory and learning rate; `children` are fields before them. */
export function RunFields(props: {
  run: RunInPage;
  ranges: Readonly<Record<'seed' | 'steps' | 'lr', Range>>;
  /** Whether another seed may be given while it trains. */
  isSeedFree?: boolean;
  children?: ComponentChildren;
}) {
  const { run, ranges, isSeedFree = false, children } = props;
  const settings = run.settings.value;
  const number = (name: 'seed' | 'steps', disabled = false) => (
    <NumberField
      label={words[name]}
      value={settings[name]}
      {...ranges[name]}
      disabled={disabled}
      onChange={(value) => run.set(name, value)}
    />
  );
  /** A setting that is 0 in the address where it is left to the page. */
  const automatic = (name: 'threads' | 'memory', initial: number, range: Range) => (
    <NumberField
      label={words[name]}
      value={Math.min(settings[name] || initial, range.max)}
      {...range}
      onChange={(value) => run.set(name, value === initial ? 0 : value)}
    />
  );
  return (
    <>
      <div class="fields">
        {children}
        {number('seed', run.isFixed.value && !isSeedFree)}
        {number('steps')}
        {automatic('threads', defaultThreads(), { min: 1, max: maximumThreads() })}
        {automatic('memory', defaultMemory(), { min: LEAST_MEMORY, max: 4096 })}
      </div>
      <small class="hint">{words.threadsHint(maximumThreads())}</small>
      <LogSlider
        label={words.lr}
        hint={words.lrHint}
        value={settings.lr}
        {...ranges.lr}
        onChange={(value) => run.set('lr', value)}
      />
    </>
  );
}

/** Train, pause and resume are one button, which keeps its place and the focus; beside it is one to begin again. */
export function RunButtons({ run }: { run: RunInPage }) {
  const phase = run.phase.value;
  const canResume = phase === 'paused' || (phase === 'done' && run.step.value < run.settings.value.steps);
  const [text, act] = run.isTraining.value
    ? [phase === 'pausing' ? words.pausing : words.pause, () => void run.pause()]
    : canResume
      ? [words.resume, () => run.resume()]
      : [phase === 'done' ? words.trainAnew : words.train, () => run.train()];
  return (
    <div class="buttons">
      <Button class="primary" isIdle={phase === 'pausing' || phase === 'opening'} onClick={act}>
        {text}
      </Button>
      {canResume && (
        <button
          type="button"
          onClick={({ currentTarget }) => {
            currentTarget.parentElement?.querySelector('button')?.focus(); // this one vanishes
            run.train();
          }}
        >
          {words.trainAnew}
        </button>
      )}
    </div>
  );
}

/** The model in numbers, to keep and to replace. */
export function ModelPanel(props: {
  run: RunInPage;
  /** What the folder is, and what else may be dropped. */
  words: Readonly<Record<'download' | 'drop', string>>;
}) {
  const { run, words: texts } = props;
  const model = run.model.value;
  return (
    <>
      <h2 id="model">{words.model}</h2>
      {model && <p>{words.modelText(model)}</p>}
      <div class="buttons">
        <button type="button" disabled={!model} onClick={() => void run.download()}>
          {words.download}
        </button>
      </div>
      <p class="hint">{texts.download}</p>
      <label class="drop">
        {texts.drop}
        <span class="button">{words.chooseModel}</span>
        <input
          type="file"
          multiple
          class="hidden"
          onChange={({ currentTarget }) => {
            void run.take([...(currentTarget.files ?? [])]);
            currentTarget.value = '';
          }}
        />
      </label>
    </>
  );
}
