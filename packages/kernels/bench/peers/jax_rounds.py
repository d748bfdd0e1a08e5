#!/usr/bin/env python3
"""One workload in JAX, answering rounds as bench/rounds.ts describes. usage: jax_rounds.py WORKLOAD MODE

A step is one compiled function: the loop over time is lax.scan, the input projection one product over all of time; when
training, then global-norm clipping at 5 and Adam. It runs on as many cores as OMP_NUM_THREADS says.
"""
import json
import os
import resource
import sys
import time

cores = sorted(os.sched_getaffinity(0))[: int(os.environ.get("OMP_NUM_THREADS", "1"))]
os.sched_setaffinity(0, cores)  # the only way to tell XLA how many threads to start

import jax
import jax.numpy as np
from jax import lax, random

workload, mode = sys.argv[1:3]
CHAR = {  # V, E, H, L, B, T, cell
    "W1": (65, 64, 128, 1, 32, 64, "lstm"),
    "W2": (65, 128, 512, 2, 64, 128, "lstm"),
    "W3": (205, 256, 1024, 1, 32, 64, "lstm"),
    "W4rnn": (65, 64, 128, 1, 32, 64, "rnn"),
    "W4gru": (65, 64, 128, 1, 32, 64, "gru"),
}
SAMPLED = {"W7a": "W1", "W7b": "W2"}
keys = iter(random.split(random.key(0), 100))


def matrix(*shape):
    return random.uniform(next(keys), shape, minval=-0.05, maxval=0.05)


def ids(shape, below):
    return random.randint(next(keys), shape, 0, below)


def recurrent(cell, inputs, H):
    gates = {"rnn": 1, "gru": 3, "lstm": 4}[cell] * H
    return {"x": matrix(inputs, gates), "h": matrix(H, gates), "b": matrix(gates), "n": matrix(H)}


