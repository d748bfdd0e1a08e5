import { useSignal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Choice, hasModifier, NumberField, Slider } from '../shell/fields.tsx';
import { LossChart } from '../shell/loss-chart.tsx';
import { ModelPanel, RoomFrame, RunButtons, RunFields } from '../shell/run-fields.tsx';
import { strings } from '../strings.ts';
import { UnrollController } from './controller.ts';
import { Diagram } from './diagram.tsx';
import { equationsOf, shown } from './equations.ts';
import { UNROLL_SETTINGS, type UnrollSettings } from './settings.ts';
import { ALPHABET } from './shapes.ts';
import type { Unrolled } from './toy-model.ts';

const words = strings.unroll;
const PLAY_MS = 700;

/** The room that shows what a recurrent network is: one small network, step by step, forward and backward. */
export function UnrollRoom() {
  const [room] = useState(() => new UnrollController());
  useEffect(() => () => room.close(), [room]);
  const net = room.net.value;
  const settings = room.settings.value;
  return (
    <RoomFrame run={room} title={strings.rooms.unroll} lead={words.lead}>
      <section class="panel" aria-labelledby="network">
        <div class="heading">
          <h2 id="network">{words.shapeNames[settings.shape]}</h2>
          <Choice
            label={strings.run.cell}
            value={settings.cell}
            options={strings.cells}
            onChange={(value) => room.set('cell', value)}
          />
        </div>
        <Choice
          label={words.shape}
          value={settings.shape}
          options={words.shapeNames}
          onChange={(value) => room.set('shape', value)}
        />
        <p class="hint">{words.tasks[settings.shape]}</p>
        <Stage room={room} />
      </section>
      <div class="columns even">
        <section class="panel" aria-labelledby="inside">
          {net ? <Inside net={net} settings={settings} /> : <h2 id="inside">{words.inside}</h2>}
        </section>
        <section class="panel" aria-labelledby="survives">
          <h2 id="survives">{words.survivesTitle}</h2>
          {net && <p aria-live="polite">{words.survives(strings.cells[net.cell], net.gradients)}</p>}
          {net && <p>{words.accuracy(net.accuracy)}</p>}
        </section>
      </div>
      <div class="columns">
        <section class="panel" aria-labelledby="controls">
          <Controls room={room} />
        </section>
        <section class="panel" aria-labelledby="progress">
          <h2 id="progress">{strings.run.progress}</h2>
          <p class="hint">{words.progress(room.step.value, settings.steps)}</p>
          <LossChart run={room} axis="steps" unit={words.nats} height={280} />
        </section>
      </div>
      <section class="panel" aria-labelledby="model">
        <ModelPanel run={room} words={words.model} />
      </section>
    </RoomFrame>
  );
}

