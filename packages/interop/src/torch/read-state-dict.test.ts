import { saveWeights } from '@unroll/rnn-core';
import { expect, test } from 'vitest';
import { readStateDict } from './read-state-dict.ts';

test('reads safetensors', () => {
  expect(readStateDict(saveWeights([])).size).toBe(0);
});

test('reads safetensors whose header is as long as a pickle begins', () => {
  const bytes = Buffer.from(saveWeights([]));
  const end = 8 + Number(bytes.readBigUInt64LE());
  const header = bytes
    .subarray(8, end)
    .toString()
    .replace(/"sha256":"\w+",?/, '')
    .padEnd(0x280);
  const file = Buffer.concat([Buffer.from([0x80, 0x02, 0, 0, 0, 0, 0, 0]), Buffer.from(header)]);
  expect(readStateDict(file).size).toBe(0);
});

test.each([
  ['a zip of torch.save', [0x50, 0x4b, 0x03, 0x04, 0, 0, 0, 0, 0]],
  ['a pickle of protocol 2', [0x80, 0x02, 0x8a, 0, 0, 0, 0, 0, 0]],
])('refuses %s with the line that converts it', (_, bytes) => {
  expect(() => readStateDict(Uint8Array.from(bytes), 'runs/lm.pt')).toThrow(
    /^runs\/lm\.pt: must be safetensors, got a pickle; convert it once: python3 -c '.*save_file.*"runs\/lm\.safetensors"\)'$/,
  );
});
