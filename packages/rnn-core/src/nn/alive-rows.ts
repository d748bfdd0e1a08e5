import { embedding } from '../ops/embedding.ts';
import { Tape } from '../tape.ts';
import type { Ids, Tensor } from '../tensor.ts';

/** The share of padding from which on it costs less to leave it out of a product than to compute with it. */
const WORTH_SKIPPING = 1 / 8;

/** Which rows of a padded batch are real: a product over those alone costs what they cost, whatever is padded beside them. */
export class AliveRows {
  readonly #rows: Ids; //   [N], of T·B
  readonly #places: Ids; // [T, B]: where each stands among the N; padding stands anywhere

  /** @returns undefined where there is too little padding to gain by skipping it */
  static of(lengths: Int32Array, T: number): AliveRows | undefined {
    const B = lengths.length;
    const count = lengths.reduce((sum, length) => sum + Math.min(length, T), 0);
    return count > 0 && count <= (1 - WORTH_SKIPPING) * T * B ? new AliveRows(lengths, T, count) : undefined;
  }

  private constructor(lengths: Int32Array, T: number, count: number) {
    const B = lengths.length;
    const rows = new Int32Array(count);
    const places = new Int32Array(T * B);
    let found = 0;
    for (let row = 0; row < T * B; row++) {
      if (Math.floor(row / B) >= (lengths[row % B] as number)) continue;
      rows[found] = row;
      places[row] = found++;
    }
    this.#rows = Tape.current.ids(rows, [count]);
    this.#places = Tape.current.ids(places, [T, B]);
  }

  /** @returns [N, D] of x: [T, B, D] */
  gather(x: Tensor): Tensor {
    return embedding(x.reshape(this.#places.values.length, x.shape[2] as number), this.#rows);
  }

  /** @returns [N] of ids: [T, B] */
  gatherIds({ values }: Ids): Ids {
    return Tape.current.ids(
      this.#rows.values.map((row) => values[row] as number),
      this.#rows.shape,
    );
  }

  /** @returns [T, B, D] of x: [N, D]; what stands in the padding is some real row */
  spread(x: Tensor): Tensor {
    return embedding(x, this.#places);
  }
}
