import * as Comlink from 'comlink';

/** A room's worker, which owns its backend. It ends with the room, and all its threads with it. */
export interface RoomWorker<T> {
  readonly remote: Comlink.Remote<T>;
  close(): void;
}

/** @param name of the entry point: `write` */
export function openWorker<T>(name: string): RoomWorker<T> {
  const worker = new Worker(new URL(`./${name}.js`, document.baseURI), { type: 'module' });
  return { remote: Comlink.wrap<T>(worker), close: () => worker.terminate() };
}

/** The most threads a room computes on by default: a core is left for the page. */
export const defaultThreads = (): number =>
  crossOriginIsolated ? Math.max(1, Math.min(navigator.hardwareConcurrency - 1, 16)) : 1;

/** The most threads that may be asked for: one where the page is not isolated. */
export const maximumThreads = (): number => (crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, 64) : 1);
