import { CheckpointError, decodeSafetensors, type SavedTensors } from '@unroll/rnn-core';

const ZIP = [0x50, 0x4b, 0x03, 0x04]; // torch.save since torch 1.6
const PICKLE = [0x80]; // followed by the protocol: torch.save before 1.6, pickle.dump
// safetensors begins with the length of its header, which can be these bytes too.
const [HEADER_AT, BRACE] = [8, 0x7b];

/**
 * Reads a state dict from the bytes of a safetensors file, every dtype of floating-point numbers as float32 or float64.
 *
 * @param where the file's name, for messages
 * @throws CheckpointError when the file is damaged, or a pickle, which is a program that reading it would run
 */
export function readStateDict(file: Uint8Array, where = 'state dict'): SavedTensors {
  if (file[HEADER_AT] !== BRACE && (startsWith(file, ZIP) || startsWith(file, PICKLE)))
    throw new CheckpointError(`${where}: must be safetensors, got a pickle; convert it once: ${conversion(where)}`);
  return decodeSafetensors(file, where).tensors;
}

/** The command that makes safetensors of a pickle. Tied weights are stored twice: safetensors has no shared memory. */
function conversion(where: string): string {
  const from = /\.(pt|pth|bin|ckpt)$/.test(where) ? where : 'model.pt';
  const to = from.replace(/\.\w+$/, '.safetensors');
  const code = [
    'import torch, safetensors.torch as st',
    `d = torch.load(${JSON.stringify(from)}, map_location="cpu", weights_only=True)`,
    `st.save_file({k: v.clone().contiguous() for k, v in d.get("state_dict", d).items()}, ${JSON.stringify(to)})`,
  ].join('; ');
  return `python3 -c ${shellQuoted(code)}`;
}

const shellQuoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

const startsWith = (file: Uint8Array, magic: readonly number[]): boolean =>
  magic.every((byte, k) => file[k] === byte);
