/* oxlint-disable import/default, import/no-named-as-default-member -- wavefile is CommonJS, of which Node imports the default alone */
import { describe, expect, test } from 'vitest';
import wavefile from 'wavefile';
import { melPower } from './log-mel.ts';
import { readWav } from './wav.ts';

/** A WAV file of tones, one a channel. */
function tones(rate: number, seconds: number, ...hertz: number[]): Uint8Array {
  const samples = hertz.map((f) =>
    Array.from({ length: Math.round(rate * seconds) }, (_, k) =>
      Math.round(8192 * Math.sin((2 * Math.PI * f * k) / rate)),
    ),
  );
  const wav = new wavefile.WaveFile();
  wav.fromScratch(samples.length, rate, '16', samples.length === 1 ? (samples[0] ?? []) : samples);
  return wav.toBuffer();
}

test('16 bits become numbers from -1 to 1', () => {
  const samples = readWav(tones(8000, 0.1, 1000), 'a.wav');
  expect(samples).toHaveLength(800);
  expect(samples[2]).toBeCloseTo(0.25, 3); // a quarter of the range at the top of the tone
  expect(samples[6]).toBeCloseTo(-0.25, 3);
});

test('another rate is resampled, and channels are mixed', () => {
  const samples = readWav(tones(44_100, 0.5, 1000, 1000), 'a.wav');
  expect(samples).toHaveLength(4000);
  const loudest = (x: Float32Array): number => {
    const frame = melPower(x).values.subarray(400, 440);
    return frame.indexOf(Math.max(...frame));
  };
  expect(loudest(samples)).toBe(loudest(readWav(tones(8000, 0.5, 1000), 'b.wav')));
});

/** A file whose header is another from a byte on. */
function patched(at: number, ...bytes: number[]): Uint8Array {
  const wav = tones(8000, 0.5, 440).slice();
  wav.set(bytes, at);
  return wav;
}

test.each(['8', '24', '32f'])('%s bits are what 16 are', (depth) => {
  const wav = new wavefile.WaveFile(tones(8000, 0.1, 1000));
  wav.toBitDepth(depth);
  const samples = readWav(wav.toBuffer(), 'a.wav');
  expect(samples[2]).toBeCloseTo(0.25, 1);
  expect(samples[6]).toBeCloseTo(-0.25, 1);
});

test('samples that are no numbers are refused', () => {
  const wav = new wavefile.WaveFile(tones(8000, 0.5, 440));
  wav.toBitDepth('32f');
  const bytes = wav.toBuffer();
  new DataView(bytes.buffer, bytes.byteOffset).setFloat32(bytes.length - 40, Number.NaN, true);
  expect(() => readWav(bytes, 'a.wav')).toThrow(
    'a.wav: samples must be numbers, got NaN or an infinity; record it again',
  );
});

test('what is cut short is what there is of it', () => {
  expect(readWav(tones(8000, 0.5, 440).subarray(0, 3001), 'a.wav')).toHaveLength(1478);
});

describe('a bad file is one line', () => {
  test.each([
    ['too short', tones(8000, 0.01, 440), 'a.wav: must be one spoken digit of 0.032 to 5 seconds, got 0.010'],
    ['too long', tones(8000, 6, 440), 'got 6.000'],
    ['empty', new Uint8Array(), 'a.wav: must be a WAV file, got '],
    ['an mp3', new TextEncoder().encode('ID3 an mp3 of somebody'), 'a.wav: must be a WAV file, got '],
    ['cut in its header', tones(8000, 0.5, 440).subarray(0, 30), 'a.wav: must be a WAV file, got '],
    ['cut behind its header', tones(8000, 0.5, 440).subarray(0, 44), 'seconds, got 0.000'],
    ['without a format', new TextEncoder().encode('RIFF....WAVEdata'), 'a.wav: must be a WAV file, got '],
    [
      'an mp3 in a WAV',
      patched(20, 0x55, 0),
      'must have uncompressed samples of 8, 16, 24 or 32 bits, got format 85',
    ],
    ['of 13 bits', patched(34, 13, 0), 'of 13 bits; save it as PCM'],
    ['of 0 bits', patched(34, 0, 0), 'a.wav: must '],
    ['without channels', patched(22, 0, 0), 'must have 1 to 64 channels'],
    ['of rate 0', patched(24, 0, 0, 0, 0), 'got 1 of 0; the file is damaged'],
    ['of a huge rate', patched(24, 255, 255, 255, 127), 'the file is damaged'],
  ])('%s', (_, bytes, message) => {
    expect(() => readWav(bytes, 'a.wav')).toThrow(message);
    expect(() => readWav(bytes, 'a.wav')).toThrow(/^[^\n]*$/);
  });
});
