import * as Comlink from 'comlink';

/** A room's worker, which owns its backend. It ends with the room, and all its threads with it. */
export interface RoomWorker<T> {
  readonly remote: Comlink.Remote<T>;
  close(): void;
}

let begun: { readonly name: string; readonly worker: Worker } | undefined;

/** Starts a room's worker while the code of the room itself is still on its way. */
export function beginWorker(name: string): void {
  begun = { name, worker: newWorker(name) };
}

/** @param name of the entry point: `write` */
export function openWorker<T>(name: string): RoomWorker<T> {
  const early = begun;
  begun = undefined;
  if (early?.name !== name) early?.worker.terminate();
  const worker = early?.name === name ? early.worker : newWorker(name);
  return { remote: Comlink.wrap<T>(worker), close: () => worker.terminate() };
}

const newWorker = (name: string): Worker => new Worker(new URL(`./${name}.js`, document.baseURI), { type: 'module' });
