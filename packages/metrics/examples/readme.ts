import { bleu, classification, corpusScore, LanguageModelTally, meanAndSd } from '@unroll/metrics';

// Translation: sacreBLEU's values and signatures.
const references = [['the cat sat on the mat', 'a dog barks in the garden']];
const { score, signature } = corpusScore(bleu(), ['the cat sat on a mat', 'a dog barks in the garden'], references);
console.log(score.toFixed(1), signature); // 77.8 nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0

// Classification: [N] classes, [N, C] probabilities.
const { accuracy, macroF1, rocAuc } = classification([0, 1, 1], [0.9, 0.1, 0.4, 0.6, 0.7, 0.3], 2);
console.log(accuracy.toFixed(3), macroF1.toFixed(3), rocAuc); // 0.667 0.667 1

// Language model: the sum of the losses in nats, number of tokens, number of characters.
const tally = new LanguageModelTally();
tally.add(21.5, 10, 12);
console.log(tally.score().bitsPerCharacter.toFixed(3), tally.score().perplexity.toFixed(2)); // 2.585 8.58

// Over seeds.
const { mean, sd } = meanAndSd([1.42, 1.45, 1.43]);
console.log(`${mean.toFixed(3)} ± ${sd.toFixed(3)}`); // 1.433 ± 0.015
