import { Translator } from '@unroll/translate';

const input = document.querySelector('textarea') as HTMLTextAreaElement;
const output = document.querySelector('output') as HTMLOutputElement;

// A model is three files; here they come from the folder model/ of the site.
const read = async (name: string) => new Uint8Array(await (await fetch(`model/${name}`)).arrayBuffer());
const translator = await Translator.load({
  'config.json': await read('config.json'),
  'tokenizer.json': await read('tokenizer.json'),
  'model.safetensors': await read('model.safetensors'),
});

async function translate() {
  const translations = await translator.translate(input.value.split('\n'));
  output.value = translations.join('\n');
}
input.addEventListener('change', () => void translate());
output.value = `Ready: ${translator.backend.description}`;
