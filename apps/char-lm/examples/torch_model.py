"""The exported character model in PyTorch: python3 model.py 'a text' prints its loss in nats per character.

Needs torch and safetensors, and the files of `export --format torch` beside this one.
"""
import json
import pathlib
import sys
import safetensors.torch
import torch
from torch import nn


class MinGru(nn.Module):
    """A layer of Feng et al. 2024, "Were RNNs all we needed?": h' = (1 - z) * h + z * candidate."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.weight_ih_l0 = nn.Parameter(torch.empty(2 * hidden_size, input_size))
        self.bias_ih_l0 = nn.Parameter(torch.empty(2 * hidden_size))

    def forward(self, x):
        """x: [T, B, input_size]; returns the states [T, B, hidden_size], and the last."""
        z, candidate = nn.functional.linear(x, self.weight_ih_l0, self.bias_ih_l0).chunk(2, -1)
        h = torch.zeros_like(candidate[0])
        states = []
        for z_t, candidate_t in zip(z.sigmoid(), candidate):
            h = (1 - z_t) * h + z_t * candidate_t
            states.append(h)
        return torch.stack(states), h


CELLS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM, "mingru": MinGru}


class Network(nn.Module):
    def __init__(self, config):
        super().__init__()
        V, E, H = config["vocabSize"], config["embeddingSize"], config["hiddenSize"]
        cell = CELLS[config["cell"]]
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


def network_configs(config):
    """The networks of an ensemble: every other one is a minGRU in three blocks of half the units, unless the first has blocks."""
    size = (config["hiddenSize"] + 1) // 2
    blocks = {"cell": "mingru", "block": True, "numLayers": 3, "layerNorm": False, "hiddenSize": size, "embeddingSize": size}
    other = config if config.get("block", False) else {**config, **blocks}
    return [other if k % 2 else config for k in range(config.get("ensembleSize", 1))]


class CharLm(nn.Module):
    """One network, or an ensemble, whose logits are the mean of the networks'."""

    def __init__(self, config):
        super().__init__()
        self.members = nn.ModuleList(Network(network) for network in network_configs(config))

    def load(self, weights):
        """The parameters of a single network have names without `members.0`."""
        (self if len(self.members) > 1 else self.members[0]).load_state_dict(weights)

    def forward(self, ids):
        """ids: [T, B]; returns the logits of each next character, [T, B, V]."""
        return sum(network(ids) for network in self.members) / len(self.members)


if __name__ == "__main__":
    folder = pathlib.Path(__file__).parent
    model = CharLm(json.loads((folder / "config.json").read_text()))
    weights = safetensors.torch.load_file(folder / "model.safetensors")
    model.load({name: tensor.float() for name, tensor in weights.items()})
    alphabet = json.loads((folder / "tokenizer.json").read_text())["alphabet"]
    # A text begins after a newline, or after the first character. Id 0 is a character that the training text did not hold.
    ids = [alphabet.index(character) + 1 if character in alphabet else 0 for character in sys.argv[1]]
    ids = torch.tensor([alphabet.index("\n") + 1 if "\n" in alphabet else 1, *ids])
    with torch.no_grad():
        loss = nn.functional.cross_entropy(model(ids[:-1, None])[:, 0], ids[1:])
    print(f"{loss.item():.6f} nats per character")
