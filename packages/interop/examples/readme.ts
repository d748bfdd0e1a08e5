import { loadStateDict, saveStateDict } from '@unroll/interop';
import { createReferenceBackend, Linear, Lstm, Module, Parameters, Rng } from '@unroll/rnn-core';

// torch: self.lstm = nn.LSTM(8, 16, num_layers=2, bidirectional=True); self.fc = nn.Linear(32, 3)
class Tagger extends Module {
  readonly encoder = new Lstm({ inputSize: 8, hiddenSize: 16, numLayers: 2, bidirectional: true });
  readonly head = new Linear({ inFeatures: 32, outFeatures: 3 });
}
const names = { 'lstm.*': 'encoder.*', 'fc.*': 'head.*' }; // torch's: ours

const tagger = new Tagger();
const parameters = Parameters.create(tagger, createReferenceBackend(), Rng.seeded(1));

// To torch: model.load_state_dict(safetensors.torch.load_file('tagger.safetensors'))
const file = saveStateDict(tagger, { names });
console.log(file.length); // 40852
console.log(saveStateDict(tagger, { names, dtype: 'BF16' }).length); // 21198

// From torch: safetensors.torch.save_file(model.state_dict(), 'tagger.safetensors')
loadStateDict(tagger, file, { names });
console.log([...parameters].length); // 18
