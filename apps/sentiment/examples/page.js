import { SentimentClassifier } from '@unroll/sentiment';

// A page with <input type="file" multiple> and <pre></pre>: choose config.json, tokenizer.json and model.safetensors of a run.
const [input, output] = [document.querySelector('input'), document.querySelector('pre')];
input.addEventListener('change', () => void show());

const bytesOf = async (file) => [file.name, new Uint8Array(await file.arrayBuffer())];

async function show() {
  const files = Object.fromEntries(await Promise.all(Array.from(input.files, bytesOf)));
  const classifier = await SentimentClassifier.load(files);

  for (const { label, probabilities } of classifier.predict(['Wow, loved it :-)', "It isn't good."]))
    output.append(`${label} ${JSON.stringify(probabilities)}\n`);

  output.append(`(${classifier.backend.name})`);
  classifier[Symbol.dispose]();
}
