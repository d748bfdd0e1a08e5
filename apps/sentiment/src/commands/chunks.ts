/** Items that are dealt with together. */
export interface Chunk<T> {
  readonly items: readonly T[];
  /** Why nothing could be read after them. */
  readonly failure?: unknown;
}

const PATIENCE = 500; // milliseconds an item waits for others
const READING = 20; //  milliseconds in which whatever is there is read

/**
 * Items in chunks of `size`, or of fewer where their source pauses: none waits long for others. What fails is told with the last
 * chunk, and nothing follows.
 */
export async function* inChunks<T>(source: AsyncIterable<T>, size: number): AsyncGenerator<Chunk<T>> {
  const iterator = source[Symbol.asyncIterator]();
  const ask = (): Promise<IteratorResult<T>> => handled(iterator.next());
  let items: T[] = [];
  let since = 0;
  let next = ask();
  try {
    for (;;) {
      const patience = Math.max(PATIENCE - (performance.now() - since), READING);
      const came = items.length === 0 ? await next : await within(patience, next);
      if (came?.done) break;
      if (came) {
        if (items.length === 0) since = performance.now();
        items.push(came.value);
        next = ask();
      }
      if (came && items.length < size) continue;
      yield { items };
      items = [];
    }
    if (items.length > 0) yield { items };
  } catch (failure) {
    yield { items, failure };
  } finally {
    void iterator.return?.(); // once what was asked for last has come
  }
}

/** What `work` makes of each item, in their order and as soon as it is there, with up to `atOnce` begun and not yet taken. */
export async function* inOrder<T, R>(
  source: AsyncIterable<T>,
  work: (item: T) => Promise<R>,
  atOnce: number,
): AsyncGenerator<R> {
  const iterator = source[Symbol.asyncIterator]();
  const ask = (): Promise<IteratorResult<T>> => handled(iterator.next());
  const begun: Promise<R>[] = [];
  let next: Promise<IteratorResult<T>> | undefined = ask();
  try {
    while (next || begun.length > 0) {
      const came: IteratorResult<T> | undefined =
        next && begun.length < atOnce
          ? await Promise.race([next, ...begun.slice(0, 1).map((oldest) => oldest.then(nothing, nothing))])
          : undefined;
      if (!came) yield await (begun.shift() as Promise<R>);
      else if (came.done) next = undefined;
      else {
        begun.push(handled(work(came.value)));
        next = ask();
      }
    }
  } finally {
    void iterator.return?.();
  }
}

/** A promise whose failure may come before anyone awaits it. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(nothing);
  return promise;
}

/** What is awaited; undefined when it takes longer. */
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
