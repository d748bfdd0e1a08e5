"""Golden vectors of RNN, GRU and LSTM from PyTorch, and of sLSTM, minGRU, minLSTM and SRU written with it: python3 golden/recurrent.py > golden/recurrent.json

Needs only python3-torch. One and two layers, one and both directions, and three ways to run them: from zeros; from a
state that is given, and carried from step to step; and with packed lengths besides, also without biases. Of each: outputs, final states, the
loss, every gradient, and the losses of ten steps of training with clipping and Adam. All in float64.
"""
import json
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

T, B, I, H = 4, 3, 2, 3
LENGTHS = torch.tensor([4, 1, 3])
STEPS, LEARNING_RATE, CLIP_NORM = 10, 0.05, 0.2


class LinearRecurrence(nn.Module):
    """minGRU and minLSTM of Feng et al. 2024, one step after another, with the arguments and names of nn.GRU."""

    def __init__(self, gates, input_size, hidden_size, layers, bidirectional, bias):
        super().__init__()
        self.hidden_size, self.layers, self.ways = hidden_size, layers, 2 if bidirectional else 1
        for k in range(layers * self.ways):
            name = f"l{k // self.ways}{'_reverse' if k % self.ways else ''}"
            inputs = input_size if k < self.ways else self.ways * hidden_size
            setattr(self, f"weight_ih_{name}", nn.Parameter(torch.empty(gates * hidden_size, inputs)))
            if bias:
                setattr(self, f"bias_ih_{name}", nn.Parameter(torch.empty(gates * hidden_size)))

    def forward(self, x, state=None, lengths=None):
        steps, batch = x.shape[:2]
        lengths = torch.full((batch,), steps) if lengths is None else lengths
        if state is None:
            state = x.new_zeros(self.layers * self.ways, batch, self.hidden_size)
        last = []
        for layer in range(self.layers):
            ways = []
            for way in range(self.ways):
                name = f"l{layer}{'_reverse' if way else ''}"
                bias = getattr(self, f"bias_ih_{name}", None)
                gates = nn.functional.linear(x, getattr(self, f"weight_ih_{name}"), bias).chunk(self.GATES, -1)
                h, y = state[layer * self.ways + way], [None] * steps
                for t in reversed(range(steps)) if way else range(steps):
                    valid = (t < lengths)[:, None]
                    h = torch.where(valid, self.step(h, *(gate[t] for gate in gates)), h)
                    y[t] = torch.where(valid, h, torch.zeros_like(h))
                ways.append(torch.stack(y))
                last.append(h)
            x = torch.cat(ways, -1)
        return x, torch.stack(last)


class MinGru(LinearRecurrence):
    GATES = 2

    @staticmethod
    def step(h, z, candidate):
        return torch.lerp(h, candidate, z.sigmoid())


class MinLstm(LinearRecurrence):
    GATES = 3

    @staticmethod
    def step(h, f, i, candidate):
        kept, new = torch.softmax(torch.stack((nn.functional.logsigmoid(f), nn.functional.logsigmoid(i))), 0)
        return kept * h + new * candidate