/** The diagram, with what moves through it. */
function Stage({ room }: { room: UnrollController }) {
  const playing = useSignal(false);
  const stage = useRef<HTMLDivElement>(null);
  const net = room.net.value;
  const settings = room.settings.value;
  const { shape, cell, length: T, hidden, direction } = settings;
  const isStale =
    net !== undefined &&
    (net.shape !== shape || net.cell !== cell || net.inputs.length !== T || net.h[0]?.length !== hidden);
  const now = Math.min(settings.t, T);
  const unit = Math.min(settings.unit, hidden - 1);
  const isForward = direction === 'forward';
  const move = (by: number): void => room.set('t', Math.max(1, Math.min(T, now + by)));

  useEffect(() => {
    if (!playing.value) return undefined;
    const isOver = isForward ? now >= T : now <= 1;
    if (isOver) playing.value = false;
    const timer = setTimeout(() => move(isForward ? 1 : -1), PLAY_MS);
    return () => clearTimeout(timer);
  }, [playing.value, now, isForward]);

  // On a narrow page the step that is looked at must be in sight.
  useEffect(() => {
    const { current } = stage;
    if (current && net) current.scrollLeft = (current.scrollWidth * now) / (T + 1) - current.clientWidth / 2;
  }, [now, T, net === undefined]);

  /** Starts at the end that the direction begins at. */
  const play = (towards: UnrollSettings['direction']): void => {
    const moves = !matchMedia('(prefers-reduced-motion: reduce)').matches; // else it is at its end at once
    room.set('direction', towards);
    room.set('t', (towards === 'forward') === moves ? 1 : T);
    playing.value = moves;
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (hasModifier(event)) return;
    if (event.key === 'ArrowRight') move(1);
    else if (event.key === 'ArrowLeft') move(-1);
    else if (event.key === 'ArrowDown') room.set('unit', Math.min(hidden - 1, unit + 1));
    else if (event.key === 'ArrowUp') room.set('unit', Math.max(0, unit - 1));
    else if (event.key === ' ') room.set('direction', isForward ? 'backward' : 'forward');
    else return;
    playing.value = false;
    event.preventDefault();
  };

  return (
    <>
      <div
        ref={stage}
        class={isStale ? 'stage stale' : 'stage'}
        role="group"
        tabIndex={0}
        aria-label={words.stageLabel}
        aria-describedby="keys"
        onKeyDown={onKeyDown}
      >
        {net ? (
          <Diagram net={net} settings={{ ...settings, t: now, unit }} onChoose={(t, j) => room.choose(t, j)} />
        ) : (
          <p class="hint">{room.phase.value === 'idle' ? strings.run.untrained : words.opening}</p>
        )}
      </div>
      {net && <p class="hint">{words.legend[direction]}</p>}
      <p class="hint" id="keys">
        {words.keys}
      </p>
      <div class="buttons">
        <button type="button" class={isForward ? 'primary' : ''} onClick={() => play('forward')}>
          {words.forward}
        </button>
        <button type="button" class={isForward ? '' : 'primary'} onClick={() => play('backward')}>
          {words.backward}
        </button>
        <button type="button" onClick={() => move(-1)} aria-label={words.previous}>
          {words.previousSign}
        </button>
        <button type="button" onClick={() => move(1)} aria-label={words.next}>
          {words.nextSign}
        </button>
        <button type="button" onClick={() => room.set('example', (settings.example + 1) % 10_000)}>
          {words.another}
        </button>
      </div>
    </>
  );
}

function Controls({ room }: { room: UnrollController }) {
  const settings = room.settings.value;
  return (
    <>
      <h2 id="controls">{words.training}</h2>
      <Slider
        label={words.length}
        value={settings.length}
        {...UNROLL_SETTINGS.length}
        step={1}
        onChange={(value) => room.set('length', value)}
      />
      <RunFields run={room} ranges={UNROLL_SETTINGS} isSeedFree>
        <NumberField
          label={strings.run.hidden}
          value={settings.hidden}
          {...UNROLL_SETTINGS.hidden}
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
    </>
  );
}

/** The chosen unit's equations with the numbers of this step. */
function Inside({ net, settings }: { net: Unrolled; settings: UnrollSettings }) {
  const t = Math.min(settings.t, net.inputs.length);
  const unit = Math.min(settings.unit, (net.h[0]?.length ?? 1) - 1);
  const [h = [], c = [], input] = [net.h[t - 1], net.c[t - 1], net.inputs[t - 1]];
  const x = ALPHABET.map((letter) => (letter === input ? 1 : 0));
  const target = net.targets[t - 1];
  const row = net.probabilities[t - 1] ?? [];
  return (
    <>
      <h2 id="inside">{words.insideTitle(unit + 1, t)}</h2>
      <div aria-live="polite">
        <p>{input ? words.reads(input) : words.readsNothing}</p>
        <table class="equations">
          <tbody>
            {equationsOf(net.cell, { weights: net.weights, x, h, c, unit }).map(({ symbols, numbers, value }) => (
              <tr>
                <th scope="row">
                  {symbols.split(/_(\w+)/).map((part, k) => (k % 2 === 0 ? part : <sub>{part}</sub>))}
                </th>
                <td>
                  = {numbers} = <strong>{shown(value)}</strong>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {target && (
          <p>
            {words.outputs(
              ALPHABET.map((letter, k) => `${letter} ${strings.percent(row[k] ?? 0)}`).join(', '),
              target,
            )}
          </p>
        )}
      </div>
    </>
  );
}
