import { CharLm } from '@unroll/char-lm';

const [folder = 'runs/char-lm-moby-dick-1'] = process.argv.slice(2);
using lm = await CharLm.load(folder);

console.log(lm.generate({ prompt: 'The ', maxLength: 100, temperature: 0.7, seed: 1, stop: '\n' }));

for (const piece of lm.stream({ prompt: 'The old ', maxLength: 40, topK: 5 })) process.stdout.write(piece);

const { bitsPerCharacter, perCharacter } = await lm.score('The whale sees the old boat.');
console.log(`\n${bitsPerCharacter.toFixed(3)} bits per character`);
console.log(perCharacter.map(({ character, bits }) => `${character} ${bits.toFixed(1)}`).join('  '));
