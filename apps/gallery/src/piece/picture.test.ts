import { ConfusionMatrix } from '@unroll/metrics';
import { decode } from 'fast-png';
import { expect, test } from 'vitest';
import { drawConfusions } from './classification.ts';
import { Picture } from './picture.ts';

test('pixels stand in the picture as PNG, texts are escaped', () => {
  const pixels = { width: 2, height: 1, values: [0, 0.5, 2, -1, 1, 0] };
  const svg = new Picture(40, 20).pixels(3, 4, pixels, 10).text(1, 2, 'a < b & c').toString();
  expect(svg).toContain('a &lt; b &amp; c');
  expect(svg).toContain('<image x="3" y="4" width="20" height="10"');
  const [, png = ''] = /base64,([^"]*)"/.exec(svg) ?? [];
  expect([...decode(Buffer.from(png, 'base64')).data]).toEqual([0, 128, 255, 0, 255, 0]);
});

test('a table of confusions shows every count', () => {
  const svg = drawConfusions(ConfusionMatrix.from(3, [0, 0, 0, 1, 2], [0, 0, 1, 1, 1]));
  expect(svg).toContain('accuracy 60.00 % of 5');
  expect(svg.match(/font-size="10" text-anchor="middle"[^>]*>\d/g)).toHaveLength(4);
});
