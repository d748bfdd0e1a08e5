import { CharLm } from '@unroll/char-lm';

// A page with <input type="file" multiple> and <pre></pre>: choose config.json, tokenizer.json and model.safetensors of a run.
const [input, output] = [document.querySelector('input'), document.querySelector('pre')];
input.addEventListener('change', () => void show());

const bytesOf = async (file) => [file.name, new Uint8Array(await file.arrayBuffer())];

async function show() {
  const files = Object.fromEntries(await Promise.all(Array.from(input.files, bytesOf)));
  const lm = await CharLm.load(files);

  output.textContent = lm.generate({ prompt: 'The ', maxLength: 100, temperature: 0.7, seed: 1, stop: '\n' });

  const { bitsPerCharacter } = await lm.score('The whale sees the old boat.');
  output.append(`\n${bitsPerCharacter.toFixed(3)} bits per character (${lm.backend.name})`);
  lm[Symbol.dispose]();
}
