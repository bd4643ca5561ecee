"""peertable - what others test, and how Doormat puts it to a sender: tests/coverage/peers.tsv, read for tools/peers and lint."""

import json
import os
import subprocess
from collections import namedtuple

TABLE = "tests/coverage/peers.tsv"
COLUMNS = ["peer", "case", "expected", "mapping", "note"]
REASONS = ["needs-engine", "needs-dns", "needs-anchor", "needs-host", "watches-client", "server-test", "not-a-sender", "web-only",
           "no-row"]

Case = namedtuple("Case", ["line", *COLUMNS])


def read(root):
    """The cases in order; a line that has not the columns is a string in their place."""
    with open(os.path.join(root, TABLE), encoding="utf-8") as file:
        lines = [(number, line.rstrip("\n")) for number, line in enumerate(file, 1) if not line.startswith("#")]
    rows = [(number, line.split("\t")) for number, line in lines if line]
    if not rows or rows[0][1] != COLUMNS:
        return [f"the columns are not {', '.join(COLUMNS)}"]
    return [Case(number, *fields) if len(fields) == len(COLUMNS) else f"line {number} has {len(fields)} fields"
            for number, fields in rows[1:]]


def expectations(program):
    """{fault: "refuse", "deliver" or "either"}"""
    told = subprocess.run([program, "faults", "--json"], capture_output=True, text=True, check=True).stdout
    return {fault["name"]: fault["expect"] for fault in json.loads(told)}


def can_be_served(program, recipe):
    return subprocess.run([program, "faults", recipe], capture_output=True, check=False).returncode == 0


def kind_of(case):
    """"row", "recipe", or the reason."""
    return case.mapping.split(" ", 1)[0]


def faults_of(case):
    """Those that put the case to a sender; none for a reason."""
    return case.mapping.split(" ", 1)[1].split("+") if kind_of(case) in ("row", "recipe") and " " in case.mapping else []


def differs(case, expected):
    """A sound client refuses there and need not here, or the reverse.  expected: as expectations() has it."""
    wanted = {expected.get(fault, "") for fault in faults_of(case)}
    if not wanted or case.expected not in ("accept", "reject"):
        return False
    return "refuse" in wanted if case.expected == "accept" else "refuse" not in wanted
