/** A binary heap: what comes before all else is on top. */
export class Heap<T> {
  readonly #items: T[] = [];
  readonly #before: (a: T, b: T) => boolean;

  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  push(item: T): void {
    let k = this.#items.push(item) - 1;
    while (k > 0) {
      const parent = (k - 1) >> 1;
      if (!this.#before(item, this.#items[parent] as T)) break;
      this.#items[k] = this.#items[parent] as T;
      k = parent;
    }
    this.#items[k] = item;
  }

  /** Takes the top item; undefined when there is none. */
  pop(): T | undefined {
    const top = this.#items[0];
    const last = this.#items.pop();
    if (last === undefined || this.#items.length === 0) return top;
    let k = 0;
    for (;;) {
      let child = 2 * k + 1;
      if (child >= this.#items.length) break;
      if (child + 1 < this.#items.length && this.#before(this.#items[child + 1] as T, this.#items[child] as T))
        child++;
      if (!this.#before(this.#items[child] as T, last)) break;
      this.#items[k] = this.#items[child] as T;
      k = child;
    }
    this.#items[k] = last;
    return top;
  }
}
