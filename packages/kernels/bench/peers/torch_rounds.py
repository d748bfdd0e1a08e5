#!/usr/bin/env python3
"""One workload in PyTorch, answering rounds as bench/rounds.ts describes. usage: torch_rounds.py WORKLOAD MODE

A training step is forward, back-propagation through all of time, clip_grad_norm_(5) and Adam. The number of threads
comes from OMP_NUM_THREADS. Every setting that helped one of the workloads is tried once, and the fastest is measured;
from 2.0 on, the loss compiled by torch.compile too, which leaves nn.LSTM, nn.GRU and nn.RNN the operators they are.
"""
import json
import os
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

workload, mode = sys.argv[1:3]
torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
torch.manual_seed(0)

CELLS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
CHAR = {  # V, E, H, L, B, T, cell
    "W1": (65, 64, 128, 1, 32, 64, "lstm"),
    "W2": (65, 128, 512, 2, 64, 128, "lstm"),
    "W3": (205, 256, 1024, 1, 32, 64, "lstm"),
    "W4rnn": (65, 64, 128, 1, 32, 64, "rnn"),
    "W4gru": (65, 64, 128, 1, 32, 64, "gru"),
}
SAMPLED = {"W7a": "W1", "W7b": "W2"}


class CharModel(nn.Module):
    def __init__(self, V, E, H, L, cell):
        super().__init__()
        self.embedding, self.cells, self.head = nn.Embedding(V, E), CELLS[cell](E, H, L), nn.Linear(H, V)

    def forward(self, ids, state=None):
        y, state = self.cells(self.embedding(ids), state)
        return self.head(y), state


class Sentiment(nn.Module):
    def __init__(self, V=20000, E=300, H=256):
        super().__init__()
        self.embedding = nn.Embedding(V, E)
        self.cells = nn.LSTM(E, H, bidirectional=True, batch_first=True)
        self.head = nn.Linear(2 * H, 2)

    def forward(self, ids, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(self.embedding(ids), lengths, batch_first=True, enforce_sorted=False)
        _, (h, _) = self.cells(packed)
        return self.head(torch.cat([h[0], h[1]], 1))


class Translation(nn.Module):
    """Dot: attention after the decoder has read the whole target. Additive: before each of its steps."""

    def __init__(self, score, V=8000, E=256, H=256, D=512, A=256):
        super().__init__()
        self.dot, M = score == "dot", 2 * H
        self.source, self.target = nn.Embedding(V, E), nn.Embedding(V, E)
        self.encoder, self.bridge = nn.GRU(E, H, bidirectional=True), nn.Linear(M, D)
        if self.dot:
            self.decoder, self.mix = nn.GRU(E, D), nn.Linear(D + M, D)
        else:
            self.decoder = nn.GRUCell(E + M, D)
            self.query, self.memory, self.v = nn.Linear(D, A), nn.Linear(M, A), nn.Linear(A, 1, bias=False)
        self.head = nn.Linear(D, V)

    def forward(self, source, target):
        memory, h = self.encoder(self.source(source))
        h = torch.tanh(self.bridge(torch.cat([h[0], h[1]], 1)))
        inputs = self.target(target)
        if self.dot:
            y = self.decoder(inputs, h.unsqueeze(0))[0].transpose(0, 1)
            positions = memory.transpose(0, 1)
            context = torch.bmm(torch.softmax(torch.bmm(y, positions.transpose(1, 2)), -1), positions)
            return self.head(torch.tanh(self.mix(torch.cat([y, context], 2)))).transpose(0, 1)
        keys, steps = self.memory(memory), []
        for x in inputs:
            weights = torch.softmax(self.v(torch.tanh(keys + self.query(h))).squeeze(2), 0)
            context = torch.bmm(weights.t().unsqueeze(1), memory.transpose(0, 1)).squeeze(1)
            h = self.decoder(torch.cat([x, context], 1), h)
            steps.append(h)
        return self.head(torch.stack(steps))


def work():
    """The model, what computes its loss, and how many tokens that is."""
    if workload in CHAR:
        V, E, H, L, B, T, cell = CHAR[workload]
        model = CharModel(V, E, H, L, cell)
        x, y = torch.randint(0, V, (T, B)), torch.randint(0, V, (T * B,))
        return model, lambda: F.cross_entropy(model(x)[0].view(-1, V), y), T * B
    if workload == "W5":
        B, model = 64, Sentiment()
        lengths = torch.randint(10, 41, (B,))
        x, y = torch.randint(0, 20000, (B, int(lengths.max()))), torch.randint(0, 2, (B,))
        return model, lambda: F.cross_entropy(model(x, lengths), y), int(lengths.sum())
    V, B, S, T = 8000, 64, 15, 15
    model = Translation("dot" if workload == "W6dot" else "additive")
    source, target, y = torch.randint(0, V, (S, B)), torch.randint(0, V, (T, B)), torch.randint(0, V, (T * B,))
    return model, lambda: F.cross_entropy(model(source, target).reshape(-1, V), y), T * B


class Step(nn.Module):
    """One character after another, scripted so that Python is out of the loop."""

    def __init__(self, model: CharModel, L: int, H: int):
        super().__init__()
        self.embedding, self.cells, self.head, self.L, self.H = model.embedding, model.cells, model.head, L, H

    def forward(self, count: int):
        h, c = torch.zeros(self.L, 1, self.H), torch.zeros(self.L, 1, self.H)
        x = torch.zeros(1, 1, dtype=torch.long)
        for _ in range(count):
            y, (h, c) = self.cells(self.embedding(x), (h, c))
            x = torch.multinomial(torch.softmax(self.head(y[0]), 1), 1)
        return x


def runners():
    """Ways to do the work once, and the tokens in that."""
    if workload in SAMPLED:
        V, E, H, L, _, _, cell = CHAR[SAMPLED[workload]]
        step = torch.jit.script(Step(CharModel(V, E, H, L, cell).eval(), L, H))

        def sample():
            with torch.inference_mode():
                step(100)

        return [sample], 100
    model, loss, tokens = work()
    losses = [loss, torch.compile(loss)] if hasattr(torch, "compile") else [loss]
    if mode == "infer":
        model.eval()

        def inference(loss):
            def infer():
                with torch.inference_mode():
                    loss()

            return infer

        return [inference(loss) for loss in losses], tokens

    def training(loss, **how):
        optimizer = torch.optim.Adam(model.parameters(), 1e-3, **how)

        def train():
            optimizer.zero_grad(set_to_none=True)
            loss().backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()

        return train

    ways = [{"foreach": False}, {"foreach": True}]
    if len(losses) > 1:
        ways.append({"fused": True})
    return [training(loss, **how) for loss in losses for how in ways], tokens


def seconds_of(run):
    try:
        run()
        started = time.perf_counter()
        run()
        return time.perf_counter() - started
    except Exception as error:  # torch.compile, where there is no C++ compiler
        print(f"{type(error).__name__}: {error}".splitlines()[0], file=sys.stderr)
        return float("inf")


candidates, tokens = runners()
run = min(candidates, key=seconds_of)
run()
print(json.dumps({"ready": True, "version": torch.__version__.split("+")[0]}), flush=True)
for _ in sys.stdin:
    started, count, seconds = time.perf_counter(), 0, 0.0
    while seconds < 1:
        run()
        count += 1
        seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"perSecond": count * tokens / seconds, "peakBytes": peak}), flush=True)
