/**
 * Seconds of processor time to learn 8,000 merges from 30,000 pairs of sentences and to encode them, plainly and with
 * dropout. Reads the two files named on the command line, or makes up sentences with Zipf's law for words.
 */
import { readFileSync } from 'node:fs';
import { BpeTokenizer } from '../src/bpe.ts';

const generator = (seed: number) => ({ uint32: () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) });

function madeUpSentences(count: number): string[] {
  const random = generator(1);
  const uniform = () => random.uint32() / 2 ** 32;
  const syllables = [
    'ba',
    'co',
    'du',
    'fe',
    'gri',
    'lan',
    'mo',
    'nes',
    'or',
    'pli',
    'que',
    'ster',
    'tion',
    'ver',
    'y',
  ];
  const pick = () => syllables[Math.floor(uniform() * syllables.length)] as string;
  const words = Array.from({ length: 20_000 }, () =>
    Array.from({ length: 1 + Math.floor(uniform() * 4) }, pick).join(''),
  );
  const word = () => words[Math.floor(words.length ** uniform()) - 1] as string;
  return Array.from({ length: count }, () => `${Array.from({ length: 12 }, word).join(' ')}.`);
}

function timed<T>(name: string, work: () => T): T {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  console.log(`${name.padEnd(22)} ${((user + system) / 1e6).toFixed(2)} s`);
  return result;
}

const files = process.argv.slice(2);
const sentences =
  files.length > 0 ? files.flatMap((file) => readFileSync(file, 'utf8').split('\n')) : madeUpSentences(60_000);
console.log(`${sentences.length} sentences, ${sentences.join('').length} characters`);

const tokenizer = timed('learn 8,000 merges', () => BpeTokenizer.train(sentences, { vocabSize: 256 + 8_000 }));
timed('encode', () => sentences.forEach((sentence) => tokenizer.encode(sentence)));
const dropout = { rate: 0.1, random: generator(2) };
timed('encode with dropout', () => sentences.forEach((sentence) => tokenizer.encode(sentence, dropout)));
