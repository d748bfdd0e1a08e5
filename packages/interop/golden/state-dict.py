"""Models, outputs and training steps of PyTorch: python3 golden/state-dict.py > golden/state-dict.json

Needs torch and safetensors. Every case is a whole model (embedding, convolution, layer normalisation, recurrent layers,
linear) with the cell, the directions and the biases of its name; its state dict as a safetensors file in base64; logits and
loss; and the state dict after one step of SGD and after one of Adam, each from the first. Of one case the file is there in
half precision too. With an argument, a folder with 0.safetensors and so on, prints instead the logits that the models of the
cases have after `load_state_dict` of those files.
"""
import base64
import json
import sys
import safetensors.torch
import torch
from torch import nn

V, E, H, T, B, LAYERS = 7, 4, 3, 5, 2, 2
RATE = dict(sgd=0.5, adam=0.01)
CELLS = {"rnn": nn.RNN, "relu": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class Model(nn.Module):
    def __init__(self, cell, bidirectional, bias):
        super().__init__()
        options = dict(nonlinearity="relu") if cell == "relu" else {}
        self.embedding = nn.Embedding(V, E)
        self.conv = nn.Conv1d(E, E, 3, padding=1, bias=bias)
        self.norm = nn.LayerNorm(E)
        self.encoder = CELLS[cell](E, H, LAYERS, bidirectional=bidirectional, bias=bias, **options)
        self.head = nn.Linear(H * (2 if bidirectional else 1), V, bias=bias)

    def forward(self, ids):
        x = self.embedding(ids)
        x = self.norm(self.conv(x.permute(1, 2, 0)).permute(2, 0, 1))
        return self.head(self.encoder(x)[0])


def file_of(model, dtype=torch.float32):
    tensors = {name: tensor.to(dtype) for name, tensor in model.state_dict().items()}
    return base64.b64encode(safetensors.torch.save(tensors)).decode()


def case(cell, bidirectional, bias):
    torch.manual_seed(len(cell) + 10 * bidirectional + 100 * bias)
    model = Model(cell, bidirectional, bias)
    first = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    ids, targets = torch.randint(V, (T, B)), torch.randint(V, (T, B))
    found = dict(cell=cell, bidirectional=bidirectional, bias=bias, ids=ids.flatten().tolist(), targets=targets.flatten().tolist())
    found["file"] = file_of(model)
    if not bias:
        found["half"] = {"F16": file_of(model, torch.float16), "BF16": file_of(model, torch.bfloat16)}
    for name, create in ("sgd", torch.optim.SGD), ("adam", torch.optim.Adam):
        model.load_state_dict(first)
        optimizer = create(model.parameters(), lr=RATE[name])
        optimizer.zero_grad()
        logits = model(ids)
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
        loss.backward()
        optimizer.step()
        found.update(logits=logits.flatten().tolist(), loss=loss.item(), **{name: file_of(model)})
    return found


KINDS = [(cell, bidirectional, True) for cell in CELLS for bidirectional in (False, True)] + [("lstm", True, False)]


def loaded(k, kind, folder):
    model = Model(*kind)
    model.load_state_dict(safetensors.torch.load_file(f"{folder}/{k}.safetensors"))
    return model(torch.arange(T * B).reshape(T, B) % V).flatten().tolist()


if len(sys.argv) > 1:
    print(json.dumps([loaded(k, kind, sys.argv[1]) for k, kind in enumerate(KINDS)]))
else:
    print("[\n" + ",\n".join(json.dumps(case(*kind)) for kind in KINDS) + "\n]")
