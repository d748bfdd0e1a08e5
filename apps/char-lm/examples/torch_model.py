"""The exported character model in PyTorch: python3 model.py 'a text' prints its loss in nats per character.

Needs torch and safetensors, and the files of `export --format torch` beside this one.
"""
import json
import pathlib
import sys
import safetensors.torch
import torch
from torch import nn


class CharLm(nn.Module):
    def __init__(self, config):
        super().__init__()
        V, E, H = config["vocabSize"], config["embeddingSize"], config["hiddenSize"]
        cell = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[config["cell"]]
        count = config["numLayers"]
        self.embedding = nn.Embedding(V, E)
        self.layers = nn.ModuleList(cell(H if k else E, H) for k in range(count))
        block = config.get("block", False)
        norms = count + 1 if block else count
        self.norms = nn.ModuleList(nn.LayerNorm(H) if block or config["layerNorm"] else nn.Identity() for _ in range(norms))
        self.convolutions = nn.ModuleList(
            nn.Conv1d(H, H, kernel_size=4, groups=H, padding=3) for _ in range(count if block else 0)
        )
        self.gates = nn.ModuleList(nn.Linear(H, H) for _ in range(count if block else 0))
        self.projections = nn.ModuleList(nn.Linear(H, H) for _ in range(count if block else 0))
        self.head = nn.Linear(H, V)
        if config["tieWeights"]:
            self.head.weight = self.embedding.weight

    def forward(self, ids):
        """ids: [T, B]; returns the logits of each next character, [T, B, V]."""
        x = self.embedding(ids)
        if self.gates:
            for k, layer in enumerate(self.layers):
                normed = self.norms[k](x)
                # Causal: without what the padding on the right makes.
                convolved = self.convolutions[k](normed.permute(1, 2, 0))[..., : len(ids)].permute(2, 0, 1)
                gate = nn.functional.silu(self.gates[k](normed))
                x = x + self.projections[k](layer(convolved)[0] * gate)
            return self.head(self.norms[-1](x))
        for k, (layer, norm) in enumerate(zip(self.layers, self.norms)):
            y, _ = layer(x)
            x = norm(y + x if k else y)
        return self.head(x)


if __name__ == "__main__":
    folder = pathlib.Path(__file__).parent
    model = CharLm(json.loads((folder / "config.json").read_text()))
    weights = safetensors.torch.load_file(folder / "model.safetensors")
    model.load_state_dict({name: tensor.float() for name, tensor in weights.items()})
    alphabet = json.loads((folder / "tokenizer.json").read_text())["alphabet"]
    # A text begins after a newline, or after the first character. Id 0 is a character that the training text did not hold.
    ids = [alphabet.index(character) + 1 if character in alphabet else 0 for character in sys.argv[1]]
    ids = torch.tensor([alphabet.index("\n") + 1 if "\n" in alphabet else 1, *ids])
    with torch.no_grad():
        loss = nn.functional.cross_entropy(model(ids[:-1, None])[:, 0], ids[1:])
    print(f"{loss.item():.6f} nats per character")
