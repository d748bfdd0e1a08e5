/* oxlint-disable import/default, import/no-named-as-default-member -- wavefile is CommonJS, of which Node imports the default alone */
import { DataError } from '@unroll/rnn-core';
import wavefile from 'wavefile';
import { RATE, WINDOW } from './log-mel.ts';

const LONGEST = 5; // seconds

/**
 * Reads a WAV file as one channel of 8,000 samples per second.
 *
 * @param name of the file, for the message
 * @throws DataError when it is no WAV file, or too short or too long to be one digit
 */
export function readWav(bytes: Uint8Array, name: string): Float32Array {
  const wav = decoded(bytes, name);
  const { sampleRate } = checked(wav, name);
  wav.toBitDepth('32f');
  if (sampleRate !== RATE) wav.toSampleRate(RATE);
  const channels = wav.getSamples(false, Float32Array) as unknown as Float32Array | Float32Array[];
  const samples = Array.isArray(channels) ? mixed(channels) : channels;
  const seconds = samples.length / RATE;
  if (samples.length < WINDOW || seconds > LONGEST)
    throw new DataError(
      `${name}: must be one spoken digit of ${WINDOW / RATE} to ${LONGEST} seconds, got ${seconds.toFixed(3)}`,
    );
  if (samples.some((sample) => !Number.isFinite(sample)))
    throw new DataError(`${name}: samples must be numbers, got NaN or an infinity; record it again`);
  return samples;
}

/** What the header of a WAV file says. */
interface Format {
  readonly audioFormat: number;
  readonly sampleRate: number;
  readonly numChannels: number;
}

const PLAIN = [1, 3, 0xfffe]; // PCM, floating point, and either with a longer header
const DEPTHS = ['8', '16', '24', '32', '32f', '64'];

/** @throws DataError when the samples are compressed, or the header is damaged */
function checked({ fmt, bitDepth }: InstanceType<typeof wavefile.WaveFile>, name: string): Format {
  const format = fmt as Format;
  const { audioFormat, sampleRate, numChannels } = format;
  if (!PLAIN.includes(audioFormat) || !DEPTHS.includes(bitDepth))
    throw new DataError(
      `${name}: must have uncompressed samples of 8, 16, 24 or 32 bits, got format ${audioFormat} of ${bitDepth} bits; save it as PCM`,
    );
  if (!(sampleRate >= 1000 && sampleRate <= 400_000 && numChannels >= 1 && numChannels <= 64))
    throw new DataError(
      `${name}: must have 1 to 64 channels of 1,000 to 400,000 samples per second, got ${numChannels} of ${sampleRate}; the file is damaged`,
    );
  return format;
}

function decoded(bytes: Uint8Array, name: string): InstanceType<typeof wavefile.WaveFile> {
  try {
    return new wavefile.WaveFile(bytes);
  } catch (error) {
    throw new DataError(`${name}: must be a WAV file, got ${error instanceof Error ? error.message : 'another'}`);
  }
}

const mixed = (channels: readonly Float32Array[]): Float32Array =>
  Float32Array.from(channels[0] ?? [], (_, k) => channels.reduce((sum, x) => sum + (x[k] ?? 0), 0) / channels.length);