class Sru(nn.Module):
    """SRU of Lei et al. 2018, equations 1 to 4, one step after another, with the arguments of nn.LSTM."""

    def __init__(self, input_size, hidden_size, layers, bidirectional, bias):
        super().__init__()
        self.hidden_size, self.layers, self.ways = hidden_size, layers, 2 if bidirectional else 1
        for k in range(layers * self.ways):
            name = f"l{k // self.ways}{'_reverse' if k % self.ways else ''}"
            inputs = input_size if k < self.ways else self.ways * hidden_size
            blocks = 3 if inputs == hidden_size else 4
            setattr(self, f"weight_ih_{name}", nn.Parameter(torch.empty(blocks * hidden_size, inputs)))
            setattr(self, f"weight_hh_{name}", nn.Parameter(torch.empty(2 * hidden_size)))
            if bias:
                setattr(self, f"bias_hh_{name}", nn.Parameter(torch.empty(2 * hidden_size)))

    def forward(self, x, state=None, lengths=None):
        steps, batch = x.shape[:2]
        lengths = torch.full((batch,), steps) if lengths is None else lengths
        zeros = x.new_zeros(self.layers * self.ways, batch, self.hidden_size)
        h0, c0 = (zeros, zeros) if state is None else state
        last_h, last_c = [], []
        for layer in range(self.layers):
            ways = []
            for way in range(self.ways):
                name = f"l{layer}{'_reverse' if way else ''}"
                W, *W_f_r = getattr(self, f"weight_ih_{name}").split(self.hidden_size)
                v_f, v_r = getattr(self, f"weight_hh_{name}").chunk(2)
                b_f, b_r = getattr(self, f"bias_hh_{name}", torch.zeros(2 * self.hidden_size).double()).chunk(2)
                h, c = h0[layer * self.ways + way], c0[layer * self.ways + way]
                y = [None] * steps
                for t in reversed(range(steps)) if way else range(steps):
                    f = (x[t] @ W_f_r[0].T + v_f * c + b_f).sigmoid()
                    r = (x[t] @ W_f_r[1].T + v_r * c + b_r).sigmoid()
                    new_c = torch.lerp(x[t] @ W.T, c, f)
                    highway = x[t] @ W_f_r[2].T if len(W_f_r) == 3 else x[t]
                    valid = (t < lengths)[:, None]
                    h = torch.where(valid, torch.lerp(highway, new_c, r), h)
                    c = torch.where(valid, new_c, c)
                    y[t] = torch.where(valid, h, torch.zeros_like(h))
                ways.append(torch.stack(y))
                last_h.append(h)
                last_c.append(c)
            x = torch.cat(ways, -1)
        return x, (torch.stack(last_h), torch.stack(last_c))


class Slstm(nn.Module):
    """sLSTM of Beck et al. 2024, equations 8 to 17 with their stabiliser m and the logistic forget gate, with the arguments of
    nn.LSTM. A state is h, and c/n beside ln n, which do not depend on the stabiliser."""

    def __init__(self, input_size, hidden_size, layers, bidirectional, bias):
        super().__init__()
        self.hidden_size, self.layers, self.ways = hidden_size, layers, 2 if bidirectional else 1
        for k in range(layers * self.ways):
            name = f"l{k // self.ways}{'_reverse' if k % self.ways else ''}"
            inputs = input_size if k < self.ways else self.ways * hidden_size
            setattr(self, f"weight_ih_{name}", nn.Parameter(torch.empty(4 * hidden_size, inputs)))
            setattr(self, f"weight_hh_{name}", nn.Parameter(torch.empty(4 * hidden_size, hidden_size)))
            if bias:
                setattr(self, f"bias_ih_{name}", nn.Parameter(torch.empty(4 * hidden_size)))
                setattr(self, f"bias_hh_{name}", nn.Parameter(torch.empty(4 * hidden_size)))

    def forward(self, x, state=None, lengths=None):
        steps, batch = x.shape[:2]
        lengths = torch.full((batch,), steps) if lengths is None else lengths
        if state is None:
            shape = (self.layers * self.ways, batch)
            state = x.new_zeros(*shape, self.hidden_size), x.new_zeros(*shape, 2 * self.hidden_size)
        h0, c0 = state
        last_h, last_c = [], []
        for layer in range(self.layers):
            ways = []
            for way in range(self.ways):
                name = f"l{layer}{'_reverse' if way else ''}"
                W, R = getattr(self, f"weight_ih_{name}"), getattr(self, f"weight_hh_{name}")
                b = getattr(self, f"bias_ih_{name}", 0) + getattr(self, f"bias_hh_{name}", 0)
                mean, m = c0[layer * self.ways + way].chunk(2, -1)
                h, n = h0[layer * self.ways + way], torch.ones_like(m)
                c, y = mean, [None] * steps
                for t in reversed(range(steps)) if way else range(steps):
                    i, f, z, o = (x[t] @ W.T + h @ R.T + b).chunk(4, -1)
                    log_f = nn.functional.logsigmoid(f)
                    new_m = torch.maximum(log_f + m, i)
                    kept, new = torch.exp(log_f + m - new_m), torch.exp(i - new_m)
                    new_c, new_n = kept * c + new * z.tanh(), kept * n + new
                    valid = (t < lengths)[:, None]
                    h = torch.where(valid, o.sigmoid() * new_c / new_n, h)
                    c, n, m = (torch.where(valid, *pair) for pair in ((new_c, c), (new_n, n), (new_m, m)))
                    y[t] = torch.where(valid, h, torch.zeros_like(h))
                ways.append(torch.stack(y))
                last_h.append(h)
                last_c.append(torch.cat((c / n, m + n.log()), -1))
            x = torch.cat(ways, -1)
        return x, (torch.stack(last_h), torch.stack(last_c))


