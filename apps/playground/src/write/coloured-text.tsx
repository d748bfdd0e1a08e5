import { useLayoutEffect, useRef } from 'preact/hooks';
import { hasModifier } from '../shell/fields.tsx';
import { strings } from '../strings.ts';
import type { WriteController } from './controller.ts';
import type { Reading } from './reading.ts';

const MOST_BITS = 8; // and everything beyond it has the strongest colour

/** The passage, each letter coloured by how unexpected it is or by a unit, and underlined by connectivity. */
export function ColouredText({ room }: { room: WriteController }) {
  const frame = useRef<HTMLDivElement>(null);
  const reading = room.reading.value;
  const { colour, unit } = room.settings.value;
  const [position, norms] = [room.position.value, room.connectivity.value];

  // Before it is drawn, which would be twice else.
  useLayoutEffect(() => {
    if (reading && frame.current) paint(frame.current.children, reading, colour === 'unit' ? unit : undefined);
  }, [reading, colour, unit]);
  useLayoutEffect(() => {
    if (frame.current) underline(frame.current.children, position, norms);
  }, [reading, position, norms]);

  if (!reading) return <p class="passage">{room.passage.value || strings.write.opening}</p>;
  const mean = reading.nats.reduce((sum, nats) => sum + nats, 0) / reading.nats.length / Math.LN2;
  return (
    <div
      ref={frame}
      class="passage"
      role="textbox"
      aria-readonly="true"
      aria-multiline="true"
      aria-label={strings.write.passageLabel(mean)}
      tabIndex={0}
      onPointerOver={(event) => {
        const index = indexOf(event);
        if (index !== undefined && !room.pinned.peek()) room.point(index);
      }}
      onPointerLeave={() => {
        if (!room.pinned.peek()) room.point(undefined);
      }}
      onClick={(event) => {
        const index = indexOf(event);
        if (index === undefined) return;
        room.pinned.value = !(room.pinned.peek() && index === room.position.peek());
        room.point(index);
      }}
      onKeyDown={(event) => onKey(event, room, reading.characters.length)}
    >
      {reading.characters.map((character, k) => (
        <span data-k={k} class={character === '\n' ? 'newline' : undefined}>
          {character}
        </span>
      ))}
    </div>
  );
}

function indexOf(event: Event): number | undefined {
  const index = (event.target as HTMLElement).dataset['k'];
  return index === undefined ? undefined : Number(index);
}

function onKey(event: KeyboardEvent, room: WriteController, count: number): void {
  if (hasModifier(event)) return;
  const position = room.position.peek() ?? -1;
  const moves: Readonly<Record<string, number>> = {
    ArrowRight: position + 1,
    ArrowLeft: position - 1,
    ArrowDown: position + 10,
    ArrowUp: position - 10,
    Home: 0,
    End: count - 1,
  };
  const to = moves[event.key];
  if (to !== undefined) room.point(Math.max(0, Math.min(count - 1, to)));
  else if (event.key === 'Enter' || event.key === ' ') room.pinned.value = !room.pinned.peek();
  else if (event.key === 'Escape') {
    room.pinned.value = false;
    room.point(undefined);
  } else return;
  event.preventDefault();
}

/** Colours are mixed by the style sheet, which knows light and dark. */
function paint(letters: HTMLCollection, { nats, hidden, units }: Reading, unit: number | undefined): void {
  for (const [k, letter] of Array.from(letters).entries()) {
    const { style } = letter as HTMLElement;
    const value =
      unit === undefined
        ? Math.min(1, (nats[k] as number) / Math.LN2 / MOST_BITS)
        : (hidden[k * units + Math.min(unit, units - 1)] as number);
    style.setProperty('--heat', `var(${value < 0 ? '--cold' : '--warm'})`);
    style.setProperty('--mix', `${Math.round(Math.min(1, Math.abs(value)) * 100)}%`);
  }
}

function underline(letters: HTMLCollection, position: number | undefined, norms: Float32Array | undefined): void {
  const most = norms?.reduce((a, b) => Math.max(a, b), 0) || 1;
  for (const [k, letter] of Array.from(letters).entries()) {
    const { style, classList } = letter as HTMLElement;
    classList.toggle('chosen', k === position);
    const strength = norms && position !== undefined && k < position ? (norms[k] as number) / most : 0;
    style.setProperty('--tie-width', strength > 0.04 ? `${Math.ceil(4 * strength)}px` : '0px');
  }
}
