/** The loss at one moment of a run: of what was trained on since the point before, or of the held-out data. */
export interface CurvePoint {
  readonly step: number;
  /** Since the start, pauses left out. */
  readonly seconds: number;
  readonly train?: number;
  readonly valid?: number;
}

/** What the page shows of a run, saved with it. */
export interface ShownRun<Note> {
  readonly points: readonly CurvePoint[];
  /** Of the last validation. */
  readonly note?: Note | undefined;
}

const MAX_POINTS = 2000;

/** The loss of a run as it goes on. */
export class Curve<Note> {
  note: Note | undefined;
  #points: CurvePoint[];
  #fresh: CurvePoint[] = [];
  #seconds: number;
  #step = 0;
  #sum = 0;
  #count = 0;

  constructor(before: ShownRun<Note> = { points: [] }) {
    this.#points = [...before.points];
    this.note = before.note;
    this.#seconds = before.points.at(-1)?.seconds ?? 0;
  }

  get shown(): ShownRun<Note> {
    return { points: this.#points, note: this.note };
  }

  trained(step: number, loss: number): void {
    this.#step = step;
    this.#sum += loss;
    this.#count++;
  }

  validated(step: number, loss: number): void {
    this.#add({ step, seconds: this.#seconds, valid: loss });
  }

  /** The points since the last call. @param seconds since then */
  take(seconds: number): readonly CurvePoint[] {
    this.#seconds += seconds;
    if (this.#count > 0) this.#add({ step: this.#step, seconds: this.#seconds, train: this.#sum / this.#count });
    this.#sum = this.#count = 0;
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  #add(point: CurvePoint): void {
    this.#points.push(point);
    this.#fresh.push(point);
    // Every other training point of an old part is enough to draw it.
    if (this.#points.length > MAX_POINTS)
      this.#points = this.#points.filter(({ valid }, k) => valid !== undefined || k % 2 === 0);
  }
}
