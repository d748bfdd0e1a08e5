"""An LSTM with and without Mogrifier gates (Melis et al. 2020) in PyTorch: validation loss after as many steps, and time per step.

    python3 mogrifier.py TRAIN.txt VALID.txt --rounds 5 --steps 1000 --lr 3e-3 --seed 1

Both are written step by step, so that their losses are of the same model but for the gates. Without them the input's part of
all gates is one product for the whole window, as in any fast LSTM; with them the input of a step depends on the state before it.
"""

import argparse
import math
import time

import torch
from torch import nn
from torch.nn import functional as F

parser = argparse.ArgumentParser()
parser.add_argument("train")
parser.add_argument("valid")
parser.add_argument("--rounds", type=int, default=5, help="of Mogrifier gates; 0 is an LSTM")
parser.add_argument("--steps", type=int, default=1000)
parser.add_argument("--lr", type=float, default=3e-3)
parser.add_argument("--muon", action="store_true", help="for the recurrent weights, at 8 divided by the number of steps")
parser.add_argument("--seed", type=int, default=1)
args = parser.parse_args()

torch.manual_seed(args.seed)
torch.set_num_threads(1)
train_text, valid_text = (open(path, encoding="utf8").read() for path in (args.train, args.valid))
index = {character: k for k, character in enumerate(sorted(set(train_text)))}
H, V = 256, len(index)
BATCH, WINDOW = 64, 32
RANK = 64  # of the matrices of the gates


def streams(text, count):
    """[length, count]: the text in so many parts of equal length."""
    ids = torch.tensor([index.get(character, 0) for character in text])
    length = len(ids) // count
    return ids[: count * length].view(count, length).t().contiguous()


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, H)
        nn.init.normal_(self.embedding.weight, std=H**-0.5)
        self.bias = nn.Parameter(torch.zeros(V))
        self.input = nn.Linear(H, 4 * H)
        self.hidden = nn.Linear(H, 4 * H, bias=False)
        nn.init.orthogonal_(self.hidden.weight)
        with torch.no_grad():
            self.input.bias.zero_()
            self.input.bias[H : 2 * H] = 1  # the forget gate
        self.rounds = nn.ModuleList(
            nn.Sequential(nn.Linear(H, RANK, bias=False), nn.Linear(RANK, H)) for _ in range(args.rounds)
        )

    def forward(self, ids, state):
        """Logits [T, B, V] of ids [T, B], and the state behind them."""
        x, (h, c), outputs = self.embedding(ids) * H**0.5, state, []
        whole = self.input(x) if not self.rounds else None
        for t in range(len(ids)):
            if whole is not None:
                gates = whole[t] + self.hidden(h)
            else:
                u = x[t]
                for k, gate in enumerate(self.rounds):
                    if k % 2 == 0:
                        u = 2 * torch.sigmoid(gate(h)) * u
                    else:
                        h = 2 * torch.sigmoid(gate(u)) * h
                gates = self.input(u) + self.hidden(h)
            i, f, g, o = gates.chunk(4, 1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            outputs.append(h)
        logits = F.linear(torch.stack(outputs), self.embedding.weight, self.bias)
        return logits, (h.detach(), c.detach())


def start(count):
    return torch.zeros(count, H), torch.zeros(count, H)


def loss_of(logits, targets):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def validation_loss(model):
    data, state, total = streams(valid_text, 64), start(64), 0.0
    with torch.no_grad():
        for at in range(0, len(data) - 1, 64):
            targets = data[at + 1 : at + 65]
            logits, state = model(data[at : at + len(targets)], state)
            total += loss_of(logits, targets).item() * len(targets)
    return total / (len(data) - 1)


def orthogonal(x):
    """Newton-Schulz iterations for each of the matrices in x."""
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(3):
        gram = x @ x.mT
        x = 3.4445 * x + (-4.775 * gram + 2.0315 * gram @ gram) @ x
    return x


def muon_step(weight, momentum, lr):
    """A step of Muon for the recurrent weights, each gate alone."""
    momentum.lerp_(weight.grad, 0.05)
    step = orthogonal(weight.grad.lerp(momentum, 0.95).view(4, H, H)).view(4 * H, H)
    weight.data.add_(step, alpha=-lr * 0.2 * math.sqrt(H))


model = Model()
recurrent = model.hidden.weight
momentum = torch.zeros_like(recurrent)
by_adam = [weight for weight in model.parameters() if not (args.muon and weight is recurrent)]
adam = torch.optim.Adam(by_adam, betas=(0.9, 0.99))
data, state, at = streams(train_text, BATCH), start(BATCH), 0
begin = time.time()
for step in range(args.steps):
    if at + WINDOW >= len(data):
        at = 0
    done = step / args.steps
    warmed = done / 0.05 if done < 0.05 else 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (done - 0.05) / 0.95))
    adam.param_groups[0]["lr"] = args.lr * warmed
    logits, state = model(data[at : at + WINDOW], state)
    loss = loss_of(logits, data[at + 1 : at + WINDOW + 1])
    model.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(by_adam, 0.25)
    adam.step()
    if args.muon:
        muon_step(recurrent, momentum, 8 / args.steps * warmed)
    at += WINDOW
seconds = time.time() - begin
print(f"{args.rounds} rounds: {validation_loss(model):.4f} nats per character, {1000 * seconds / args.steps:.0f} ms per step")
