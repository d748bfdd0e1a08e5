import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { strings } from '../strings.ts';
import { printRoute, ROOMS, type RoomName, route } from './route.ts';
import { theme, toggleTheme } from './theme.ts';

type View = () => JSX.Element;

/** Only the room that is opened is loaded. */
const VIEWS: Readonly<Record<RoomName, () => Promise<View>>> = {
  unroll: async () => (await import('../unroll/room.tsx')).UnrollRoom,
  write: async () => (await import('../write/room.tsx')).WriteRoom,
  classify: async () => (await import('../classify/room.tsx')).ClassifyRoom,
  translate: async () => (await import('../translate/room.tsx')).TranslateRoom,
  microscope: async () => (await import('../microscope/room.tsx')).MicroscopeRoom,
};

export const loadRoom = (room: RoomName): Promise<View> => VIEWS[room]();

export function App() {
  const { room } = route.value;
  const opened = useSignal<{ readonly room: RoomName; readonly View: View | undefined } | undefined>(undefined);
  useEffect(() => {
    const open = async () => {
      const View = await loadRoom(room).catch(() => undefined); // as where the site was replaced in the meantime
      if (route.peek().room !== room) return;
      const isFirst = opened.peek() === undefined;
      opened.value = { room, View };
      // What had the focus has gone with the room before, as where somebody goes back.
      if (!isFirst && document.activeElement === document.body) document.querySelector<HTMLElement>('#room')?.focus();
    };
    void open();
  }, [room]);
  const { value } = opened;
  document.title = strings.titleOf(strings.rooms[room]);
  return (
    <>
      <a class="skip" href="#room" onClick={skip}>
        {strings.skip}
      </a>
      <header class="top">
        <a class="brand" href={printRoute(ROOMS[0])}>
          <img src="icon.svg" alt="" width="28" height="28" />
          {strings.title}
        </a>
        <nav aria-label={strings.navigation}>
          {ROOMS.map((name) => (
            <a href={printRoute(name)} aria-current={name === room ? 'page' : undefined}>
              {strings.rooms[name]}
            </a>
          ))}
        </nav>
        <button type="button" class="quiet" onClick={toggleTheme}>
          {theme.value === 'dark' ? strings.toLight : strings.toDark}
        </button>
      </header>
      <main id="room" tabIndex={-1}>
        {value?.room !== room ? (
          <p class="hint">{strings.openingRoom}</p>
        ) : value.View ? (
          <value.View key={room} />
        ) : (
          <RoomFailed />
        )}
      </main>
      <footer>{strings.nothingLeaves}</footer>
    </>
  );
}

function RoomFailed() {
  return (
    <>
      <p role="alert" class="error">
        {strings.roomFailed}
      </p>
      <button type="button" class="primary" onClick={() => location.reload()}>
        {strings.reload}
      </button>
    </>
  );
}

/** The address holds the room, so that a link inside the page must not change it. */
function skip(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('#room')?.focus();
}
