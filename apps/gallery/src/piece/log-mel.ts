import FFT from 'fft.js';

export const RATE = 8000; // samples per second
export const WINDOW = 256; // samples, 32 ms
const HOP = 80; //            samples, 10 ms
export const BANDS = 40;
const FLOOR = 1e-6; // of the power, before the logarithm

/** Log-mel features of a recording: T frames of {@link BANDS} numbers, with mean 0 and variance 1. */
export interface Features {
  readonly T: number;
  /** [T, BANDS] */
  readonly values: Float32Array;
}

const mel = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
const hertz = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);

/** The bands' triangles over the frequencies of the transform: the weights from the first that is not 0. */
const FILTERS = Array.from({ length: BANDS }, (_, band) => {
  const edges = [0, 1, 2].map((k) => hertz(((band + k) * mel(RATE / 2)) / (BANDS + 1)));
  const [low, center, high] = edges as [number, number, number];
  const [first, last] = [Math.ceil((low * WINDOW) / RATE), Math.floor((high * WINDOW) / RATE)];
  const weights = Float64Array.from({ length: last - first + 1 }, (_, k) => {
    const frequency = ((first + k) * RATE) / WINDOW;
    return Math.min((frequency - low) / (center - low), (high - frequency) / (high - center));
  });
  return { first, weights };
});

const HANN = Float64Array.from({ length: WINDOW }, (_, k) => 0.5 - 0.5 * Math.cos((2 * Math.PI * k) / WINDOW));

/**
 * The power in each mel band of each window.
 *
 *     P[t, m] = Σ_k filter[m, k]·|FFT(hann ∘ x[80·t … 80·t + 255])[k]|²
 *
 * Source: librosa.feature.melspectrogram with n_fft 256, hop_length 80, center False, n_mels 40, htk True, norm None.
 *
 * @param samples at least {@link WINDOW} of them
 * @returns [T, BANDS]
 */
export function melPower(samples: Float32Array): Features {
  const T = Math.floor((samples.length - WINDOW) / HOP) + 1;
  const values = new Float32Array(T * BANDS);
  const transform = new FFT(WINDOW);
  const spectrum = transform.createComplexArray() as number[];
  const power = new Float64Array(WINDOW / 2 + 1);
  for (let t = 0; t < T; t++) {
    const frame = HANN.map((weight, k) => weight * (samples[t * HOP + k] as number));
    transform.realTransform(spectrum, frame);
    for (let k = 0; k < power.length; k++)
      power[k] = (spectrum[2 * k] as number) ** 2 + (spectrum[2 * k + 1] as number) ** 2;
    for (const [band, { first, weights }] of FILTERS.entries()) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += (weights[k] as number) * (power[first + k] as number);
      values[t * BANDS + band] = sum;
    }
  }
  return { T, values };
}

/** The features of a recording, without the silence at both ends. */
export function logMel(samples: Float32Array): Features {
  const { T, values } = trimmed(melPower(samples));
  const logs = values.map((power) => Math.log(power + FLOOR));
  const mean = logs.reduce((sum, x) => sum + x, 0) / logs.length;
  const sd = Math.sqrt(logs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / logs.length) || 1;
  return { T, values: logs.map((x) => (x - mean) / sd) };
}

const SILENCE = 1e-4; // of the power of the loudest frame: -40 dB

function trimmed({ T, values }: Features): Features {
  const frames = Array.from({ length: T }, (_, t) => t);
  const loudness = frames.map((t) => values.subarray(t * BANDS, (t + 1) * BANDS).reduce((sum, x) => sum + x, 0));
  const isLoud = (t: number): boolean => (loudness[t] as number) >= SILENCE * Math.max(...loudness);
  const [first, last] = [frames.findIndex(isLoud), frames.findLastIndex(isLoud)];
  return { T: last - first + 1, values: values.slice(first * BANDS, (last + 1) * BANDS) };
}
