"""Golden vectors of the optimisers from PyTorch: python3 golden/optimizers.py > golden/optimizers.json

Needs only python3-torch. Six numbers through eight steps, whose gradients are cosines with the step as phase, and a table
of which each step looks up some rows. All in float64.
"""
import json
import torch
from torch import optim

STEPS, RATE = 8, 0.1
ROWS = [[0, 2], [1], [2, 3], [0, 3], [2], [1, 2], [0], [3, 1]]


def cosines(shape, phase):
    count = torch.Size(shape).numel()
    return (torch.arange(count, dtype=torch.float64) * 0.7 + phase).cos().reshape(shape)


def numbers(tensor):
    return [float(f"{x:.10g}") for x in tensor.detach().flatten().tolist()]


CASES = {
    "sgd": (optim.SGD, {}),
    "sgd decay": (optim.SGD, dict(weight_decay=0.1)),
    "sgd momentum": (optim.SGD, dict(momentum=0.9)),
    "sgd nesterov decay": (optim.SGD, dict(momentum=0.8, nesterov=True, weight_decay=0.05)),
    "rmsprop": (optim.RMSprop, {}),
    "rmsprop momentum decay": (optim.RMSprop, dict(alpha=0.9, eps=1e-6, momentum=0.5, weight_decay=0.1)),
    "adam": (optim.Adam, {}),
    "adam decay": (optim.Adam, dict(betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1)),
    "adamw": (optim.AdamW, dict(weight_decay=0.1)),
}


def whole(create, options):
    p = cosines((6,), 0).requires_grad_()
    optimizer = create([p], lr=RATE, **options)
    path = []
    for step in range(1, STEPS + 1):
        p.grad = cosines((6,), step)
        optimizer.step()
        path.append(numbers(p))
    return path


def by_rows():
    """With an epsilon of nothing: SparseAdam adds it before the correction of the second moment, Adam and ours after."""
    p = cosines((4, 3), 0).requires_grad_()
    optimizer = optim.SparseAdam([p], lr=RATE, eps=1e-16)
    path = []
    for step, rows in enumerate(ROWS, 1):
        p.grad = torch.sparse_coo_tensor([rows], cosines((len(rows), 3), step), (4, 3))
        optimizer.step()
        path.append(numbers(p))
    return path


def clipped(norm):
    """Clipping by value, then by norm."""
    p = cosines((6,), 0).requires_grad_()
    p.grad = 3 * cosines((6,), 1)
    torch.nn.utils.clip_grad_value_([p], 2)
    length = torch.nn.utils.clip_grad_norm_([p], norm)
    return dict(length=length.item(), gradient=numbers(p.grad))


print(json.dumps(dict(
    whole={name: whole(*case) for name, case in CASES.items()},
    rows=by_rows(),
    clipped={norm: clipped(norm) for norm in (1, 100)},
), separators=(",", ":")))
