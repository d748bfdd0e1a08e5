import type { Checkpoint, CheckpointStore, JsonObject, SavedTensors, SaveOptions } from '@unroll/rnn-core';

const DATABASE = 'unroll-playground';
const RUNS = 'runs';

/** A run as it lies in the browser's database; the newest of a room. */
export interface SavedRun<Setup = JsonObject> {
  readonly room: string;
  /** What the run was started with: settings, text. */
  readonly setup: Setup;
  readonly checkpoint: Checkpoint;
  /** The weights with the lowest validation loss; undefined before the first validation. */
  readonly best: SavedTensors | undefined;
  /** What the page shows of it: the curve. */
  readonly shown: unknown;
}

/** Keeps a room's run in IndexedDB. One transaction writes all of it, so that a reload finds the last or the one before. */
export class RunStore<Setup> implements CheckpointStore {
  readonly #room: string;
  readonly #setup: Setup;
  readonly #shown: () => unknown;
  #run: SavedRun<Setup> | undefined;

  /** @param shown what the page shows of the run when it is saved */
  constructor(room: string, setup: Setup, shown: () => unknown, run?: SavedRun<Setup>) {
    this.#room = room;
    this.#setup = setup;
    this.#shown = shown;
    this.#run = run;
  }

  last(): Checkpoint | undefined {
    return this.#run?.checkpoint;
  }

  best(): SavedTensors | undefined {
    return this.#run?.best;
  }

  async save(checkpoint: Checkpoint, { isBest }: SaveOptions): Promise<void> {
    const weights = copied(checkpoint.weights);
    this.#run = {
      room: this.#room,
      setup: this.#setup,
      checkpoint: { ...checkpoint, weights, trainer: copied(checkpoint.trainer) },
      best: isBest ? weights : this.#run?.best,
      shown: this.#shown(),
    };
    await inStore('readwrite', (store) => store.put(this.#run));
  }
}

/** The run of a room; undefined when there is none. */
export const savedRun = <Setup>(room: string): Promise<SavedRun<Setup> | undefined> =>
  inStore('readonly', (store) => store.get(room) as IDBRequest<SavedRun<Setup> | undefined>);

export const forgetRun = (room: string): Promise<undefined> => inStore('readwrite', (store) => store.delete(room));

async function inStore<T>(mode: IDBTransactionMode, request: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await opened();
  try {
    const transaction = database.transaction(RUNS, mode);
    const asked = request(transaction.objectStore(RUNS));
    return await new Promise<T>((resolve, reject) => {
      transaction.addEventListener('complete', () => resolve(asked.result));
      transaction.addEventListener('abort', () => reject(transaction.error));
    });
  } finally {
    database.close();
  }
}

function opened(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.addEventListener('upgradeneeded', () => request.result.createObjectStore(RUNS, { keyPath: 'room' }));
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error));
  });
}

const copied = (tensors: SavedTensors): SavedTensors =>
  new Map(Array.from(tensors, ([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
