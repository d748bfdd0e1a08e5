import { expect, test } from 'vitest';
import { packText, unpackText } from './packed-text.ts';

test.each(['', 'a', 'Ein Text – mit “Zeichen” 🎉\n\tund Zeilen', 'ab'.repeat(50_000)])(
  'a text comes back from the address, %#',
  async (text) => {
    const packed = await packText(text);
    expect(packed).toMatch(/^[\w-]*$/);
    expect(await unpackText(packed as string)).toBe(text);
  },
);

test('a text that no address holds, and an address that holds none', async () => {
  const long = Array.from({ length: 60_000 }, (_, k) => String.fromCharCode(33 + ((k * k * 7919) % 90))).join('');
  expect(await packText(long + Math.sin(1) + crypto.getRandomValues(new Uint8Array(40_000)).join())).toBeUndefined();
  expect(await unpackText('no%text')).toBeUndefined();
  expect(await unpackText('AAAA')).toBeUndefined();
});
