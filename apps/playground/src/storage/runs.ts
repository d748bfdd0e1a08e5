import type { Checkpoint, JsonObject, SavedTensors } from '@unroll/rnn-core';
import { DataError } from '@unroll/rnn-core';
import { workerStrings } from '../strings.ts';

const DATABASE = 'unroll-playground';
const STORE = 'runs';
const MOST_SLOTS = 16;
const RELEASE_MS = 1000; // within which a page that was closed or loaded again has let go of its run

/** The weights with the lowest validation loss, and the step they are of. */
export interface BestWeights {
  readonly step: number;
  readonly weights: SavedTensors;
}

/** A run as it is kept. */
export interface SavedRun<Setup = JsonObject> {
  /** What the run was started with: settings, text. */
  readonly setup: Setup;
  readonly checkpoint: Checkpoint;
  /** Undefined before the first validation. */
  readonly best: BestWeights | undefined;
  /** What the page shows of it: the curve. */
  readonly shown: unknown;
}

/** The runs of a room. Each tab has one at most, which no other tab touches. */
export interface Runs<Setup> {
  /**
   * Of the runs that no other tab has in hand the one that this tab has saved, else the newest; undefined when there is none.
   *
   * @param tab a name that this tab keeps when it is loaded again
   */
  left(tab: string): Promise<SavedRun<Setup> | undefined>;
  /**
   * Takes a place for a run in hand, until the worker ends.
   *
   * @param resume that of the present run, or of the one that {@link left} has found, which is returned
   * @throws DataError when another tab has that run in hand, or has discarded it
   */
  claim(resume: boolean): Promise<SavedRun<Setup> | undefined>;
  /** Replaces the run in hand; where the browser does not save it, it is kept in memory. */
  put(run: SavedRun<Setup>): Promise<void>;
  /** Whether the run in hand is in memory alone, for want of room or of permission. */
  readonly isUnsaved: boolean;
  /** Deletes what {@link left} has found, unless another tab has taken it in hand. */
  forget(): Promise<void>;
}

/** In the browser's database, or where there is none in memory. */
export const runsOf = <Setup>(room: string): Runs<Setup> =>
  'indexedDB' in globalThis ? new BrowserRuns(room) : new MemoryRuns();

/** Runs that end with the worker. */
class MemoryRuns<Setup> implements Runs<Setup> {
  readonly isUnsaved = false;
  #run: SavedRun<Setup> | undefined;

  async left(): Promise<SavedRun<Setup> | undefined> {
    return this.#run;
  }

  async claim(resume: boolean): Promise<SavedRun<Setup> | undefined> {
    return resume ? this.#run : undefined;
  }

  async put(run: SavedRun<Setup>): Promise<void> {
    this.#run = run;
  }

  async forget(): Promise<void> {
    this.#run = undefined;
  }
}

interface SlottedRun<Setup> extends SavedRun<Setup> {
  /** `write 1` */
  readonly slot: string;
  readonly savedAt: number;
  /** The tab that has saved it. */
  readonly tab: string;
}

/** Runs in IndexedDB, a slot for each tab; a lock says whose it is, and the browser releases it with the worker. */
class BrowserRuns<Setup> implements Runs<Setup> {
  readonly #room: string;
  #tab = '';
  #held: string | undefined;
  #offered: string | undefined;
  #unsaved: SavedRun<Setup> | undefined;

  constructor(room: string) {
    this.#room = room;
  }

  get isUnsaved(): boolean {
    return this.#unsaved !== undefined;
  }

