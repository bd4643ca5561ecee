#!/usr/bin/env python3
"""`doormat try --room`: the rows of the world, failed and passed by scripted senders, and as real mail servers meet them."""

import functools
import os
import sys

import frame
import postfix
from frame import HERE, TempDir
from test_room import can_have_room

BAD = {"fooled", "leaked"}
LAYERS = ("control", "dns", "dnssec", "dane")
# The room's resolver says after 3 s that a name server is silent, and a sender may ask twice before it goes on.
WAIT_S = "8"
SCRIPTED = [sys.executable, "-I", "-S", os.path.join(HERE, "room_sender.py")]

# Rows of which a sender makes nothing worse than to stop, whatever it takes for true.
NEVER_HAD = {
    "mx-loop": "DNS has no address for any name of the domain",
    "host-servfail": "likewise",
}
# What the careless sender cannot deliver.
LED_ASTRAY = {"mx-forged-address": "nobody listens at the address that it takes"}

# {sender: {row: (verdict, why)}} where real senders do what the row's text does not want.
SURPRISES = {
    "postfix": {
        "mx-address": ("fooled", "Postfix takes an MX name that looks like an address for one"),
    },
}


def in_room(test):
    def run_if_there(tap):
        if can_have_room():
            test(tap)
        else:
            tap.skip("rooms", "no namespaces here")
    return run_if_there


def try_rows(faults, command, *words):
    document, result = frame.run_json("try", "--quiet", "--room", "--once", "--jobs", "8", "--faults", faults, "--format", "json",
                                      *words, "--", *command)
    return {row["fault"]: row for row in document["results"]}, result


def brief(row):
    return {key: row[key] for key in ("fault", "expect", "verdict", "reason", "output")}


def of_layer(rows, layer):
    return [row for row in rows.values() if row["layer"] == layer]


@functools.cache
def names_of_world():
    return sorted(frame.run("faults", "--names", "@world").stdout.split())


# ---- both ways ----

@in_room
def test_sound(tap):
    rows, result = try_rows("@world", [*SCRIPTED, "sound"])
    tap.equal(result.returncode, 0, "sound: exit status 0")
    for layer in LAYERS:
        tap.equal([brief(row) for row in of_layer(rows, layer) if not row["as_expected"]], [], f"sound: every row of {layer} passed")
    tap.equal([name for name, row in rows.items() if row["verdict"] == "not-shown"], [], "sound: each of them shows")


@in_room
def test_careless(tap):
    rows, _ = try_rows("@world", [*SCRIPTED, "careless"])
    tap.equal([brief(row) for row in of_layer(rows, "control") if row["verdict"] != "delivered"], [], "careless: delivers to controls")
    for layer in LAYERS[1:]:
        to_refuse = {row["fault"]: row for row in of_layer(rows, layer) if row["expect"] == "refuse"}
        tap.equal([brief(row) for name, row in to_refuse.items() if row["verdict"] not in BAD and name not in NEVER_HAD], [],
                  f"careless: each of {len(to_refuse)} rows of {layer} failed")
        tap.equal([brief(row) for row in of_layer(rows, layer) if row["expect"] != "refuse" and row["verdict"] != "delivered"
                   and row["fault"] not in LED_ASTRAY], [], f"careless: delivers what is right in {layer}")
    for name, why in NEVER_HAD.items():
        tap.equal(rows[name]["verdict"], "refused", f"careless: {name} cannot be failed: {why}")
    for name, why in LED_ASTRAY.items():
        tap.equal(rows[name]["verdict"], "turned-away", f"careless: {name}: {why}")


# ---- real senders ----

def hold_rows(tap, who, rows, surprises, unused=()):
    """unused: layers that do not concern the sender."""
    tap.equal({row["fault"]: row["verdict"] for row in of_layer(rows, "control") if row["verdict"] != "delivered"}, {},
              f"{who}: controls")
    for layer in LAYERS[1:]:
        wrong = {row["fault"]: row["verdict"] for row in of_layer(rows, layer) if not row["as_expected"]}
        tap.equal(wrong, {name: verdict for name, (verdict, _) in surprises.items() if rows[name]["layer"] == layer},
                  f"{who}: {len(of_layer(rows, layer))} rows of {layer}")
        shown = {row["fault"] for row in of_layer(rows, layer) if row["verdict"] != "not-shown"}
        if layer in unused:
            tap.equal(shown, set(), f"{who}: {layer} does not concern it")
        elif of_layer(rows, layer):
            tap.ok(shown, f"{who}: {layer} concerns it")


def hold_postfix(tap, level, faults="@world"):
    if not postfix.is_here() or os.geteuid() != 0:
        tap.skip(f"Postfix, {level}", "tools/setup unpacks it, and it runs as root")
        return
    with TempDir() as directory:
        setup, command = postfix.for_room(directory, level)
        rows, _ = try_rows(faults, command, "--wait", WAIT_S, "--setup", setup)
    hold_rows(tap, f"Postfix, {level}", rows, SURPRISES["postfix"] if "mx-address" in rows else {},
              () if level.startswith("dane") else ("dane",))


test_postfix = {level: in_room(functools.partial(hold_postfix, level=level)) for level in ("may", "dane")}


if __name__ == "__main__":
    frame.main({"sound": test_sound, "careless": test_careless,
                **{f"postfix-{level}": test for level, test in test_postfix.items()}})
