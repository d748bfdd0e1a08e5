"""Golden vectors of the optimisers from PyTorch: python3 golden/optimizers.py > golden/optimizers.json

Needs torch 2.9 or later, which has Muon. Six numbers through eight steps, whose gradients are cosines with the step as phase, and a table
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


def unfrozen(create, options, after=3):
    """Three of the numbers are frozen at first: without moments, weight decay and a part in the norm until then."""
    options = {name: value for name, value in options.items() if name != "eps"}
    frozen, trained = (cosines((6,), 0)[part].clone().requires_grad_() for part in (slice(3), slice(3, 6)))
    frozen.requires_grad_(False)
    optimizer = create([frozen, trained], lr=RATE, **options)
    path = []
    for step in range(1, STEPS + 1):
        frozen.requires_grad_(step > after)
        gradient = cosines((6,), step)
        frozen.grad, trained.grad = gradient[:3] if step > after else None, gradient[3:]
        torch.nn.utils.clip_grad_norm_([p for p in (frozen, trained) if p.grad is not None], 1)
        optimizer.step()
        path.append(numbers(torch.cat([frozen.detach(), trained.detach()])))
    return path


def averaged(decay):
    """The moving average of six numbers, whose decay rises as in TensorFlow's ExponentialMovingAverage; None: their mean."""
    model = torch.nn.Linear(6, 1, bias=False, dtype=torch.float64)
    rising = lambda average, p, n: torch.lerp(p, average, min(decay, (1 + int(n)) / (10 + int(n))))
    average = optim.swa_utils.AveragedModel(model, avg_fn=decay and rising)
    path = []
    for step in range(1, 2 * STEPS + 1):
        model.weight.data = cosines((1, 6), step)
        average.update_parameters(model)
        path.append(numbers(average.module.weight))
    return path


def chirps(shape, phase):
    """Unlike cosines, of full rank: Newton–Schulz iterations make the noise of a rank that is not there large."""
    count = torch.Size(shape).numel()
    return (torch.arange(count, dtype=torch.float64) ** 2 * 0.37 + phase).cos().reshape(shape)


def orthogonalized(u, iterations):
    """Newton–Schulz iterations with the coefficients of Jordan et al. 2024, in float64 (torch.optim.Muon has bfloat16)."""
    x = u / (u.norm() + 1e-7)
    for _ in range(iterations):
        square = x @ x.T
        x = 3.4445 * x - 4.775 * square @ x + 2.0315 * square @ square @ x
    return x


def muon(shape, bands, iterations, decay=0.0, momentum=0.95):
    """A matrix of gates through eight steps, each band of rows on its own."""
    p, mean, path = chirps(shape, 0), torch.zeros(shape, dtype=torch.float64), []
    torchs = [torch.nn.Parameter(chirps(shape, 0)[rows].clone()) for rows in bands]
    optimizer = optim.Muon(torchs, lr=RATE, weight_decay=decay, momentum=momentum, ns_steps=iterations, adjust_lr_fn="match_rms_adamw")
    for step in range(1, STEPS + 1):
        gradient = chirps(shape, step)
        mean.lerp_(gradient, 1 - momentum)
        u = gradient.lerp(mean, momentum)
        for rows, theirs in zip(bands, torchs):
            theirs.grad = gradient[rows].clone()
            update = orthogonalized(u[rows], iterations) * 0.2 * max(u[rows].shape) ** 0.5
            p[rows] = (1 - RATE * decay) * p[rows] - RATE * update
        optimizer.step()
        path.append(numbers(p))
    for rows, theirs in zip(bands, torchs):
        assert (p[rows] - theirs).abs().max() < 0.02, "torch.optim.Muon goes another way"
    return path


print(json.dumps(dict(
    whole={name: whole(*case) for name, case in CASES.items()},
    rows=by_rows(),
    clipped={norm: clipped(norm) for norm in (1, 100)},
    unfrozen={name: unfrozen(*CASES[name]) for name in ("sgd momentum", "rmsprop momentum decay", "adam decay", "adamw")},
    averaged={decay: averaged(decay) for decay in (0.5, 0.99)},
    mean=averaged(None),
    muon=dict(
        wide=muon((6, 5), [slice(0, 3), slice(3, 6)], 5, decay=0.1),
        bands=muon((10, 7), [slice(0, 3), slice(3, 5), slice(5, 8), slice(8, 10)], 3),
        tall=muon((6, 2), [slice(0, 6)], 5),
    ),
), separators=(",", ":")))
