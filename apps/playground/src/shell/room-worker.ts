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
