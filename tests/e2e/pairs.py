#!/usr/bin/env python3
"""pairs - two faults at once: every pair of rows of TLS and of keys that composes, against a sender that takes everything
(tests/senders/scripted.c, `encrypts`).  Nobody is to be credited with what the server could not do.

usage: tests/e2e/pairs.py [EVERY]   every EVERYth pair alone (default 1: all of them, some minutes)
"""

import collections
import concurrent.futures
import itertools
import os
import subprocess
import sys

import frame

SCRIPTED = os.path.join(os.path.dirname(frame.DOORMAT), "senders/scripted")
LAYERS = {"handshake", "key", "cipher", "protocol", "key-exchange", "signature"}
# Nobody enters there alone; and keys that take long to make.
LEFT_OUT = ("alert-", "client-cert-refused", "bad-handshake-signature", "rsa8192", "rsa16384")
AT_A_TIME = 500


def all_pairs():
    rows, _ = frame.run_json("faults", "--json")
    names = [row["name"] for row in rows if row["layer"] in LAYERS and not row["name"].startswith(LEFT_OUT)]
    return [f"{one}+{other}" for one, other in itertools.combinations(names, 2)]


def composes(pair):
    return subprocess.run([frame.DOORMAT, "faults", pair], capture_output=True, check=False).returncode == 0


def composing(pairs):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return [pair for pair, good in zip(pairs, pool.map(composes, pairs)) if good]


def is_credited(row):
    """Whether it is said to have noticed, or turned away, what it took whenever it could."""
    return row["verdict"] in ("refused", "turned-away", "crashed")


def try_pairs(pairs):
    """{pair: row of the report}; each pair is a control's difference, so that the controls come beside them."""
    rows = {}
    for start in range(0, len(pairs), AT_A_TIME):
        some = pairs[start:start + AT_A_TIME]
        document, _ = frame.run_json("try", "--quiet", "--jobs", "6", "--faults", ",".join(some), "--format", "json", "--",
                                     SCRIPTED, "encrypts")
        rows.update({row["fault"]: row for row in document["results"] if row["layer"] != "control"})
    return rows


def main():
    pairs = all_pairs()[::int(sys.argv[1]) if len(sys.argv) > 1 else 1]
    those = composing(pairs)
    rows = try_pairs(those)
    for name, row in rows.items():
        if is_credited(row) or row["verdict"] == "unclear":
            print(f"{name}: {row['verdict']}: {row['explanation']}")
    print(f"{len(pairs)} pairs, {len(those)} compose:", dict(collections.Counter(row["verdict"] for row in rows.values())))
    return 1 if any(map(is_credited, rows.values())) else 0


if __name__ == "__main__":
    sys.exit(main())
