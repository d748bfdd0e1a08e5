import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeSafetensors, encodeSafetensors, type FloatDtype, type SavedTensor } from './safetensors.ts';

const bytesOf = (tensors: [string, SavedTensor][], metadata: Record<string, string> = {}): Buffer =>
  Buffer.concat(encodeSafetensors(new Map(tensors), metadata));

/** A file by hand: a JSON header, and the bytes after it. */
function fileOf(header: string, body: Uint8Array = new Uint8Array()): Buffer {
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
  return Buffer.concat([head, Buffer.from(header), body]);
}

test('writes every dtype and reads it back', () => {
  const tensors: [string, SavedTensor][] = [
    ['bytes', { shape: [3], data: Uint8Array.of(1, 2, 255) }],
    ['weight', { shape: [2, 2], data: Float32Array.of(1.5, -0, Number.NaN, Number.NEGATIVE_INFINITY) }],
    ['ids', { shape: [2, 1], data: Int32Array.of(-1, 2 ** 31 - 1) }],
    ['cursor', { shape: [1], data: BigInt64Array.of(-(2n ** 63n)) }],
    ['large', { shape: [1], data: BigUint64Array.of(2n ** 64n - 1n) }],
    ['unsigned', { shape: [1], data: Uint32Array.of(2 ** 32 - 1) }],
    ['short', { shape: [1], data: Int16Array.of(-(2 ** 15)) }],
    ['unsigned short', { shape: [1], data: Uint16Array.of(2 ** 16 - 1) }],
    ['quantized', { shape: [2], data: Int8Array.of(-128, 127) }],
    ['exact', { shape: [], data: Float64Array.of(Math.PI) }],
    ['none', { shape: [0, 4], data: new Float32Array() }],
  ];
  const { tensors: read, metadata, isSummed } = decodeSafetensors(bytesOf(tensors, { step: '3' }), 'f');
  expect(Object.fromEntries(read)).toEqual(Object.fromEntries(tensors));
  expect(metadata['step']).toBe('3');
  expect(isSummed).toBe(true);
});

test('writes the bytes that the format demands', () => {
  const written = bytesOf([['b', { shape: [2], data: Float32Array.of(1, -2) }]]);
  const headerLength = Number(written.readBigUInt64LE());
  expect(headerLength % 8).toBe(0);
  const header = written.subarray(8, 8 + headerLength).toString();
  expect(header).toMatch(
    /^\{"__metadata__":\{"sha256":"[0-9a-f]{64}"\},"b":\{"dtype":"F32","shape":\[2\],"data_offsets":\[0,8\]\}\} *$/,
  );
  expect(written.subarray(8 + headerLength).toString('hex')).toBe('0000803f000000c0'); // little endian
});

test("reads what Python's safetensors writes", () => {
  // safetensors.numpy.save({'a': np.array([1, -2], dtype='<f4')}).hex(), safetensors 0.8.0
  const written = Buffer.from(
    '38000000000000007b2261223a7b226474797065223a22463332222c227368617065223a5b325d2c' +
      '22646174615f6f666673657473223a5b302c385d7d7d20200000803f000000c0',
    'hex',
  );
  const { tensors, isSummed } = decodeSafetensors(written, 'f');
  expect(tensors.get('a')).toEqual({ shape: [2], data: Float32Array.of(1, -2) });
  expect(isSummed).toBe(false);
});

test("reads the half precisions of Python's safetensors exactly, as float32", () => {
  // x = torch.tensor([1.5, -0.0, 65504, 2**-24, 3 * 2**-16, float('inf'), float('nan')])
  // safetensors.torch.save({'b': x.bfloat16(), 'h': x.half()}).hex(), safetensors 0.8.0
  const written = Buffer.from(
    '70000000000000007b2262223a7b226474797065223a2242463136222c227368617065223a5b375d' +
      '2c22646174615f6f666673657473223a5b302c31345d7d2c2268223a7b226474797065223a224631' +
      '36222c227368617065223a5b375d2c22646174615f6f666673657473223a5b31342c32385d7d7d20' +
      'c03f0080804780334038807fffff003e0080ff7b01000003007c007e',
    'hex',
  );
  const { tensors } = decodeSafetensors(written, 'f');
  const [tiny, small] = [2 ** -24, 3 * 2 ** -16];
  expect([...tensors.get('h')!.data]).toEqual([1.5, -0, 65504, tiny, small, Infinity, Number.NaN]);
  expect([...tensors.get('b')!.data]).toEqual([1.5, -0, 65536, tiny, small, Infinity, Number.NaN]);
  expect(tensors.get('h')!.data).toBeInstanceOf(Float32Array);
});

test('stores floating-point tensors in the dtype asked for, and no others', () => {
  const tensors = new Map<string, SavedTensor>([
    ['w', { shape: [2], data: Float32Array.of(0.1, -2) }],
    ['exact', { shape: [1], data: Float64Array.of(0.1) }],
    ['ids', { shape: [1], data: Int32Array.of(3) }],
  ]);
  const read = (floats: FloatDtype) =>
    [...decodeSafetensors(Buffer.concat(encodeSafetensors(tensors, {}, { floats })), 'f').tensors.entries()].map(
      ([name, { data }]) => `${name} ${data.constructor.name} ${[...data].join()}`,
    );
  expect(read('F32')).toEqual([
    'exact Float32Array 0.10000000149011612',
    'w Float32Array 0.10000000149011612,-2',
    'ids Int32Array 3',
  ]);
  expect(read('F16').at(-1)).toBe('w Float32Array 0.0999755859375,-2');
  expect(read('BF16').at(-1)).toBe('w Float32Array 0.10009765625,-2');
});

