/** Ends a stream of text before a given string. Text that may be the start of that string is held back. */
export class StopString {
  readonly #stop: string | undefined;
  #held = '';
  isReached = false;

  constructor(stop: string | undefined) {
    this.#stop = stop;
  }

  /** Returns the text that certainly precedes the stop string. */
  push(piece: string): string {
    const stop = this.#stop;
    if (stop === undefined) return piece;
    const text = this.#held + piece;
    const at = text.indexOf(stop);
    if (at >= 0) {
      this.isReached = true;
      this.#held = '';
      return text.slice(0, at);
    }
    let overlap = Math.min(stop.length - 1, text.length);
    while (!stop.startsWith(text.slice(text.length - overlap))) overlap--;
    this.#held = text.slice(text.length - overlap);
    return text.slice(0, text.length - overlap);
  }

  /** Returns the text held back, at the end of the stream. */
  end(): string {
    return this.#held;
  }
}
