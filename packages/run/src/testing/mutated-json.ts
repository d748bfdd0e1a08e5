import type { Rng } from '@unroll/rnn-core';
import type { Json } from '../files/json.ts';

const DEPTH = 20_000;

/** Values that one of another kind, or out of range, may be replaced by. */
const VALUES: readonly Json[] = [
  null,
  true,
  '',
  'x',
  '\u001b[2J\u0007',
  'a\u0301\ud800',
  '__proto__',
  0,
  -0,
  -1,
  0.5,
  3,
  2 ** 31,
  2 ** 53,
  1e300,
  [],
  {},
  [[]],
  { x: 1 },
  ['a', 'a'],
];

/** What can stand in place of a whole file. */
const FILES = [
  '',
  ' ',
  'null',
  '0',
  '"x"',
  '[]',
  '{}',
  '[{}]',
  '{"a":1e999}',
  '{"a":1,"a":2}',
  '\ufeff{}',
  '\u0000',
  '{"format":',
  '{"__proto__":{"app":"x"},"constructor":{}}',
  `${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`,
  `${'{"a":'.repeat(DEPTH)}1${'}'.repeat(DEPTH)}`,
];

/** JSON with one or two things changed at random: bytes, values, keys, or everything. The same seed gives the same change. */
export function mutatedJson(text: string, rng: Rng): string {
  const pick = <T>(list: readonly T[]): T => list[rng.integer(list.length)] as T;
  const at = rng.integer(text.length + 1);
  switch (rng.integer(10)) {
    case 0:
      return pick(FILES);
    case 1:
      return text.slice(0, at);
    case 2:
      return (
        text.slice(0, at) + pick(['"', '}', ']', ',', '\u0000', '1', '\\', '\n']) + text.slice(at + rng.integer(2))
      );
    default: {
      const root = { value: JSON.parse(text) as Json };
      for (let changes = 1 + rng.integer(2); changes > 0; changes--) change(pick(placesIn(root)), rng);
      return JSON.stringify(root.value);
    }
  }
}

type Parent = Record<string, Json>;

/** Every value of a document, by what it stands in; an array is a record of its positions here. */
function placesIn(parent: Parent): { parent: Parent; key: string }[] {
  return Object.entries(parent).flatMap(([key, value]) => [
    { parent, key },
    ...(typeof value === 'object' && value !== null ? placesIn(value as Parent) : []),
  ]);
}

function change({ parent, key }: { parent: Parent; key: string }, rng: Rng): void {
  const value = VALUES[rng.integer(VALUES.length)] as Json;
  const isRoot = key === 'value';
  const kind = isRoot ? 0 : rng.integer(5);
  if (kind === 0 && !Array.isArray(parent)) delete parent[key];
  else if (kind === 1)
    Object.defineProperty(parent, ['__proto__', 'x', 'toString'][rng.integer(3)] as string, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  else if (typeof parent[key] === 'number' && kind < 4)
    parent[key] = [-1, 0, 1, 2, 0.5, 1e9, 2 ** 53][rng.integer(7)] as number;
  else parent[key] = structuredClone(value);
  if (isRoot) parent['value'] ??= null;
}
