import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CheckpointError } from '../errors.ts';
import { decodeSafetensors } from './safetensors.ts';

/** A file by hand: a JSON header, and the number of bytes after it. */
function fileOf(header: string | Uint8Array, body = 0): Buffer {
  const json = Buffer.from(header);
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([head, json, Buffer.alloc(body)]);
}

/** Why a file is refused, or undefined when it is not. Any error but a CheckpointError fails the test. */
function refusal(file: Uint8Array): string | undefined {
  try {
    decodeSafetensors(file, 'f');
    return undefined;
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    return error.message;
  }
}

describe("damaged files, beside Python's reader", () => {
  const { cases } = JSON.parse(
    readFileSync(new URL('../../golden/damaged-safetensors.json', import.meta.url), 'utf8'),
  ) as { cases: [header: string, body: number, accepted: boolean][] };

  // What Python accepts and we do not.
  const STRICTER = [
    /^f: header must hold ".*" once/, //                       Python takes the last of two
    /^f: header must be a JSON object/, //                     blanks before the brace
    /^f: __metadata__ must map strings to strings/, //         null
    /^f: tensor ".*" must be one of F64/, //                   numbers of fewer than 8 bits, or complex
    /^f: tensor ".*" must (be of a possible size|have dtype)/, // sizes of no values, from 2⁵³ on
    /^f: sha256 must be/, //                                   Python does not check our sum
  ];

  test('what it refuses we refuse, and what else we refuse is known', () => {
    const differing = cases.flatMap(([header, body, accepted]) => {
      const reason = refusal(fileOf(header, body));
      if ((reason === undefined) === accepted) return [];
      return accepted && STRICTER.some((known) => known.test(reason ?? '')) ? [] : [{ header, body, reason }];
    });
    expect(differing).toEqual([]);
  });
});

test('whatever a header says, it is refused or every byte is in one tensor of its size', () => {
  const size = fc.oneof(fc.nat(3), fc.constantFrom(-0, 0.5, -1, 2 ** 31, 2 ** 53, 1e300, '4', null));
  const entry = fc.record(
    {
      dtype: fc.constantFrom('F32', 'F16', 'I8', 'BOOL', 'F4', 'toString'),
      shape: fc.array(size, { maxLength: 3 }),
      data_offsets: fc.array(fc.oneof(fc.nat(16), size), { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: ['dtype', 'shape'] },
  );
  const header = fc.dictionary(fc.constantFrom('a', '__proto__', '__metadata__', 'toString'), entry);
  fc.assert(
    fc.property(header, fc.nat(16), (header, body) => {
      const file = fileOf(JSON.stringify(header), body);
      if (refusal(file) !== undefined) return;
      const { tensors } = decodeSafetensors(file, 'f');
      for (const { shape, data } of tensors.values())
        expect(data).toHaveLength(shape.reduce((product, axis) => product * axis, 1));
    }),
    { numRuns: 300 },
  );
});

const F32 = (shape: string, offsets: string) => `{"dtype":"F32","shape":[${shape}],"data_offsets":[${offsets}]}`;

test.each([
  [
    'a name twice',
    `{"a":${F32('0', '0,0')},"\\u0061":${F32('1', '0,4')}}`,
    'f: header must hold "a" once, got it twice',
  ],
  [
    'a member twice',
    '{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
    'f: header must hold "dtype" once',
  ],
  [
    'a size with a point',
    `{"a":${F32('1.0', '0,4')}}`,
    'f: header must hold whole numbers, got 1.0; the file is damaged',
  ],
  ['a size with an exponent', `{"a":${F32('1e0', '0,4')}}`, 'f: header must hold whole numbers, got 1e0'],
  ['an offset of minus zero', `{"a":${F32('1', '-0,4')}}`, 'f: header must hold whole numbers, got -0'],
  [
    'sizes whose product overflows',
    `{"a":${F32('9007199254740991,9007199254740991,0', '0,0')}}`,
    'must be of a possible size',
  ],
  [
    'half a character',
    `{"\\ud800":${F32('1', '0,4')}}`,
    'f: header must hold Unicode text, got "\\ud800"; the file is damaged',
  ],
  ['a byte order mark', `\ufeff{"a":${F32('1', '0,4')}}`, 'f: header must be a JSON object'],
  [
    'numbers of four bits',
    '{"a":{"dtype":"F4","shape":[8],"data_offsets":[0,4]}}',
    'must be one of F64, I64, U64, F32, I32, U32, F16, BF16, I16, U16, I8, U8, BOOL, got F4',
  ],
])('refuses %s', (_, header, message) => {
  expect(refusal(fileOf(header, 4))).toContain(message);
});
