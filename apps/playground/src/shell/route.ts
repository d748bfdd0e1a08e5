import { signal } from '@preact/signals';

/** The rooms in the order of the navigation. */
export const ROOMS = ['unroll', 'write', 'classify', 'translate', 'microscope'] as const;
export type RoomName = (typeof ROOMS)[number];

/** Where the page is: its address holds the whole state, `#/write?cell=gru&seed=3`. */
export interface Route {
  readonly room: RoomName;
  readonly params: URLSearchParams;
}

const FIRST: RoomName = 'unroll';

export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return { room: ROOMS.find((name) => name === path) ?? FIRST, params: new URLSearchParams(query) };
}

export function printRoute(room: RoomName, params: URLSearchParams = new URLSearchParams()): string {
  const query = params.toString();
  return `#/${room}${query ? `?${query}` : ''}`;
}

export const route = signal<Route>(parseRoute(globalThis.location?.hash ?? ''));

/** Changes parameters of the present room without a new entry in the history; undefined removes one. */
export function setParams(changes: Readonly<Record<string, string | undefined>>): void {
  const { room } = route.peek();
  const params = new URLSearchParams(route.peek().params);
  for (const [name, value] of Object.entries(changes))
    if (value === undefined) params.delete(name);
    else params.set(name, value);
  history.replaceState(null, '', printRoute(room, params));
  route.value = { room, params };
}

/** Follows links and the back button. */
export function followHash(): void {
  addEventListener('hashchange', () => {
    route.value = parseRoute(location.hash);
  });
}
