import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

type Rgb = readonly [number, number, number];

/** What dichromats see, on linear RGB. Source: Machado et al. 2009, severity 1. */
const EYES: Readonly<Record<string, readonly Rgb[]>> = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** Colours that a reader tells apart by colour alone; lines have dashes and marks as well. */
const PAIRS = [
  ['--warm', '--cold'],
  ['--series-1', '--series-2'],
  ['--place-1', '--place-2'],
  ['--place-1', '--place-3'],
  ['--place-2', '--place-3'],
] as const;
const LEAST = 0.1; // in OKLab, five times a just noticeable difference

const CSS = readFileSync(new URL('page.css', import.meta.url), 'utf8');

function linear(name: string, theme: 0 | 1): Rgb {
  const hex = new RegExp(`${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(CSS)?.[theme + 1] as string;
  const channel = (at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

const times = (matrix: readonly Rgb[], [r, g, b]: Rgb): Rgb =>
  matrix.map(([x, y, z]) => Math.max(0, x * r + y * g + z * b)) as unknown as Rgb;

/** Source: Ottosson 2020. */
function oklab(rgb: Rgb): Rgb {
  const toLms: Rgb[] = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
  ];
  const [l, m, s] = times(toLms, rgb).map(Math.cbrt) as unknown as Rgb;
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

describe.each(Object.entries(EYES))('%s', (_, eyes) => {
  test.each(PAIRS)('%s and %s are told apart, in light and dark', (one, other) => {
    for (const theme of [0, 1] as const) {
      const [a, b] = [one, other].map((name) => oklab(times(eyes, linear(name, theme)))) as [Rgb, Rgb];
      expect(Math.hypot(...a.map((value, k) => value - (b[k] as number)))).toBeGreaterThan(LEAST);
    }
  });
});
