import { Translator } from '@unroll/translate';

const [folder = '', ...sentences] = process.argv.slice(2);
using translator = await Translator.load(folder);

// The best translation of each sentence, by beam search.
for (const text of await translator.translate(sentences, { beamSize: 5, lengthPenalty: 1 })) console.log(text);

// The three best of the first sentence, with their scores.
const [nBest = []] = await translator.search(sentences.slice(0, 1), { beamSize: 10, nBest: 3 });
for (const { text, score } of nBest) console.log(`${score.toFixed(2)}  ${text}`);

// The log-probability of a given translation.
const { logProbability } = translator.score({ source: sentences[0] ?? '', target: nBest[0]?.text ?? '' });
console.log(logProbability.toFixed(2));
