/* oxlint-disable import/default, import/no-named-as-default-member -- wavefile is CommonJS, of which Node imports the default alone */
import { DataError } from '@unroll/rnn-core';
import wavefile from 'wavefile';
import { RATE, WINDOW } from './log-mel.ts';

const LONGEST = 5; // seconds

/**
 * Reads a WAV file as one channel of 8,000 samples a second.
 *
 * @param name of the file, for the message
 * @throws DataError when it is no WAV file, or too short or too long to be one digit
 */
export function readWav(bytes: Uint8Array, name: string): Float32Array {
  const wav = decoded(bytes, name);
  const { sampleRate, numChannels } = wav.fmt as { sampleRate: number; numChannels: number };
  wav.toBitDepth('32f');
  if (sampleRate !== RATE) wav.toSampleRate(RATE);
  const channels = wav.getSamples(false, Float32Array) as unknown as Float32Array | Float32Array[];
  const samples = Array.isArray(channels) ? mixed(channels) : channels;
  const seconds = samples.length / RATE;
  if (samples.length < WINDOW || seconds > LONGEST)
    throw new DataError(
      `${name}: must be one spoken digit of ${WINDOW / RATE} to ${LONGEST} seconds, got ${seconds.toFixed(3)} (${numChannels} channels)`,
    );
  return samples;
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