CELLS = {"tanh": nn.RNN, "relu": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM, "slstm": Slstm, "mingru": MinGru, "minlstm": MinLstm, "sru": Sru}
WITH_CELL_STATE = ("lstm", "slstm", "sru")


def cosines(shape, phase):
    count = torch.Size(shape).numel()
    return (torch.arange(count, dtype=torch.float64) * 0.7 + phase).cos().reshape(shape)


def numbers(tensor):
    return [float(f"{x:.10g}") for x in tensor.detach().flatten().tolist()]


def case(cell, layers, bidirectional, mode, bias=True):
    options = dict(nonlinearity=cell) if cell in ("tanh", "relu") else {}
    sizes = (CELLS[cell].GATES, I, H, layers) if issubclass(CELLS[cell], LinearRecurrence) else (I, H, layers)
    model = CELLS[cell](*sizes, bidirectional=bidirectional, bias=bias, **options).double()
    for k, parameter in enumerate(model.parameters()):
        parameter.data = 0.5 * cosines(parameter.shape, 0.3 * k)
    directions = layers * (2 if bidirectional else 1)
    x = cosines((T, B, I), 1).requires_grad_()
    target = cosines((T, B, H * (2 if bidirectional else 1)), 2)
    sizes = (H, 2 * H if cell == "slstm" else H) if cell in WITH_CELL_STATE else (H,)
    first = [cosines((directions, B, size), 3 + k).requires_grad_() for k, size in enumerate(sizes)]

    def forward(state):
        given = None if mode == "zeros" else tuple(state) if cell in WITH_CELL_STATE else state[0]
        if cell in ("slstm", "mingru", "minlstm", "sru"):
            y, last = model(x, given, LENGTHS if mode == "packed" else None)
        elif mode == "packed":
            packed, last = model(pack_padded_sequence(x, LENGTHS, enforce_sorted=False), given)
            y, _ = pad_packed_sequence(packed, total_length=T)
        else:
            y, last = model(x, given)
        last = list(last) if cell in WITH_CELL_STATE else [last]
        # Everything that comes out goes in, so that every gradient has to be right.
        loss = ((y - target) ** 2).mean() + sum((h**2).mean() for h in last)
        return y, last, loss

    y, last, loss = forward(first)
    loss.backward()
    gradients = {"x": x.grad, **{name: p.grad for name, p in model.named_parameters()}}
    if mode != "zeros":
        gradients.update({f"{name}0": state.grad for name, state in zip("hc", first)})
    found = dict(
        y=numbers(y),
        last=[numbers(state) for state in last],
        gradients={name: numbers(gradient) for name, gradient in gradients.items()},
    )

    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    state, losses = first, []
    for _ in range(STEPS):
        optimizer.zero_grad()
        _, last, loss = forward(state)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)
        optimizer.step()
        losses.append(loss)
        state = [h.detach() for h in last]
    return dict(found, losses=numbers(torch.stack(losses)))


cases = [
    dict(cell=cell, layers=layers, bidirectional=bidirectional, mode=mode, **case(cell, layers, bidirectional, mode))
    for cell in CELLS
    for layers in (1, 2)
    for bidirectional in (False, True)
    for mode in ("zeros", "carried", "packed")
] + [
    dict(cell=cell, layers=2, bidirectional=True, bias=False, mode="packed", **case(cell, 2, True, "packed", False))
    for cell in CELLS
]
print("[" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "]")