  async left(tab: string): Promise<SavedRun<Setup> | undefined> {
    this.#tab = tab;
    const all = await inStore('readonly', (store) => store.getAll(this.#range) as IDBRequest<SlottedRun<Setup>[]>);
    const free = await Promise.all(
      all.map(async ({ slot }) => slot === this.#held || (await whileFree(slot, () => true))),
    );
    const isOwn = (run: SlottedRun<Setup>): number => (run.tab === tab ? 1 : 0);
    const [first] = all.filter((_, k) => free[k]).sort((a, b) => isOwn(b) - isOwn(a) || b.savedAt - a.savedAt);
    this.#offered = first?.slot;
    return first;
  }

  async claim(resume: boolean): Promise<SavedRun<Setup> | undefined> {
    const wanted = this.#held ?? this.#offered;
    const unsaved = this.#unsaved;
    this.#unsaved = undefined;
    if (resume) {
      if (unsaved) return unsaved;
      if (wanted === undefined) return undefined;
      if (!(await this.#take(wanted, RELEASE_MS))) throw new DataError(workerStrings.elsewhere);
      const run = await inStore('readonly', (store) => store.get(wanted) as IDBRequest<SavedRun<Setup> | undefined>);
      if (!run) throw new DataError(workerStrings.gone);
      return run;
    }
    const kept = new Set(await this.#slots());
    const all = Array.from({ length: MOST_SLOTS }, (_, k) => `${this.#room} ${k + 1}`);
    const slots = [...all.filter((slot) => !kept.has(slot)), ...kept]; // a run that nobody was offered stays, if it can
    for (const slot of wanted === undefined ? slots : [wanted, ...slots])
      if (await this.#take(slot)) return undefined;
    throw new DataError(workerStrings.tooManyTabs);
  }

  async put(run: SavedRun<Setup>): Promise<void> {
    const saved = { ...run, slot: this.#held, savedAt: Date.now(), tab: this.#tab };
    try {
      await inStore('readwrite', (store) => store.put(saved));
      this.#unsaved = undefined;
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      this.#unsaved = run;
    }
  }

  async forget(): Promise<void> {
    const slot = this.#offered;
    const deleted = async () => inStore('readwrite', (store) => store.delete(slot as string));
    if (slot !== undefined) await (slot === this.#held ? deleted() : whileFree(slot, deleted));
  }

  get #range(): IDBKeyRange {
    return IDBKeyRange.bound(`${this.#room} `, `${this.#room} \uffff`);
  }

  /** Those that hold a run; none where the browser keeps nothing. */
  async #slots(): Promise<string[]> {
    const keys = inStore('readonly', (store) => store.getAllKeys(this.#range) as IDBRequest<string[]>);
    return keys.catch(() => []);
  }

  /** @param patience milliseconds to wait for another tab to let go @returns whether it is this tab's from now on */
  async #take(slot: string, patience = 0): Promise<boolean> {
    if (this.#held === slot) return true;
    const { locks } = navigator;
    const options = patience > 0 ? { signal: AbortSignal.timeout(patience) } : { ifAvailable: true };
    const isTaken =
      !locks || // as in a page without TLS, which is on its own
      (await new Promise<boolean>((resolve) => {
        locks
          .request(lockOf(slot), options, (lock) => {
            resolve(lock !== null);
            return lock && new Promise(() => {}); // to the end of the worker
          })
          .catch(({ name }: DOMException) => resolve(name === 'SecurityError')); // it may not share anything, either
      }));
    if (isTaken) this.#held = slot;
    return isTaken;
  }
}

const lockOf = (slot: string): string => `${DATABASE} ${slot}`;

/** Does something to a run that no tab has in hand. @returns undefined when one has */
async function whileFree<T>(slot: string, action: () => T | Promise<T>): Promise<T | undefined> {
  const { locks } = navigator;
  if (!locks) return action();
  const signal = AbortSignal.timeout(RELEASE_MS);
  try {
    return await locks.request(lockOf(slot), { signal }, action);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

/** One transaction writes all of a run, so that a reload finds the last or the one before. */
async function inStore<T>(mode: IDBTransactionMode, request: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await opened();
  try {
    const transaction = database.transaction(STORE, mode);
    const asked = request(transaction.objectStore(STORE));
    return await new Promise<T>((resolve, reject) => {
      transaction.addEventListener('complete', () => resolve(asked.result));
      transaction.addEventListener('abort', () => reject(transaction.error));
    });
  } finally {
    database.close();
  }
}

function opened(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 3);
  request.addEventListener('upgradeneeded', () => {
    const { result } = request;
    if (result.objectStoreNames.contains(STORE)) result.deleteObjectStore(STORE);
    result.createObjectStore(STORE, { keyPath: 'slot' });
  });
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error));
  });
}
