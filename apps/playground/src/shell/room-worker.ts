import * as Comlink from 'comlink';
import type { Compute } from './compute.ts';

/** A room's worker, which owns its backend. It ends with the room, and all its threads with it. */
export interface RoomWorker<T> {
  readonly remote: Comlink.Remote<T>;
  close(): void;
}

/** What every room's worker can do before the room itself is there. */
interface Preparable {
  prepare(compute: Compute): Promise<void>;
}

let begun: { readonly name: string; readonly worker: Worker } | undefined;

/** Starts a room's worker and its backend while the code of the room itself is still on its way. */
export function beginWorker(name: string, compute: Compute): void {
  const worker = newWorker(name);
  begun = { name, worker };
  const prepared = Comlink.wrap<Preparable>(worker).prepare(compute);
  prepared.catch(() => undefined); // the room says so, when it opens the backend
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
