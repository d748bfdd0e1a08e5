import { BpeTokenizer, tokenizeWords, vocabularyFromText } from '@unroll/text';

// Characters: any text has ids, and what the training text lacks is spelled in bytes.
const vocabulary = vocabularyFromText('to be or not to be', 'codepoint');
const { ids, fallback, fallbackRate } = vocabulary.encodeWithFallback('to bé');
console.log(ids.join(' '), [...fallback], fallbackRate); // 7 5 1 2 0 [ [ 4, 'é' ] ] 0.2
console.log(vocabulary.decode(ids, fallback)); // to bé

// Subwords: byte-level BPE, saved and read as Hugging Face's tokenizer.json.
const bpe = BpeTokenizer.train(['low lower lowest', 'new newer newest'], { vocabSize: 300 });
const subwords = bpe.encode('lowest');
console.log(Array.from(subwords, (id) => bpe.textOf(id)).join(' | ')); // lo | west
console.log(BpeTokenizer.fromJson(JSON.parse(JSON.stringify(bpe))).decode(subwords)); // lowest

// Words: contractions, emoji, emoticons, hashtags, mentions, addresses, amounts.
console.log(tokenizeWords("I can't #wait :)").map(({ value }) => value)); // [ 'I', 'ca', "n't", '#wait', ':)' ]
