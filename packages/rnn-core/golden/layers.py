"""Golden vectors of the layers from PyTorch: python3 golden/layers.py > golden/layers.json (needs only python3-torch).

Of each the result and the gradient of every input, of the results weighted by cosines with phase 9. All in float64.
"""
import json
import torch
import torch.nn.functional as F

TARGETS = torch.tensor([0, 1, 2, 3, 1, 2])
COUNTS = torch.arange(12.0, dtype=torch.float64).reshape(3, 4) ** 2
WEIGHTS = torch.tensor([0.5, 2, 1, 0.25], dtype=torch.float64)


def cosines(shape, phase):
    count = torch.Size(shape).numel()
    return (torch.arange(count, dtype=torch.float64) * 0.7 + phase).cos().reshape(shape)


def numbers(tensor):
    return [float(f"{x:.10g}") for x in tensor.detach().flatten().tolist()]


def time_major(convolve):
    """Ours is [T, B, C], torch's [B, C, T]."""
    return lambda x, *rest: convolve(x.permute(1, 2, 0), *rest).permute(2, 0, 1)


def height_first(convolve):
    """Ours is [H, W, B, C], torch's [B, C, H, W]."""
    return lambda x, *rest: convolve(x.permute(2, 3, 0, 1), *rest).permute(2, 3, 0, 1)


CASES = {
    "linear": ([(2, 3, 4), (5, 4), (5,)], F.linear),
    "matmul": ([(2, 3, 4), (4, 5)], torch.matmul),
    "layerNorm": ([(2, 3, 5), (5,), (5,)], lambda x, weight, bias: F.layer_norm(x, (5,), weight, bias)),
    "matmul batched": ([(3, 1, 2, 4), (2, 4, 3)], torch.matmul),
    "div broadcast": ([(2, 1, 4), (3, 1)], lambda a, b: a / (b + 2)),
    "sub broadcast": ([(4,), (3, 1)], torch.sub),
    "sum over axes": ([(2, 3, 4)], lambda x: x.sum((0, 2), keepdim=True)),
    "mean over an axis": ([(2, 3, 4)], lambda x: x.mean(1)),
    "permute": ([(2, 3, 4)], lambda x: x.permute(2, 0, 1)),
    "stack": ([(2, 3), (2, 3)], lambda a, b: torch.stack([a, b], -1)),
    "log": ([(3, 4)], lambda x: (x + 2).log()),
    "exp": ([(3, 4)], torch.exp),
    "sqrt": ([(3, 4)], lambda x: (x + 2).sqrt()),
    "abs": ([(3, 4)], torch.abs),
    "square": ([(3, 4)], torch.square),
    "clamp": ([(3, 4)], lambda x: x.clamp(-0.5, 0.3)),
    "silu": ([(3, 4)], F.silu),
    "softplus": ([(3, 4)], F.softplus),
    "lgamma": ([(3, 4)], lambda x: (x + 3.6).lgamma()),
    "lgamma, large": ([(3, 4)], lambda x: (x * 1000 + 1500).lgamma()),
    "studentTNll": (
        [(3, 4), (3, 4), (3, 4), (3, 4)],
        lambda df, loc, scale, y: -torch.distributions.StudentT(df + 2, loc, scale + 1.5).log_prob(y),
    ),
    "negativeBinomialNll": (
        [(3, 4), (3, 4)],
        lambda mean, r: -torch.distributions.NegativeBinomial(
            r + 2, logits=(mean + 2).log() - (r + 2).log(), validate_args=False
        ).log_prob(COUNTS),
    ),
    "mseLoss": ([(3, 4), (3, 4)], F.mse_loss),
    "l1Loss": ([(3, 4), (3, 4)], lambda x, y: F.l1_loss(x, y, reduction="sum")),
    "huberLoss": ([(3, 4), (3, 4)], lambda x, y: F.huber_loss(x, y, delta=0.4, reduction="none")),
    "binaryCrossEntropyWithLogits": (
        [(3, 4), (3, 4)],
        lambda x, y: F.binary_cross_entropy_with_logits(x, y.sigmoid(), WEIGHTS, pos_weight=WEIGHTS + 1),
    ),
    "logSoftmax": ([(2, 3, 4)], lambda x: x.log_softmax(1)),
    "softmax": ([(2, 3, 4)], lambda x: x.softmax(-1)),
    "embedding": ([(5, 3)], lambda table: F.embedding(TARGETS, table)),
    "conv1d": ([(5, 2, 3), (4, 3, 2), (4,)], time_major(F.conv1d)),
    "conv1d strided": ([(6, 2, 3), (2, 3, 3), (2,)], time_major(lambda *a: F.conv1d(*a, stride=2, padding=2))),
    "depthwiseConv1d": ([(6, 2, 3), (3, 1, 4), (3,)], time_major(lambda *a: F.conv1d(*a, groups=3))),
    "conv2d": ([(4, 5, 2, 3), (4, 3, 2, 3), (4,)], height_first(F.conv2d)),
    "conv2d strided": ([(5, 6, 2, 2), (3, 2, 3, 2), (3,)], height_first(lambda *a: F.conv2d(*a, stride=2, padding=2))),
    "crossEntropy": ([(6, 4)], lambda x: F.cross_entropy(x, TARGETS)),
    "crossEntropy smoothed": ([(6, 4)], lambda x: F.cross_entropy(x, TARGETS, label_smoothing=0.1)),
    "crossEntropy ignoring": ([(6, 4)], lambda x: F.cross_entropy(x, TARGETS, ignore_index=2)),
    "crossEntropy weighted": ([(6, 4)], lambda x: F.cross_entropy(x, TARGETS, WEIGHTS)),
    "crossEntropy weighted, ignoring": ([(6, 4)], lambda x: F.cross_entropy(x, TARGETS, WEIGHTS, ignore_index=1)),
    "crossEntropy all at once": (
        [(6, 4)],
        lambda x: F.cross_entropy(x, TARGETS, WEIGHTS, ignore_index=1, label_smoothing=0.2),
    ),
    "crossEntropy, sum": (
        [(6, 4)],
        lambda x: F.cross_entropy(x, TARGETS, WEIGHTS, ignore_index=1, label_smoothing=0.2, reduction="sum"),
    ),
    "crossEntropy, none": (
        [(6, 4)],
        lambda x: F.cross_entropy(x, TARGETS, WEIGHTS, ignore_index=1, label_smoothing=0.2, reduction="none"),
    ),
}


def run(shapes, forward):
    inputs = [cosines(shape, k + 1).requires_grad_() for k, shape in enumerate(shapes)]
    y = forward(*inputs)
    (y * cosines(y.shape, 9)).sum().backward()
    return dict(shapes=shapes, y=numbers(y), gradients=[numbers(x.grad) for x in inputs])


lines = (f"{json.dumps(name)}:{json.dumps(run(*case), separators=(',', ':'))}" for name, case in CASES.items())
print("{" + ",\n".join(lines) + "}")
