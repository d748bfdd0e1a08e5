import * as Comlink from 'comlink';
import { strings } from '../strings.ts';
import type { Compute } from './compute.ts';

/** A room's worker, which owns its backend. It ends with the room, and all its threads with it. */
export interface RoomWorker<T> {
  readonly remote: Comlink.Remote<T>;
  /** Rejects when the worker cannot be loaded or has crashed: then what was asked of it is never answered. */
  readonly lost: Promise<never>;
  close(): void;
}

/** What every room's worker can do before the room itself is there. */
interface Preparable {
  prepare(compute: Compute): Promise<void>;
}

interface BegunWorker {
  readonly name: string;
  readonly worker: Worker;
  /** Held until the room takes it over: Comlink ends the worker's listening when its last proxy is garbage collected. */
  readonly remote: Comlink.Remote<Preparable>;
  readonly lost: Promise<never>;
}

let begun: BegunWorker | undefined;

/** Starts a room's worker and its backend while the code of the room itself is still on its way. */
export function beginWorker(name: string, compute: Compute): void {
  begun = newWorker(name);
  begun.remote.prepare(compute).catch(() => undefined); // the room says so, when it opens the backend
}

/** @param name of the entry point: `write` */
export function openWorker<T>(name: string): RoomWorker<T> {
  const early = begun;
  begun = undefined;
  if (early?.name !== name) early?.worker.terminate();
  const { worker, remote, lost } = early?.name === name ? early : newWorker(name);
  return { remote: remote as Comlink.Remote<unknown> as Comlink.Remote<T>, lost, close: () => worker.terminate() };
}

function newWorker(name: string): BegunWorker {
  const worker = new Worker(new URL(`./${name}.js`, document.baseURI), { type: 'module' });
  const lost = new Promise<never>((_, reject) => {
    worker.addEventListener('error', () => reject(new Error(strings.run.workerLost)), { once: true });
  });
  lost.catch(() => undefined); // the room says so
  return { name, worker, remote: Comlink.wrap<Preparable>(worker), lost };
}
