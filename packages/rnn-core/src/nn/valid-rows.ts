import { embedding } from '../ops/embedding.ts';
import { aliveRows, spreadRows } from '../ops/time.ts';
import { Tape } from '../tensor/tape.ts';
import type { Ids, Tensor } from '../tensor/tensor.ts';

/** Which rows of a padded batch are real: a product over those alone costs what they cost, whatever is padded beside them. */
export class AliveRows {
  readonly #rows: Ids; //   [N], of T·B
  readonly #places: Ids; // [T, B]: where each stands among the N; padding stands anywhere

  /** @returns undefined where there is too little padding to gain by skipping it */
  static of(lengths: Int32Array, T: number): AliveRows | undefined {
    const rows = aliveRows(lengths, T);
    return rows && new AliveRows(rows, [T, lengths.length]);
  }

  private constructor(rows: Int32Array, [T, B]: readonly [number, number]) {
    const places = new Int32Array(T * B);
    for (const [place, row] of rows.entries()) places[row] = place;
    this.#rows = Tape.current.ids(rows, [rows.length]);
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

  /** @returns [T, B, D] of x: [N, D]; see {@link spreadRows} */
  spread(x: Tensor): Tensor {
    return spreadRows(x, this.#rows, this.#places);
  }
}
