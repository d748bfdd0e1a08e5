import { explain, SentimentClassifier } from '@unroll/sentiment';

const [folder = 'runs/sentiment-uci-sentences-1'] = process.argv.slice(2);
using classifier = await SentimentClassifier.load(folder);

const texts = ['Wow, loved it', 'The food was cold and the waiter rude.', 'Not bad at all!'];
for (const { label, probabilities } of classifier.predict(texts)) console.log(label, probabilities);

const { tokens } = explain(classifier, 'Not bad at all!');
for (const { value, gradient } of tokens) console.log(value.padEnd(8), gradient.toFixed(3));