test('refuses to store a value that a half cannot hold', () => {
  const tensors = new Map([['w', { shape: [2], data: Float32Array.of(1, -65520) }]]);
  expect(() => encodeSafetensors(tensors, {}, { floats: 'F16' })).toThrow(
    'w: values must fit F16 (at most 65504), got -65520 at index 1; store it as BF16 or F32',
  );
});

test('wider tensors lie before narrower ones, so that each is aligned', () => {
  const written = bytesOf([
    ['a', { shape: [1], data: Uint8Array.of(7) }],
    ['b', { shape: [1], data: Float64Array.of(1) }],
    ['c', { shape: [1], data: Float32Array.of(1) }],
  ]);
  const header = JSON.parse(written.subarray(8, 8 + Number(written.readBigUInt64LE())).toString());
  expect([header.b, header.c, header.a].map((entry) => entry.data_offsets[0])).toEqual([0, 8, 12]);
});

test('any names and numbers survive', () => {
  const array = fc.float32Array({ maxLength: 20 }).map((data) => ({ shape: [data.length], data }));
  const name = fc.string({ unit: 'grapheme' }).filter((name) => name !== '__metadata__');
  fc.assert(
    fc.property(fc.dictionary(name, array), fc.dictionary(name, fc.string()), (tensors, metadata) => {
      const read = decodeSafetensors(bytesOf(Object.entries(tensors), metadata), 'f');
      expect(Object.fromEntries(read.tensors)).toEqual(tensors);
      const { sha256: _, ...rest } = read.metadata;
      const { sha256: __, ...given } = metadata;
      expect(rest).toEqual(given);
    }),
  );
});

test('one flipped bit anywhere is found', () => {
  const written = bytesOf(
    [
      ['w', { shape: [3], data: Float32Array.of(1, 2, 3) }],
      ['u', { shape: [2], data: Uint8Array.of(1, 2) }],
    ],
    { app: 'toy' },
  );
  for (let bit = 0; bit < written.length * 8; bit++) {
    const flipped = Buffer.from(written);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    let isFound = false;
    try {
      isFound = !decodeSafetensors(flipped, 'f').isSummed; // a broken key `sha256` is a file without one, which no checkpoint of ours is
    } catch (error) {
      isFound = (error as Error).name === 'CheckpointError';
    }
    expect(isFound, `bit ${bit & 7} of byte ${bit >> 3}`).toBe(true);
  }
});

test('any truncation is found', () => {
  const written = bytesOf([['w', { shape: [3], data: Float32Array.of(1, 2, 3) }]]);
  for (let length = 0; length < written.length; length++)
    expect(() => decodeSafetensors(written.subarray(0, length), 'f'), `${length} bytes`).toThrow(/^f: /);
});

describe('refuses', () => {
  const eight = new Uint8Array(8);
  test.each([
    ['an empty file', Buffer.alloc(0), 'f: must be at least 8 bytes, got 0; the file is truncated'],
    ['something else', Buffer.from('PK\u0003\u0004 and so on, a zip'), 'f: is not a safetensors file'],
    [
      'a header past the end',
      fileOf('{}').subarray(0, 9),
      "f: header must end within the file's 9 bytes, got 10; the file is truncated",
    ],
    ['a header that is no JSON', fileOf('{"a"'), 'f: header must be a JSON object; the file is damaged'],
    ['a header that is no object', fileOf('[]'), 'f: header must be a JSON object; the file is damaged'],
    [
      'an entry without dtype',
      fileOf('{"a":{"shape":[2],"data_offsets":[0,8]}}', eight),
      'f: tensor "a" must have dtype, shape and data_offsets; the file is damaged',
    ],
    [
      'a dtype it does not know',
      fileOf('{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}', eight),
      'f: tensor "a" must be one of F64, I64, U64, F32, I32, U32, F16, BF16, I16, U16, I8, U8, BOOL, got F8_E4M3',
    ],
    [
      'a shape of another size',
      fileOf('{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}', eight),
      'f: tensor "a" must take 12 bytes for F32 [3], got 8; the file is damaged',
    ],
    [
      'a negative size',
      fileOf('{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}', eight),
      'f: header must hold whole numbers, got -2; the file is damaged',
    ],
    [
      'a tensor past the end',
      fileOf('{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}', eight),
      'f: tensor "a" must end within 8 bytes, got 12; the file is truncated',
    ],
    [
      'a hole',
      fileOf('{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', eight),
      'f: tensor "a" must start at byte 0, got 4; the file is damaged',
    ],
    [
      'an overlap',
      fileOf(
        '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
        eight,
      ),
      'f: tensor "b" must start at byte 8, got 4; the file is damaged',
    ],
    [
      'trailing bytes',
      fileOf('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', eight),
      'f: tensors must take 8 bytes, got 4; the file is damaged',
    ],
    [
      'metadata that are no strings',
      fileOf('{"__metadata__":{"a":1}}'),
      'f: __metadata__ must map strings to strings; the file is damaged',
    ],
  ])('%s', (_, file, message) => {
    expect(() => decodeSafetensors(file, 'f')).toThrow(message);
  });
});
