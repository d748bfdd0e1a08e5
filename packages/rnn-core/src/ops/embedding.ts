import { DataError } from '../errors.ts';
import { Tape } from '../tensor/tape.ts';
import { axes, type Ids, type Storage, type Tensor } from '../tensor/tensor.ts';

/** Ids looked up in a table of parameters. */
export interface Lookup {
  readonly table: Tensor; // [V, D]
  readonly ids: Ids; //      [...]
}

const lookups = new WeakMap<Storage, Lookup>();

/** What {@link embedding} looked up to make x; undefined for anything else, and for a part of it or another shape. */
export function lookupOf(x: Tensor): Lookup | undefined {
  const lookup = lookups.get(x.storage);
  const isWhole = lookup && x.size === x.storage.size && x.shape.length === lookup.ids.shape.length + 1;
  return isWhole && lookup.ids.shape.every((length, k) => length === x.shape[k]) ? lookup : undefined;
}

/**
 * Rows of a table. Of a table of parameters they are gathered when they are first read: an op that can do without them,
 * as the lowest recurrent layer can, asks `lookupOf`. Source: torch.nn.functional.embedding.
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
  const { ptr } = y;
  tape.addressOf('embedding', ids);
  const gather = (): void => k.embeddingForward(ptr, table.ptr, ids.ptr, N, D);
  if (table.storage.learnt) {
    y.storage.pending = gather;
    lookups.set(y.storage, { table, ids });
  } else gather();
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
