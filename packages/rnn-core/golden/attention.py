"""Golden vectors of attention from PyTorch: python3 golden/attention.py > golden/attention.json (needs python3-torch)."""
import json
import torch

Q, S, B, D, E = 3, 5, 4, 6, 7
LENGTHS = [5, 3, 1, 4]


def numbers(*shape, phase):
    count = torch.Size(shape).numel()
    return (torch.arange(count, dtype=torch.float64) * 0.7 + phase).cos().reshape(shape).requires_grad_()


def run(score):
    q, keys, values, v = numbers(Q, B, D, phase=1), numbers(S, B, D, phase=2), numbers(S, B, E, phase=3), numbers(D, phase=4)
    if score == "dot":
        scores = torch.einsum("qbd,sbd->qbs", q, keys) * 0.4
    else:
        scores = (q[:, None] + keys[None]).tanh().matmul(v).transpose(1, 2)
    beyond = torch.arange(S)[None] >= torch.tensor(LENGTHS)[:, None]
    weights = scores.masked_fill(beyond, float("-inf")).softmax(2)
    context = torch.einsum("qbs,sbe->qbe", weights, values)
    (context * numbers(Q, B, E, phase=5).detach()).sum().backward()
    named = dict(context=context, weights=weights, dq=q.grad, dkeys=keys.grad, dvalues=values.grad)
    if score == "additive":
        named["dv"] = v.grad
    return {name: [float(f"{x:.12g}") for x in tensor.flatten().tolist()] for name, tensor in named.items()}


print(json.dumps({score: run(score) for score in ("dot", "additive")}))
