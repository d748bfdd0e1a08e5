#!/usr/bin/env python3
"""Exports a character LSTM to ONNX: ids [T, B], h and c [L, B, H] -> logits, hn, cn. usage: torch_export.py WORKLOAD T B FILE"""
import sys

import torch
from torch import nn

SIZES = {"W1": (65, 64, 128, 1), "W2": (65, 128, 512, 2), "W3": (205, 256, 1024, 1)}
workload, T, B, path = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
V, E, H, L = SIZES[workload]


class CharModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.cells, self.head = nn.Embedding(V, E), nn.LSTM(E, H, L), nn.Linear(H, V)

    def forward(self, ids, h, c):
        y, (h, c) = self.cells(self.embedding(ids), (h, c))
        return self.head(y), h, c


state = torch.zeros(L, B, H)
scripted = {"dynamo": False} if torch.__version__ >= "2.5" else {}  # the other exporter needs a package more, onnxscript
torch.onnx.export(
    CharModel().eval(), (torch.zeros(T, B, dtype=torch.long), state, state), path,
    input_names=["ids", "h", "c"], output_names=["logits", "hn", "cn"], opset_version=14, **scripted,
)
