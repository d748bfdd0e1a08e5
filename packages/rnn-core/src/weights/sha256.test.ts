import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { portableSha256, sha256 } from './sha256.ts';

test("ours is Node's, whatever the bytes and however they are cut", () => {
  const part = fc.uint8Array({ maxLength: 150 });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
      const expected = createHash('sha256').update(Buffer.concat(parts)).digest('hex');
      expect(portableSha256(parts)).toBe(expected);
      expect(sha256(parts)).toBe(expected);
    }),
  );
});

test('every length around a block', () => {
  for (let length = 0; length <= 130; length++) {
    const bytes = Uint8Array.from({ length }, (_, k) => k);
    expect(portableSha256([bytes])).toBe(createHash('sha256').update(bytes).digest('hex'));
  }
});
