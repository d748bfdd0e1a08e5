/** A sparse binary matrix in CSR format: the features that each text has. */
export class SparseRows {
  /** [rows + 1] where each row begins in `features`. */
  readonly offsets: Int32Array;
  /** The features of all rows, concatenated. */
  readonly features: Int32Array;

  constructor(rows: readonly Int32Array[]) {
    this.offsets = new Int32Array(rows.length + 1);
    for (const [k, row] of rows.entries()) this.offsets[k + 1] = (this.offsets[k] as number) + row.length;
    this.features = new Int32Array(this.offsets.at(-1) ?? 0);
    for (const [k, row] of rows.entries()) this.features.set(row, this.offsets[k]);
  }

  get count(): number {
    return this.offsets.length - 1;
  }

  row(k: number): Int32Array {
    return this.features.subarray(this.offsets[k], this.offsets[k + 1]);
  }
}
