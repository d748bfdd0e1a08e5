"""Beam search in PyTorch over the model translation-speed.ts describes: reads sizes as JSON, prints seconds a round, one a line.

A line on standard input asks for one round, so that both programs can take turns. Needs python3-torch.
"""
import json
import sys
import time
import torch
from torch import nn
from torch.nn import functional as F

sizes = json.loads(sys.argv[1])
torch.set_num_threads(sizes["threads"])
torch.manual_seed(1)
V, E, H, D, N, T = (sizes[name] for name in ("vocab", "embedding", "hidden", "decoderHidden", "sentences", "tokens"))


class TranslationModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.source, self.target = nn.Embedding(V, E), nn.Embedding(V, E)
        self.encoder, self.bridge = nn.GRU(E, H, bidirectional=True), nn.Linear(2 * H, 2 * D)
        self.first, self.second = nn.GRU(E, D), nn.GRU(D + 2 * H, D)
        self.query, self.read = nn.Linear(D, 2 * H, bias=False), nn.Linear(2 * D + 2 * H, E)
        self.bias = nn.Parameter(torch.zeros(V))

    def encode(self, ids):
        memory, h = self.encoder(self.source(ids))
        one, two = self.bridge(torch.cat([h[0], h[1]], 1)).tanh().chunk(2, 1)
        return memory.transpose(0, 1).contiguous(), one.contiguous(), two.contiguous()

    def step(self, token, memory, one, two):
        """memory [N, S, 2H]; token, one, two: N·K rows, the hypotheses of a sentence together"""
        h1, one = self.first(self.target(token)[None], one[None])
        query = self.query(h1[0]).view(len(memory), -1, memory.shape[2])
        weights = (query @ memory.transpose(1, 2) * memory.shape[2] ** -0.5).softmax(2)
        context = (weights @ memory).view(len(token), -1)
        h2, two = self.second(torch.cat([h1[0], context], 1)[None], two[None])
        features = self.read(torch.cat([h1[0], h2[0], context], 1)).tanh()
        return F.linear(features, self.target.weight, self.bias).log_softmax(1), one[0], two[0]


@torch.inference_mode()
def search(model, ids, K):
    memory, one, two = model.encode(ids)
    one, two = one.repeat_interleave(K, 0), two.repeat_interleave(K, 0)
    token = torch.zeros(N * K, dtype=torch.long)
    score = torch.full((N, K), -1e9)
    score[:, 0] = 0
    history = []
    for _ in range(T):
        logp, one, two = model.step(token, memory, one, two)
        score, best = (score[:, :, None] + logp.view(N, K, V)).view(N, K * V).topk(K, 1)
        rows = (best // V + torch.arange(N)[:, None] * K).flatten()
        token, one, two = (best % V).flatten(), one[rows], two[rows]
        history.append((token, rows))
    return history


model = TranslationModel().eval()
ids = torch.randint(0, V, (T, N))
search(model, ids, sizes["beam"])
print("ready", flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    search(model, ids, sizes["beam"])
    print(time.perf_counter() - start, flush=True)
