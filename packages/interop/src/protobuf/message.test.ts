import { describe, expect, test } from 'vitest';
import { decodeMessage, encodeMessage, type MessageType } from './message.ts';

const POINT = { x: { id: 1, type: 'int64' }, y: { id: 2, type: 'double' } } as const satisfies MessageType;
const ALL = {
  small: { id: 1, type: 'int32' },
  text: { id: 2, type: 'string' },
  bytes: { id: 3, type: 'bytes' },
  float: { id: 16, type: 'float' },
  point: { id: 17, type: POINT },
  points: { id: 18, type: POINT, repeated: true },
  numbers: { id: 19, type: 'int64', repeated: true },
  texts: { id: 20, type: 'string', repeated: true },
} as const satisfies MessageType;

describe('protobuf messages', () => {
  test('are the bytes of the protobuf documentation', () => {
    // https://protobuf.dev/programming-guides/encoding: 150 in field 1, "testing" in field 2.
    const bytes = encodeMessage({ a: { id: 1, type: 'int32' }, b: { id: 2, type: 'string' } } as const, {
      a: 150,
      b: 'testing',
    });
    expect(Buffer.from(bytes).toString('hex')).toBe('08960112 0774657374696e67'.replace(' ', ''));
  });

  test('are read as they were written', () => {
    const message = {
      small: -3,
      text: 'é',
      bytes: Uint8Array.of(0, 255),
      float: 0.5,
      point: { x: -(2 ** 53) + 1, y: 0.1 },
      points: [{ x: 1, y: 2 }, { x: 3 }],
      numbers: [0, -1, 2 ** 40],
      texts: ['a', ''],
    };
    expect(decodeMessage(ALL, encodeMessage(ALL, message))).toEqual(message);
  });

  test('skip fields they do not know, and read repeated numbers that are not packed', () => {
    const bytes = Uint8Array.of(0x98, 1, 5, 0x98, 1, 6, 0x10, 7); // field 19: 5, 6; field 2: 7
    expect(decodeMessage({ numbers: ALL.numbers }, bytes)).toEqual({ numbers: [5, 6] });
  });

  test('that end early are an error', () => {
    const bytes = encodeMessage(ALL, { text: 'testing' });
    expect(() => decodeMessage(ALL, bytes.subarray(0, 5))).toThrow('premature EOF');
  });
});
