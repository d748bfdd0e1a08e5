import {
  CheckpointError,
  ConfigError,
  type FloatDtype,
  loadTensors,
  type NamedTensors,
  type SavedTensor,
  type SavedTensors,
  savedTensors,
  saveWeights,
  type Tensor,
} from '@unroll/rnn-core';
import { type NameMapping, Names } from './name-mapping.ts';
import { readStateDict } from './read-state-dict.ts';

/** Of {@link loadStateDict}. */
export interface LoadStateDictOptions {
  /** By default every parameter has the same name on both sides. */
  readonly names?: NameMapping | undefined;
  /** The file's name, for messages. */
  readonly where?: string | undefined;
}

/**
 * Reads a state dict of torch into a model that has memory: see `Parameters.create`. Modules of the same kind have the same
 * names, shapes, gate orders and biases in both, so that outputs and training steps agree; RNN, GRU and LSTM of any number
 * of layers and directions, Embedding, Linear, LayerNorm and Conv1d. Values of F16, BF16 and F64 are taken as well as F32.
 *
 *     loadStateDict(model, readFileSync('model.safetensors'), { names: { 'encoder.*': 'rnn.*' } });
 *
 * Nothing is changed unless everything fits. Source: torch.nn.Module.load_state_dict with `strict`.
 *
 * @param file the bytes of a safetensors file
 * @throws CheckpointError naming every parameter that is missing, unknown or of another shape; when the file is damaged
 * or a pickle; when a value is NaN or Infinity
 * @throws ConfigError when a pattern of `names` is not one
 */
export function loadStateDict(
  model: NamedTensors,
  file: Uint8Array,
  { names, where = 'state dict' }: LoadStateDictOptions = {},
): void {
  const saved = readStateDict(file, where);
  refuseProjections(saved, where);
  const wanted = savedTensors(model);
  const mapping = new Names(names);
  const found = new Map<string, SavedTensor>();
  const unknown: string[] = [];
  const misshapen: string[] = [];
  const differing: string[] = [];
  for (const [name, tensor] of saved) {
    const own = mapping.inModel(name);
    if (own === null) continue;
    const label = own === name ? name : `${name} (here ${own})`;
    const expected = wanted.get(own);
    const first = found.get(own);
    if (!expected) unknown.push(`${label} ${sizes(tensor)}`);
    else if (sizes(tensor) !== sizes(expected))
      misshapen.push(`${label} must be ${sizes(expected)}, got ${sizes(tensor)}`);
    else if (first && !sameValues(first, tensor)) differing.push(label);
    if (expected) found.set(own, tensor);
  }
  const missing = [...wanted]
    .filter(([name]) => !found.has(name))
    .map(([name, tensor]) => `${name} ${sizes(tensor)}`);
  const problems = [
    ['missing', missing],
    ['unknown', unknown],
    ['of another shape', misshapen],
    ['one parameter here, with other values than the one before', differing],
  ] as const;
  const said = problems
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `${what}: ${names.join(', ')}`);
  if (said.length > 0)
    throw new CheckpointError(
      `${where}: parameters must be those of the model, got ${said.join('; ')}; map names with \`names\`, in which null leaves one out`,
    );
  loadTensors(model, found, where);
}

/** Of {@link saveStateDict}. */
export interface SaveStateDictOptions {
  /** As it is given to {@link loadStateDict}: from the names in the file to those of the model. */
  readonly names?: NameMapping | undefined;
  /** Default: F32. */
  readonly dtype?: FloatDtype | undefined;
}

/**
 * Returns a model's parameters as a safetensors file for torch: `model.load_state_dict(safetensors.torch.load_file(path))`.
 * Where several names of `names` are one parameter here, all are written, as the state dict of tied weights has them.
 *
 * @throws ConfigError when a parameter has no name in the file, or a value does not fit the dtype
 */
export function saveStateDict(model: NamedTensors, { names, dtype = 'F32' }: SaveStateDictOptions = {}): Uint8Array {
  const mapping = new Names(names);
  const renamed: (readonly [string, Tensor])[] = [];
  const nameless: string[] = [];
  for (const [name, tensor] of 'namedParameters' in model ? model.namedParameters() : model) {
    const theirs = mapping.inFile(name);
    if (theirs.length === 0) nameless.push(name);
    for (const other of theirs) renamed.push([other, tensor]);
  }
  if (nameless.length > 0)
    throw new ConfigError(`names: every parameter must have a name in the file, got none for ${nameless.join(', ')}`);
  return saveWeights(renamed, {}, { floats: dtype });
}

function refuseProjections(saved: SavedTensors, where: string): void {
  const projections = [...saved.keys()].filter((name) => /(^|\.)weight_hr_l\d+(_reverse)?$/.test(name));
  if (projections.length > 0)
    throw new CheckpointError(
      `${where}: an LSTM must have no projections, got ${projections.join(', ')}; the LSTM here outputs its hidden state itself, train one without proj_size`,
    );
}

const sizes = ({ shape }: { readonly shape: readonly number[] }): string => `[${shape.join(', ')}]`;

const sameValues = (a: SavedTensor, b: SavedTensor): boolean => a.data.every((value, k) => value === b.data[k]);
