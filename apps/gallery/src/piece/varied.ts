import type { Rng } from '@unroll/rnn-core';
import { BANDS, type Features } from './log-mel.ts';

const [MAX_STRETCH, MAX_BAND_SHIFT, MAX_MASK] = [0.2, 2, 8];
/** Standard deviations of the features: at most so much is a random microphone louder or quieter in a band. */
const [MAX_TILT, MAX_HIGH_PASS, HIGH_PASS_BANDS] = [0.5, 2, 3];

/**
 * The recording as somebody else might have said it, into another microphone: slower or faster, higher or lower, with weak or
 * strong low tones, and with a few bands and frames masked. Source: Park et al. 2019 (SpecAugment) for the masks.
 */
export function varied({ T, values }: Features, rng: Rng): Features {
  const speed = 1 + MAX_STRETCH * (2 * rng.uniform() - 1);
  const shift = rng.integer(2 * MAX_BAND_SHIFT + 1) - MAX_BAND_SHIFT;
  const to = Math.max(2, Math.round(T / speed));
  const mask = (length: number): [number, number] => {
    const width = rng.integer(Math.min(MAX_MASK, Math.ceil(length / 4)));
    const from = rng.integer(length - width);
    return [from, from + width];
  };
  const [[firstBand, lastBand], [firstFrame, lastFrame]] = [mask(BANDS), mask(to)];
  const [tilt, highPass] = [MAX_TILT * (2 * rng.uniform() - 1), MAX_HIGH_PASS * (2 * rng.uniform() - 1)];
  const microphone = Float32Array.from(
    { length: BANDS },
    (_, band) => tilt * (band / BANDS - 0.5) * 2 - highPass * Math.exp(-band / HIGH_PASS_BANDS),
  );
  const changed = new Float32Array(to * BANDS);
  for (let t = 0; t < to; t++) {
    if (t >= firstFrame && t < lastFrame) continue;
    const at = Math.min(T - 1, t * speed);
    const [before, after] = [Math.floor(at), Math.min(T - 1, Math.floor(at) + 1)];
    for (let band = 0; band < BANDS; band++) {
      const source = band - shift;
      if (source < 0 || source >= BANDS || (band >= firstBand && band < lastBand)) continue;
      const [a, b] = [values[before * BANDS + source] as number, values[after * BANDS + source] as number];
      changed[t * BANDS + band] = a + (at - before) * (b - a) + (microphone[band] as number);
    }
  }
  return { T: to, values: changed };
}
