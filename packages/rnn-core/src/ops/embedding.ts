import { DataError } from '../errors.ts';
import { Tape } from '../tensor/tape.ts';
import { axes, type Ids, type Tensor } from '../tensor/tensor.ts';

/**
 * Rows of a table. Source: torch.nn.functional.embedding.
 *
 * @param table [V, D]
 * @param ids   [...], each in [0, V)
 * @returns [..., D]
 * @throws DataError when an id is out of range
 */
export function embedding(table: Tensor, ids: Ids): Tensor {
  const { V, D } = axes('embedding: table', table, 'V D');
  const N = ids.values.length;
  const outside = ids.values.findIndex((id) => id < 0 || id >= V);
  if (outside >= 0)
    throw new DataError(`embedding: id must be in [0, ${V}), got ${ids.values[outside]} at ${outside}`);
  const tape = Tape.current;
  const k = tape.kernels;
  const y = tape.result('embedding', [...ids.shape, D], [table]);
  k.embeddingForward(y.ptr, table.ptr, ids.ptr, N, D);
  tape.record([y], (back) => {
    const dy = back.of(y);
    back.into(
      table,
      (dtable, beta) => {
        if (beta === 0) k.fill(dtable, 0, V * D);
        k.embeddingBackward(dtable, dy, ids.ptr, N, D);
      },
      ids.values,
    );
  });
  return y;
}
