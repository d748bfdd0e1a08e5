"""Losses and gradients of the translator from PyTorch: python3 translation-model.golden.py > translation-model.golden.json (needs python3-torch)."""
import json
import math
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

torch.set_default_dtype(torch.float64)
V_SOURCE, V_TARGET, E, H, D = 5, 4, 3, 2, 4
SOURCES = [[1, 2, 3, 0], [4, 1, 0], [2, 0]]  # each with its end-of-sentence token, 0
TARGETS = [[1, 2, 0], [3, 3, 1, 2, 0], [0]]
CELLS = dict(gru=nn.GRU, lstm=nn.LSTM, rnn=nn.RNN)
CASES = [
    ("gru", "interleaved", "general"),
    ("lstm", "interleaved", "additive"),
    ("rnn", "interleaved", "none"),
    ("lstm", "input-feeding", "dot"),
    ("gru", "input-feeding", "additive"),
]


class Attention(nn.Module):
    def __init__(self, score):
        super().__init__()
        self.score = score
        if score != "dot":
            self.weight_query = nn.Parameter(torch.empty(2 * H, D))
        if score == "additive":
            self.weight_memory = nn.Parameter(torch.empty(2 * H, 2 * H))
            self.v = nn.Parameter(torch.empty(2 * H))

    def forward(self, query, memory, beyond):
        """query [T, B, D], memory [S, B, 2H] -> context [T, B, 2H]"""
        q = query if self.score == "dot" else query @ self.weight_query.T
        if self.score == "additive":
            scores = ((q[:, None] + (memory @ self.weight_memory.T)[None]).tanh() @ self.v).transpose(1, 2)
        else:
            scores = torch.einsum("tbm,sbm->tbs", q, memory) / math.sqrt(2 * H)
        return torch.einsum("tbs,sbm->tbm", scores.masked_fill(beyond, float("-inf")).softmax(2), memory)


class TranslationModel(nn.Module):
    def __init__(self, cell, decoder, score):
        super().__init__()
        Cell, self.kind, self.score, self.lstm = CELLS[cell], decoder, score, cell == "lstm"
        self.target, self.source = nn.Embedding(V_TARGET, E), nn.Embedding(V_SOURCE, E)
        self.encoder = nn.ModuleDict(dict(layer0=Cell(E, H, bidirectional=True)))
        if score != "none":
            self.attention = Attention(score)
        states = 2 if self.lstm else 1
        if decoder == "interleaved":
            parts = dict(first=Cell(E, D), second=Cell(D + 2 * H, D), read=nn.Linear(2 * D + 2 * H, E))
            self.widths = [D] * 2 * states
        else:
            parts = dict(layer=Cell(2 * E, D), read=nn.Linear(D + 2 * H, E))
            self.widths = [D] * states + [E]
        self.decoder = nn.ModuleDict(parts)
        self.bridge = nn.Linear(2 * H, sum(self.widths))
        self.output = nn.Module()
        self.output.bias = nn.Parameter(torch.empty(V_TARGET))

    def run(self, layer, x, state):
        state = [s[None].contiguous() for s in state]
        y, out = layer(x, tuple(state) if self.lstm else state[0])
        return y, [s[0] for s in (out if self.lstm else [out])]

    def read(self, query, memory, last, beyond):
        return last.expand(len(query), -1, -1) if self.score == "none" else self.attention(query, memory, beyond)

    def forward(self, source, lengths, before):
        """source [S, B], before [T, B] -> logits [T, B, V]"""
        packed = pack_padded_sequence(self.source(source) * math.sqrt(E), lengths, enforce_sorted=False)
        y, out = self.encoder["layer0"](packed)
        memory, _ = pad_packed_sequence(y)
        h = out[0] if self.lstm else out
        last = torch.cat([h[0], h[1]], 1)
        beyond = torch.arange(len(memory))[None] >= lengths[:, None]
        state = list(self.bridge(last).tanh().split(self.widths, 1))
        x, parts, half = self.target(before) * math.sqrt(E), self.decoder, 2 if self.lstm else 1
        if self.kind == "interleaved":
            h1, _ = self.run(parts["first"], x, state[:half])
            context = self.read(h1, memory, last, beyond)
            h2, _ = self.run(parts["second"], torch.cat([h1, context], 2), state[half:])
            features = parts["read"](torch.cat([h1, h2, context], 2)).tanh()
        else:
            feed, state, rows = state[-1], state[:-1], []
            for t in range(len(x)):
                h1, state = self.run(parts["layer"], torch.cat([x[t], feed], 1)[None], state)
                context = self.read(h1, memory, last, beyond)
                feed = parts["read"](torch.cat([h1, context], 2)).tanh()[0]
                rows.append(feed)
            features = torch.stack(rows)
        return features @ self.target.weight.T + self.output.bias


def pad(rows, filler):
    longest = max(map(len, rows))
    return torch.tensor([row + [filler] * (longest - len(row)) for row in rows]).T.contiguous()


def run(cell, decoder, score):
    model = TranslationModel(cell, decoder, score)
    for name, p in model.named_parameters():
        p.data = (0.5 * (torch.arange(p.numel()) * 0.7 + len(name)).cos()).reshape(p.shape)
    before = pad([[0] + row[:-1] for row in TARGETS], 0)
    logits = model(pad(SOURCES, 0), torch.tensor([len(row) for row in SOURCES]), before)
    loss = F.cross_entropy(logits.flatten(0, 1), pad(TARGETS, -1).flatten(), ignore_index=-1, label_smoothing=0.1)
    loss.backward()
    gradients = {name: [float(f"{x:.10g}") for x in p.grad.flatten().tolist()] for name, p in model.named_parameters()}
    return dict(cell=cell, decoder=decoder, attention=score, loss=loss.item(), gradients=gradients)


print(json.dumps([run(*case) for case in CASES]))
