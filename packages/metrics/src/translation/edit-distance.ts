/** How far from the diagonal an alignment may stray, in words. Source: tercom. */
const BEAM = 25;

const FAR = 1e9;

/** What the cheapest edit does at a cell. */
const MATCH = 1;
const SUBSTITUTE = 2;
const DELETE = 3;
const INSERT = 4;

/** Which words of a hypothesis and a reference were aligned, and which of them were edited. */
export interface Alignment {
  /** For each reference word the hypothesis word it is aligned to, or the last one before it; −1 before the first. */
  readonly hypothesisOf: Int32Array;
  readonly referenceErrors: Uint8Array;
  readonly hypothesisErrors: Uint8Array;
}

/**
 * The fewest insertions, deletions and substitutions that turn one list of word ids into another, near the diagonal.
 *
 *     cost[i][j] = min( cost[i−1][j−1] + (h_i ≠ r_j), cost[i−1][j] + 1, cost[i][j−1] + 1 )
 *
 * Of equally cheap edits a match or substitution comes before a deletion, that before an insertion: as in tercom, which
 * aligns the other way round. Rows for one hypothesis are kept, so that a reordering of it is measured from the first
 * moved word on.
 */
export class EditDistance {
  readonly distance: number;
  readonly #hypothesis: Int32Array;
  readonly #reference: Int32Array;
  readonly #cost: Int32Array; // [H + 1, R + 1]
  readonly #edit: Uint8Array; // [H + 1, R + 1]

  constructor(hypothesis: Int32Array, reference: Int32Array) {
    this.#hypothesis = hypothesis;
    this.#reference = reference;
    const columns = reference.length + 1;
    this.#cost = new Int32Array((hypothesis.length + 1) * columns).fill(FAR);
    this.#edit = new Uint8Array(this.#cost.length);
    for (let j = 0; j < columns; j++) {
      this.#cost[j] = j;
      this.#edit[j] = INSERT;
    }
    for (let i = 1; i <= hypothesis.length; i++) {
      const previous = this.#cost.subarray((i - 1) * columns, i * columns);
      const row = this.#cost.subarray(i * columns, (i + 1) * columns);
      this.#fillRow(
        i,
        hypothesis[i - 1] as number,
        previous,
        row,
        this.#edit.subarray(i * columns, (i + 1) * columns),
      );
    }
    this.distance = this.#cost[this.#cost.length - 1] as number;
  }

  /** The distance of a reordered hypothesis whose first `same` words are those of this one. */
  reordered(hypothesis: Int32Array, same: number): number {
    const columns = this.#reference.length + 1;
    let previous = this.#cost.slice(same * columns, (same + 1) * columns);
    let row = new Int32Array(columns);
    const edit = new Uint8Array(columns);
    for (let i = same + 1; i <= hypothesis.length; i++) {
      row.fill(FAR);
      this.#fillRow(i, hypothesis[i - 1] as number, previous, row, edit);
      [previous, row] = [row, previous];
    }
    return previous[columns - 1] as number;
  }

  align(): Alignment {
    const [H, R] = [this.#hypothesis.length, this.#reference.length];
    const hypothesisOf = new Int32Array(R);
    const referenceErrors = new Uint8Array(R);
    const hypothesisErrors = new Uint8Array(H);
    for (let [i, j] = [H, R]; i > 0 || j > 0; ) {
      const edit = this.#edit[i * (R + 1) + j];
      if (edit !== DELETE) {
        j--;
        hypothesisOf[j] = i - 1;
        referenceErrors[j] = edit === MATCH ? 0 : 1;
      }
      if (edit !== INSERT) {
        i--;
        hypothesisErrors[i] = edit === MATCH ? 0 : 1;
      }
    }
    return { hypothesisOf, referenceErrors, hypothesisErrors };
  }

  /** Row i of the matrix, from the row before it. Cells outside the beam stay FAR. */
  #fillRow(i: number, word: number, previous: Int32Array, row: Int32Array, edit: Uint8Array): void {
    const [H, R] = [this.#hypothesis.length, this.#reference.length];
    const slope = R / H;
    // Where one text is many times longer, rows a beam wide would not overlap.
    const beam = slope / 2 > BEAM ? Math.ceil(slope / 2 + BEAM) : BEAM;
    const diagonal = Math.floor(i * slope);
    const end = i === H ? R + 1 : Math.min(R + 1, diagonal + beam);
    for (let j = Math.max(0, diagonal - beam); j < end; j++) {
      let cost = (previous[j] as number) + 1;
      let chosen = DELETE;
      if (j > 0) {
        const matches = word === this.#reference[j - 1];
        const aligned = (previous[j - 1] as number) + (matches ? 0 : 1);
        const inserted = (row[j - 1] as number) + 1;
        if (aligned <= cost) [cost, chosen] = [aligned, matches ? MATCH : SUBSTITUTE];
        if (inserted < cost) [cost, chosen] = [inserted, INSERT];
      }
      if (cost < FAR) {
        row[j] = cost;
        edit[j] = chosen;
      }
    }
  }
}
