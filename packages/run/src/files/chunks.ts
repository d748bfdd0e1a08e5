/** Consecutive items of a source. */
export interface Chunk<T> {
  readonly items: readonly T[];
  /** The error of the source after them. */
  readonly failure?: unknown;
}

/** Milliseconds that an item of a live source, such as a terminal, waits for others. */
export const LIVE_WAIT = 500;

const MIN_WAIT = 20; //  milliseconds given to read what is already there

/**
 * Groups items into chunks of `size`. An error of the source comes with the last chunk.
 *
 * @param maxWait milliseconds after which a chunk may be smaller because the source pauses; by default it never is
 */
export async function* inChunks<T>(
  source: AsyncIterable<T>,
  size: number,
  maxWait = Number.POSITIVE_INFINITY,
): AsyncGenerator<Chunk<T>> {
  const iterator = source[Symbol.asyncIterator]();
  const ask = (): Promise<IteratorResult<T>> => handled(iterator.next());
  let items: T[] = [];
  let since = 0;
  let next = ask();
  try {
    for (;;) {
      const wait = Math.max(maxWait - (performance.now() - since), MIN_WAIT);
      const result = items.length > 0 && maxWait < Number.POSITIVE_INFINITY ? await within(wait, next) : await next;
      if (result?.done) break;
      if (result) {
        if (items.length === 0) since = performance.now();
        items.push(result.value);
        next = ask();
      }
      if (result && items.length < size) continue;
      yield { items };
      items = [];
    }
    if (items.length > 0) yield { items };
  } catch (failure) {
    yield { items, failure };
  } finally {
    void iterator.return?.(); // takes effect after the pending `next`
  }
}

/** Maps items asynchronously and yields results in order, with at most `concurrency` items in progress or not yet taken. */
export async function* mapInOrder<T, R>(
  source: AsyncIterable<T>,
  work: (item: T) => Promise<R>,
  concurrency: number,
): AsyncGenerator<R> {
  const iterator = source[Symbol.asyncIterator]();
  const ask = (): Promise<IteratorResult<T>> => handled(iterator.next());
  const pending: Promise<R>[] = [];
  let next: Promise<IteratorResult<T>> | undefined = ask();
  try {
    while (next || pending.length > 0) {
      const result: IteratorResult<T> | undefined =
        next && pending.length < concurrency
          ? await Promise.race([next, ...pending.slice(0, 1).map((oldest) => oldest.then(nothing, nothing))])
          : undefined;
      if (!result) yield await (pending.shift() as Promise<R>);
      else if (result.done) next = undefined;
      else {
        pending.push(handled(work(result.value)));
        next = ask();
      }
    }
  } finally {
    void iterator.return?.();
  }
}

/** Marks a promise as one that may reject before it is awaited. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(nothing);
  return promise;
}

/** Returns what is awaited, or undefined when it takes longer. */
async function within<T>(milliseconds: number, awaited: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, milliseconds, undefined);
  });
  try {
    return await Promise.race([awaited, late]);
  } finally {
    clearTimeout(timer);
  }
}

const nothing = (): undefined => undefined;
