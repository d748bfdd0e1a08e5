import { strings } from '../strings.ts';
import { WriteRoom } from '../write/room.tsx';
import { printRoute, ROOMS, type RoomName, route } from './route.ts';
import { theme, toggleTheme } from './theme.ts';

const VIEWS: Readonly<Record<RoomName, () => preact.JSX.Element>> = { write: WriteRoom };

export function App() {
  const { room } = route.value;
  const Room = VIEWS[room];
  document.title = `${strings.rooms[room]} · ${strings.title}`;
  return (
    <>
      <a class="skip" href="#room" onClick={skip}>
        {strings.skip}
      </a>
      <header class="top">
        <a class="brand" href={printRoute('write')}>
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
        <Room key={room} />
      </main>
      <footer>{strings.nothingLeaves}</footer>
    </>
  );
}

/** The address holds the room, so that a link inside the page must not change it. */
function skip(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('#room')?.focus();
}