def step_of(cell, w):
    """(state, projected input) -> state"""
    H = w["h"].shape[0]

    def rnn(h, xg):
        return np.tanh(xg + h @ w["h"])

    def gru(h, xg):
        a = h @ w["h"]
        r, z = (jax.nn.sigmoid(xg[:, k * H : k * H + H] + a[:, k * H : k * H + H]) for k in (0, 1))
        n = np.tanh(xg[:, 2 * H :] + r * (a[:, 2 * H :] + w["n"]))
        return n + z * (h - n)

    def lstm(state, xg):
        h, c = state
        i, f, g, o = np.split(xg + h @ w["h"], 4, 1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * np.tanh(g)
        return jax.nn.sigmoid(o) * np.tanh(c), c

    return {"rnn": rnn, "gru": gru, "lstm": lstm}[cell]


def output(cell, state):
    return state[0] if cell == "lstm" else state


def zeros(cell, B, H):
    return (np.zeros((B, H)),) * 2 if cell == "lstm" else np.zeros((B, H))


def sequence(cell, w, x, state, valid=None, reverse=False):
    """x [T, B, inputs] -> h of every step, the last state; valid [T, B]: where not, the state is kept."""
    step = step_of(cell, w)

    def body(state, at):
        xg, valid = at
        new = step(state, xg)
        if valid is not None:
            new = jax.tree.map(lambda a, b: np.where(valid[:, None], a, b), new, state)
        return new, output(cell, new)

    last, y = lax.scan(body, state, (x @ w["x"] + w["b"], valid), reverse=reverse)
    return y, last


def nll(logits, targets):
    return -np.mean(np.take_along_axis(jax.nn.log_softmax(logits), targets[:, None], 1))


def char(name):
    V, E, H, L, B, T, cell = CHAR[name]
    w = {"e": matrix(V, E), "o": matrix(H, V), "ob": matrix(V)}
    w["cells"] = [recurrent(cell, H if layer else E, H) for layer in range(L)]
    data = ids((T, B), V), ids((T * B,), V)

    def loss(w, x, y):
        out = w["e"][x]
        for layer in w["cells"]:
            out, _ = sequence(cell, layer, out, zeros(cell, B, H))
        return nll(out.reshape(T * B, H) @ w["o"] + w["ob"], y)

    return w, loss, data, T * B


def sentiment(V=20000, E=300, H=256, B=64):
    w = {"e": matrix(V, E), "o": matrix(2 * H, 2), "ob": matrix(2)}
    w["cells"] = [recurrent("lstm", E, H) for _ in range(2)]
    lengths = ids((B,), 31) + 10
    T = int(lengths.max())
    data = ids((T, B), V), ids((B,), 2), np.arange(T)[:, None] < lengths

    def loss(w, x, y, valid):
        embedded, start = w["e"][x], zeros("lstm", B, H)
        last = [sequence("lstm", w["cells"][k], embedded, start, valid, reverse=k == 1)[1][0] for k in (0, 1)]
        return nll(np.concatenate(last, 1) @ w["o"] + w["ob"], y)

    return w, loss, data, int(lengths.sum())


def translation(score, V=8000, E=256, H=256, D=512, A=256, B=64, S=15, T=15):
    M, dot = 2 * H, score == "dot"
    w = {"s": matrix(V, E), "t": matrix(V, E), "bridge": matrix(M, D), "bb": matrix(D), "o": matrix(D, V), "ob": matrix(V)}
    w["encoder"] = [recurrent("gru", E, H) for _ in range(2)]
    w["decoder"] = recurrent("gru", E if dot else E + M, D)
    w.update({"mix": matrix(D + M, D), "mb": matrix(D)} if dot else {"q": matrix(D, A), "m": matrix(M, A), "v": matrix(A)})
    data = ids((S, B), V), ids((T, B), V), ids((T * B,), V)

    def loss(w, source, target, y):
        embedded, start = w["s"][source], zeros("gru", B, H)
        outs, last = zip(*(sequence("gru", w["encoder"][k], embedded, start, reverse=k == 1) for k in (0, 1)))
        memory = np.concatenate(outs, 2)
        h = np.tanh(np.concatenate(last, 1) @ w["bridge"] + w["bb"])
        inputs = w["t"][target]
        if dot:
            out, _ = sequence("gru", w["decoder"], inputs, h)
            weights = jax.nn.softmax(np.einsum("tbd,sbd->bts", out, memory))
            context = np.einsum("bts,sbd->tbd", weights, memory)
            out = np.tanh(np.concatenate([out, context], 2) @ w["mix"] + w["mb"])
        else:
            projected, step = memory @ w["m"], step_of("gru", w["decoder"])

            def body(h, x):
                weights = jax.nn.softmax(np.tanh(projected + h @ w["q"]) @ w["v"], 0)
                context = np.einsum("sb,sbd->bd", weights, memory)
                h = step(h, np.concatenate([x, context], 1) @ w["decoder"]["x"] + w["decoder"]["b"])
                return h, h

            _, out = lax.scan(body, h, inputs)
        return nll(out.reshape(T * B, D) @ w["o"] + w["ob"], y)

    return w, loss, data, T * B


def sampling(name, count=100):
    V, E, H, L, _, _, cell = CHAR[name]
    w = char(name)[0]

    @jax.jit
    def sample(w, key):
        steps = [step_of(cell, layer) for layer in w["cells"]]
        table = w["e"] @ w["cells"][0]["x"] + w["cells"][0]["b"]

        def body(carry, key):
            x, states = carry
            new = []
            for k, step in enumerate(steps):
                xg = table[x][None] if k == 0 else out @ w["cells"][k]["x"] + w["cells"][k]["b"]
                new.append(step(states[k], xg))
                out = output(cell, new[-1])
            return (random.categorical(key, (out @ w["o"] + w["ob"])[0]), new), None

        start = (np.int32(1), [zeros(cell, 1, H) for _ in range(L)])
        return lax.scan(body, start, random.split(key, count))[0][0]

    key = random.key(1)
    return lambda: sample(w, key).block_until_ready(), count


def training(w, loss, data):
    m = v = jax.tree.map(np.zeros_like, w)

    @jax.jit
    def step(w, m, v, t, data):
        value, g = jax.value_and_grad(loss)(w, *data)
        norm = np.sqrt(sum(np.sum(x * x) for x in jax.tree.leaves(g)))
        g = jax.tree.map(lambda x: x * np.minimum(1, 5 / norm), g)
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        w = jax.tree.map(lambda w, m, v: w - 1e-3 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8), w, m, v)
        return value, w, m, v

    state, t = (w, m, v), 0

    def train():
        nonlocal state, t
        t += 1
        _, *state = step(*state, float(t), data)
        jax.block_until_ready(state)

    return train


if workload in SAMPLED:
    run, tokens = sampling(SAMPLED[workload])
else:
    model = {"W5": sentiment, "W6dot": lambda: translation("dot"), "W6additive": lambda: translation("additive")}
    w, loss, data, tokens = model.get(workload, lambda: char(workload))()
    infer = jax.jit(loss)
    run = training(w, loss, data) if mode == "train" else lambda: infer(w, *data).block_until_ready()
run()
run()
print(json.dumps({"ready": True, "version": jax.__version__}), flush=True)
for _ in sys.stdin:
    started, count, seconds = time.perf_counter(), 0, 0.0
    while seconds < 1:
        run()
        count += 1
        seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"perSecond": count * tokens / seconds, "peakBytes": peak}), flush=True)
