"""Damaged safetensors files and what Python's reader says of each: python3 golden/damaged-safetensors.py > golden/damaged-safetensors.json

Needs only the package safetensors. Each case is a header as text, the number of bytes after it, and whether the reader
accepts the two. The headers are a correct one with one to three random changes of the kinds that a broken writer, a bad
disk or somebody who means harm makes. An argument gives another number of cases, a second one another seed.
"""
import json
import random
import struct
import sys
import safetensors

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 250
WIDTHS = dict(F64=8, F32=4, I64=8, U64=8, I32=4, U32=4, F16=2, BF16=2, I16=2, U16=2, I8=1, U8=1, BOOL=1)
NUMBERS = ["0", "1", "-1", "-0", "2", "3", "4.0", "4.5", "1e0", "1e400", "4294967296", "9007199254740993",
           "18446744073709551615", "18446744073709551616", "null", '"4"', "[]", "true", "01", "+1"]
DTYPES = ['"F32"', '"F16"', '"BF16"', '"F4"', '"F6_E2M3"', '"F8_E4M3"', '"C64"', '"f32"', '"F128"', '""', "null", "4", '"I8"', '"BOOL"']
NAMES = ['"a"', '"b"', '"\\u0061"', '"__metadata__"', '"__proto__"', '""', '"\\ud800"', '"\\ud83d\\ude00"', '"\u00e9"', "a", '"dtype"']
METADATA = ['{"format":"pt"}', "{}", "null", '{"a":1}', '{"a":"1","a":"2"}', "[]", '"x"', '{"a":null}', '{"sha256":"0"}']


def correct(rng):
    """Members of a header, each a pair of texts, and the number of bytes after it."""
    members, at = [], 0
    if rng.random() < 0.3:
        members.append(['"__metadata__"', '{"format":"pt"}'])
    for k in range(rng.randint(0, 3)):
        dtype = rng.choice(list(WIDTHS))
        shape = [rng.choice([0, 1, 2, 3]) for _ in range(rng.randint(0, 3))]
        size = WIDTHS[dtype]
        for axis in shape:
            size *= axis
        fields = [['"dtype"', f'"{dtype}"'], ['"shape"', [str(n) for n in shape]], ['"data_offsets"', [str(at), str(at + size)]]]
        members.append([f'"{"abc"[k]}"', fields])
        at += size
    return members, at


def text(value):
    if isinstance(value, str):
        return value
    if value and isinstance(value[0], list):
        return "{" + ",".join(f"{key}:{text(inner)}" for key, inner in value) + "}"
    return "[" + ",".join(value) + "]"


def change(rng, members, body):
    """One change to the members, in place; returns the new number of bytes."""
    kind = rng.randrange(12)
    tensors = [member for member in members if isinstance(member[1], list)]
    if kind == 0:
        return max(0, body + rng.choice([-4, -1, 1, 4, 8]))
    if kind == 1:
        members.insert(0, ['"__metadata__"', rng.choice(METADATA)])
        return body
    if not tensors:
        return body
    name, fields = member = rng.choice(tensors)
    if kind == 2:
        member[0] = rng.choice(NAMES)
    elif kind == 3:
        members.append([name, [list(field) for field in fields]])
    elif kind == 4:
        members.remove(member)
    elif kind == 5:
        rng.shuffle(members)
    elif kind == 6 and fields:
        fields.remove(rng.choice(fields))
    elif kind == 7 and fields:
        fields.append(list(rng.choice(fields)))
    elif kind == 8 and fields:
        fields.append(['"more"', rng.choice(["1", '"x"', "{}", "[1]"])])
    elif kind == 9:
        for field in fields:
            if field[0] == '"dtype"':
                field[1] = rng.choice(DTYPES)
    else:
        for field in fields:
            if field[0] != '"dtype"' and isinstance(field[1], list) and rng.random() < 0.7:
                numbers = list(field[1])
                if numbers and rng.random() < 0.8:
                    numbers[rng.randrange(len(numbers))] = rng.choice(NUMBERS)
                else:
                    numbers.insert(0, rng.choice(NUMBERS))
                field[1] = numbers
    return body


def damaged(rng):
    members, body = correct(rng)
    for _ in range(rng.randint(1, 3)):
        body = change(rng, members, body)
    header = text(members) if members else "{}"
    if rng.random() < 0.1:
        at = rng.randrange(len(header) + 1)
        header = header[:at] + rng.choice([" ", "\n", "\ufeff", "\0", "{", "}", ",", '"', "//x\n"]) + header[at:]
    return header, body


def accepts(header, body):
    encoded = header.encode()
    try:
        safetensors.deserialize(struct.pack("<Q", len(encoded)) + encoded + bytes(body))
        return True
    except safetensors.SafetensorError:
        return False


def cases():
    rng = random.Random(sys.argv[2] if len(sys.argv) > 2 else "safetensors")
    return [[header, body, accepts(header, body)] for header, body in (damaged(rng) for _ in range(COUNT))]


rows = ",\n".join(json.dumps(case, ensure_ascii=True) for case in cases())
print(f'{{"version": "{safetensors.__version__}", "cases": [\n{rows}\n]}}')
