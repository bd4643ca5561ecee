#!/usr/bin/env python3
"""Two faults at once: a sample of the pairs that compose, against a sender that takes everything: none is credited to it, and the
server fails at none.  `tests/e2e/pairs.py` tries them all."""

import frame
import pairs

EVERY = 37  # a prime: neighbours of all kinds
AT_LEAST = 100  # of a sample compose


def sample(tap):
    those = pairs.composing(pairs.all_pairs()[::EVERY])
    tap.ok(len(those) >= AT_LEAST, f"{len(those)} pairs compose", "fewer than there were")
    for name, row in pairs.try_pairs(those).items():
        wanted = {"fooled", "leaked"} if row["expect"] == "refuse" else {"delivered"}
        tap.ok(row["verdict"] in wanted, f"{name} is credited to nobody", f"{row['verdict']}: {row['explanation']}")


def refused_pairs(tap):
    """A pair that nobody could enter is refused when it is composed, and the words say why."""
    for pair in ("null-cipher+camellia", "tls10+ed25519-key", "dhe1024+static-rsa"):
        result = frame.run("faults", pair)
        tap.ok(result.returncode == 2 and pair.split("+")[0] in result.stderr, f"{pair} does not compose",
               f"{result.returncode}: {result.stderr}")


frame.main({"sample": sample, "refused": refused_pairs})
