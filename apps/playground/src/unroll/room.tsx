import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Choice, LogSlider, NumberField, Slider } from '../shell/fields.tsx';
import { openWorker, type RoomWorker } from '../shell/room-worker.ts';
import { route, setParams } from '../shell/route.ts';
import { printSetting, readSettings } from '../shell/settings.ts';
import { strings } from '../strings.ts';
import { Diagram } from './diagram.tsx';
import { equationsOf, shown } from './equations.ts';
import type { UnrollSession } from './session.ts';
import { UNROLL_SETTINGS, type UnrollSettings } from './settings.ts';
import { ALPHABET } from './shapes.ts';
import type { Unrolled } from './toy-model.ts';

const words = strings.unroll;
const PLAY_MS = 700;

const set = <Name extends keyof UnrollSettings>(name: Name, value: UnrollSettings[Name]): void =>
  setParams({ [name]: printSetting(UNROLL_SETTINGS[name], value) });

/** The room that shows what a recurrent network is: one small network, step by step, forward and backward. */
export function UnrollRoom() {
  const worker = useRef<RoomWorker<UnrollSession>>(undefined);
  const net = useSignal<Unrolled | undefined>(undefined);
  const error = useSignal('');
  const isStale = useSignal(true);
  const playing = useSignal(false);
  const settings = readSettings(UNROLL_SETTINGS, route.value.params);
  const { t: _t, unit: _unit, direction: _direction, ...trained } = settings;
  const wanted = JSON.stringify(trained);

  useEffect(() => {
    worker.current = openWorker<UnrollSession>('unroll');
    return () => worker.current?.close();
  }, []);
  useEffect(() => {
    isStale.value = true;
    const train = async () => {
      try {
        const result = await worker.current?.remote.unrolled(settings);
        if (!result) return;
        net.value = result;
        isStale.value = false;
      } catch (reason) {
        error.value = reason instanceof Error ? reason.message : String(reason);
      }
    };
    void train();
  }, [wanted]);

  const T = settings.length;
  const now = Math.min(settings.t, T);
  const unit = Math.min(settings.unit, settings.hidden - 1);
  const isForward = settings.direction === 'forward';
  const move = (by: number): void => set('t', Math.max(1, Math.min(T, now + by)));

  useEffect(() => {
    if (!playing.value) return undefined;
    const isOver = isForward ? now >= T : now <= 1;
    if (isOver) playing.value = false;
    const timer = setTimeout(() => move(isForward ? 1 : -1), PLAY_MS);
    return () => clearTimeout(timer);
  }, [playing.value, now, isForward]);

  /** Starts at the end that the direction begins at. */
  const play = (direction: 'forward' | 'backward'): void => {
    const moves = !matchMedia('(prefers-reduced-motion: reduce)').matches; // else it is at its end at once
    set('direction', direction);
    set('t', (direction === 'forward') === moves ? 1 : T);
    playing.value = moves;
  };

  return (
    <div class="room">
      <h1>{strings.rooms.unroll}</h1>
      <p class="lead">{words.lead}</p>
      {error.value && (
        <p role="alert" class="error">
          {error.value}
        </p>
      )}
      <section class="panel" aria-labelledby="network">
        <div class="heading">
          <h2 id="network">{words.shapeNames[settings.shape]}</h2>
          <Choice
            label={words.cell}
            value={settings.cell}
            options={strings.cells}
            onChange={(value) => set('cell', value)}
          />
        </div>
        <Choice
          label={words.shape}
          value={settings.shape}
          options={words.shapeNames}
          onChange={(value) => set('shape', value)}
        />
        <p class="hint">{words.tasks[settings.shape]}</p>
        <div
          class={isStale.value ? 'stage stale' : 'stage'}
          role="group"
          tabIndex={0}
          aria-label={words.stageLabel}
          aria-describedby="keys"
          onKeyDown={(event) => {
            if (event.key === 'ArrowRight') move(1);
            else if (event.key === 'ArrowLeft') move(-1);
            else if (event.key === 'ArrowDown') set('unit', Math.min(settings.hidden - 1, unit + 1));
            else if (event.key === 'ArrowUp') set('unit', Math.max(0, unit - 1));
            else if (event.key === ' ') set('direction', isForward ? 'backward' : 'forward');
            else return;
            playing.value = false;
            event.preventDefault();
          }}
        >
          {net.value ? (
            <Diagram
              net={net.value}
              settings={{ ...settings, t: now, unit }}
              onChoose={(t, unit) => {
                set('t', t);
                set('unit', unit);
              }}
            />
          ) : (
            <p class="hint">{words.opening}</p>
          )}
        </div>
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
            ◀
          </button>
          <button type="button" onClick={() => move(1)} aria-label={words.next}>
            ▶
          </button>
          <button type="button" onClick={() => set('example', (settings.example + 1) % 10_000)}>
            {words.another}
          </button>
        </div>
      </section>
      <div class="columns even">
        <section class="panel" aria-labelledby="inside">
          <h2 id="inside">{words.insideTitle(unit + 1, now)}</h2>
          {net.value && <Inside net={net.value} cell={settings.cell} t={now} unit={unit} />}
        </section>
        <section class="panel" aria-labelledby="survives">
          <h2 id="survives">{words.survivesTitle}</h2>
          {net.value && <p aria-live="polite">{words.survives(strings.cells[settings.cell], net.value.gradients)}</p>}
          {net.value && <p>{words.accuracy(net.value.accuracy, settings.steps)}</p>}
          <Slider
            label={words.length}
            value={T}
            {...UNROLL_SETTINGS.length}
            step={1}
            onChange={(value) => set('length', value)}
          />
          <Slider
            label={words.steps}
            value={settings.steps}
            {...UNROLL_SETTINGS.steps}
            step={50}
            onChange={(value) => set('steps', value)}
          />
          <LogSlider
            label={words.lr}
            value={settings.lr}
            {...UNROLL_SETTINGS.lr}
            onChange={(value) => set('lr', value)}
          />
          <div class="fields">
            <NumberField
              label={words.hidden}
              value={settings.hidden}
              {...UNROLL_SETTINGS.hidden}
              onChange={(value) => set('hidden', value)}
            />
            <NumberField
              label={words.seed}
              value={settings.seed}
              {...UNROLL_SETTINGS.seed}
              onChange={(value) => set('seed', value)}
            />
          </div>
        </section>
      </div>
    </div>
  );
}

/** The chosen unit's equations with the numbers of this step. */
function Inside({ net, cell, t, unit }: { net: Unrolled; cell: UnrollSettings['cell']; t: number; unit: number }) {
  const [h, c, input] = [net.h[t - 1], net.c[t - 1] ?? [], net.inputs[t - 1]];
  if (!h || unit >= h.length || net.cell !== cell) return null; // of the network before
  const x = ALPHABET.map((letter) => (letter === input ? 1 : 0));
  const target = net.targets[t - 1];
  const row = net.probabilities[t - 1] ?? [];
  return (
    <div aria-live="polite">
      <p>{input ? words.reads(input) : words.readsNothing}</p>
      <table class="equations">
        <tbody>
          {equationsOf(cell, { weights: net.weights, x, h, c, unit }).map(({ symbols, numbers, value }) => (
            <tr>
              <th scope="row">{symbols}</th>
              <td>
                = {numbers} = <strong>{shown(value)}</strong>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {target && (
        <p>
          {words.outputs(ALPHABET.map((letter, k) => `${letter} ${strings.percent(row[k] ?? 0)}`).join(', '), target)}
        </p>
      )}
    </div>
  );
}
