#!/usr/bin/env python3
"""Each fault's certificates beside its control's, field by field as DER: what it promises is wrong, and nothing else is.

mint_fields.tsv holds a line for each fault of the layers below: its name, and in which fields its chain differs from the
control's ("leaf from until | 1 BC-": the leaf's dates, and the issuer's basicConstraints are missing).  After a change of the
catalogue `test_mint_fields.py --write` writes it again: read the difference before you commit it.
"""

import base64
import calendar
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor

import frame
from frame import TempDir, run, run_json

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "mint_fields.tsv")
LAYERS = ("certificate", "chain", "key", "signature", "revocation")
SLOW = ("rsa16384", "rsa8192")  # their keys take minutes to make
HOST = "mx.lab.test"
TOLERANCE_S = 600  # between the mintings of two certificates
ECDSA = bytes.fromhex("2a8648ce3d04")  # its signatures differ in length
EXTENSIONS = {"551d0e": "SKI", "551d23": "AKI", "551d13": "BC", "551d0f": "KU", "551d25": "EKU", "551d11": "SAN", "551d1e": "NC",
              "551d20": "policies", "551d24": "policy-constraints", "551d1f": "CDP", "2b06010505070101": "AIA",
              "2b06010505070118": "TLS-feature"}


def items(data):
    """(tag, value, whole) of each item of DER."""
    found, at = [], 0
    while at < len(data):
        tag, length, head = data[at], data[at + 1], 2
        if length & 0x80:
            head += length & 0x7f
            length = int.from_bytes(data[at + 2:at + head], "big")
        found.append((tag, data[at + head:at + head + length], data[at:at + head + length]))
        at += head + length
    return found


def date(tag, value):
    """(seconds, what its form is)"""
    text, year_len = value.decode(), 4 if tag == 0x18 else 2
    year, rest = int(text[:year_len]), text[year_len:]
    if tag != 0x18:
        year += 2000 if year < 50 else 1900
    digits = re.match(r"\d+", rest).group()
    moment = calendar.timegm((year, *(int((digits + "00")[i:i + 2]) for i in range(0, 10, 2))))
    return moment, (tag, year_len, len(digits), rest[len(digits):])


def read_extensions(data, fields):
    for whole in items(items(data)[0][1]):
        parts = items(whole[1])
        name = EXTENSIONS.get(parts[0][1].hex(), "ext-" + parts[0][1].hex())
        fields[name + "-again" if name in fields else name] = [part[2] for part in parts[1:]]


def read_certificate(der):
    """What every minting draws anew stays out: the serial number's digits, the signature's bytes."""
    tbs, algorithm, signature = items(items(der)[0][1])
    parts = items(tbs[1])
    has_version = parts[0][0] == 0xa0
    serial, inner, issuer, validity, subject, key = parts[has_version:has_version + 6]
    fields = {"version": has_version and parts[0][1], "serial": (len(serial[1]), serial[1][0] >> 7), "inner": inner[1],
              "issuer": issuer[1], "subject": subject[1], "key": key[1], "outer": algorithm[1],
              "signature": len(set(signature[1])) > 8 if algorithm[1][2:8] == ECDSA else len(signature[1])}
    for name, (tag, value, _) in zip(("from", "until"), items(validity[1])):
        fields[name] = date(tag, value)
    for tag, value, _ in parts[has_version + 6:]:
        if tag == 0xa3:
            read_extensions(value, fields)
        else:
            fields[f"[{tag & 0x1f}]"] = value
    return fields


def is_same(name, mine, other):
    if name not in ("from", "until") or mine is None or other is None:
        return mine == other
    return mine[1] == other[1] and abs(mine[0] - other[0]) <= TOLERANCE_S


def read_chain(path):
    with open(path, encoding="ascii") as file:
        return [read_certificate(base64.b64decode(text)) for text in
                re.findall("-----BEGIN CERTIFICATE-----(.*?)-----END", file.read(), re.DOTALL)]


def compare(mine, other):
    marks = []
    for name in [*mine, *(name for name in other if name not in mine)]:
        if not is_same(name, mine.get(name), other.get(name)):
            marks.append(name + ("-" if name not in mine else "+" if name not in other else ""))
    return marks


def differences(where, control):
    mine, other = read_chain(where + "/chain.pem"), read_chain(control + "/chain.pem")
    parts = [f"{len(mine)} certificates"] if len(mine) != len(other) else []
    for i, (a, b) in enumerate(zip(mine, other)):
        marks = compare(a, b)
        if marks:
            parts.append(" ".join([str(i) if i > 0 else "leaf", *marks]))
    if compare(read_chain(where + "/root.pem")[0], read_chain(control + "/root.pem")[0]):
        parts.append("ROOT")
    return " | ".join(parts) or "nothing"


def mint(name, where):
    result = run("mint", name, "--out", where, "--host", HOST)
    if result.returncode != 0:
        raise RuntimeError(f"mint {name}: {result.stderr}")


def measure():
    """{fault: in what it differs}"""
    faults = [fault for fault in run_json("faults", "--json")[0] if fault["layer"] in LAYERS and fault["name"] not in SLOW]
    with TempDir() as directory, ThreadPoolExecutor(2) as pool:
        names = sorted({fault["twin"] for fault in faults}) + [fault["name"] for fault in faults]
        list(pool.map(lambda name: mint(name, os.path.join(directory, name)), names))
        return {fault["name"]: differences(os.path.join(directory, fault["name"]), os.path.join(directory, fault["twin"]))
                for fault in faults}


def read_table():
    with open(TABLE, encoding="utf-8") as file:
        return dict(line.rstrip("\n").split("\t") for line in file if not line.startswith("#"))


def test_fields(tap):
    wanted, seen = read_table(), measure()
    for name, text in seen.items():
        tap.equal(text, wanted.get(name), f"{name}: differs from its control in {text}")
    tap.equal(sorted(set(wanted) - set(seen)), [], "the table names no other fault")


def write_table():
    with open(TABLE, "w", encoding="utf-8") as file:
        file.write("# fault\tin which fields its certificates differ from its control's: written by test_mint_fields.py --write\n")
        file.writelines(f"{name}\t{text}\n" for name, text in measure().items())


if sys.argv[1:] == ["--write"]:
    write_table()
else:
    frame.main({"fields": test_fields})
