import { embedding } from '../ops/embedding.ts';
import { spreadRows, validRows } from '../ops/time.ts';
import { Tape } from '../tensor/tape.ts';
import type { Ids, Tensor } from '../tensor/tensor.ts';

/** The valid (unpadded) rows of a padded batch: a product over those alone costs nothing for the padding. */
export class ValidRows {
  readonly #rows: Ids; //      [N], of T·B
  readonly #positions: Ids; // [T, B]: where each stands among the N; any of them for padding

  /** @returns undefined where there is too little padding to gain by skipping it */
  static of(lengths: Int32Array, T: number): ValidRows | undefined {
    const rows = validRows(lengths, T);
    return rows && new ValidRows(rows, [T, lengths.length]);
  }

  private constructor(rows: Int32Array, [T, B]: readonly [number, number]) {
    const positions = new Int32Array(T * B);
    for (const [position, row] of rows.entries()) positions[row] = position;
    this.#rows = Tape.current.ids(rows, [rows.length]);
    this.#positions = Tape.current.ids(positions, [T, B]);
  }

  /** @returns [N, D] of x: [T, B, D] */
  gather(x: Tensor): Tensor {
    return embedding(x.reshape(this.#positions.values.length, x.shape[2] as number), this.#rows);
  }

  /** @returns [N] of ids: [T, B] */
  gatherIds({ values }: Ids): Ids {
    return Tape.current.ids(
      this.#rows.values.map((row) => values[row] as number),
      this.#rows.shape,
    );
  }

  /** @returns [T, B, D] of x: [N, D]; see {@link spreadRows} */
  scatter(x: Tensor): Tensor {
    return spreadRows(x, this.#rows, this.#positions);
  }
}
