"""measure - what each sender did at each fault: asked of `doormat try`, kept in build/scoreboard/, a file per sender."""

import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
from frame import DOORMAT, ROOT, TempDir, clean_environment  # noqa: E402
from senders import NODE_MODULES, POSTFIX, detail_of, driven  # noqa: E402

KEPT = os.path.join(ROOT, "build/scoreboard")
# A stall is waiting and no work: stalls need not wait for one another.
SLOW_OPTIONS = ["--jobs", "16"]
# Some senders wait more than they work: after a refusal, or for a reply that does not come.
OPTIONS = ["--jobs", "6"]


def read_catalogue():
    done = subprocess.run([DOORMAT, "faults", "--json"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def try_once(sender, names, more):
    """{fault: {verdict, detail}} of one run."""
    with TempDir() as home, driven(sender) as (options, command):
        report = os.path.join(home, "report.json")
        done = subprocess.run([DOORMAT, "try", "--format", "json", "--output", report, "--faults", ",".join(names), "--quiet",
                               *options, *more, "--", *command], stdin=subprocess.DEVNULL, check=False,
                              env=clean_environment(home, NODE_PATH=NODE_MODULES))
        if not os.path.exists(report):
            raise SystemExit(f"scoreboard: {sender}: no report from doormat try, exit status {done.returncode}")
        with open(report, encoding="utf-8") as file:
            results = json.load(file)["results"]
    return {result["fault"]: {"verdict": result["verdict"], "detail": detail_of(result)}
            for result in results if result["fault"] in names}


def measure(sender, rows):
    """The cells of a sender for these rows of the catalogue."""
    slow = [row["name"] for row in rows if "slow" in row["groups"]]
    rest = [row["name"] for row in rows if "slow" not in row["groups"]]
    runs = [(rest + slow, [])] if sender.startswith(POSTFIX) else [(rest, OPTIONS), (slow, SLOW_OPTIONS)]
    cells = {}
    for names, options in runs:
        cells.update(try_once(sender, names, options) if names else {})
    # A busy machine may have kept a sender from finishing.
    unclear = [name for name in rest if cells.get(name, {}).get("verdict") == "unclear"]
    cells.update(try_once(sender, unclear, []) if unclear else {})
    return cells


def path_of(sender):
    return os.path.join(KEPT, sender + ".json")


def read_kept(sender, version):
    """The cells that are kept, or none if another version made them."""
    try:
        with open(path_of(sender), encoding="utf-8") as file:
            kept = json.load(file)
    except FileNotFoundError:
        return {}
    return kept["cells"] if kept["version"] == version else {}


def keep(sender, version, cells):
    os.makedirs(KEPT, exist_ok=True)
    with open(path_of(sender) + ".new", "w", encoding="utf-8") as file:
        json.dump({"version": version, "cells": cells}, file, indent=1)
    os.replace(path_of(sender) + ".new", path_of(sender))


def cells_of(sender, version, catalogue, again):
    """{fault: {verdict, detail}} for the whole catalogue; what is kept is measured again only if again(row)."""
    kept = read_kept(sender, version)
    cells = {row["name"]: kept[row["name"]] for row in catalogue if row["name"] in kept and not again(row)}
    cells.update(measure(sender, [row for row in catalogue if row["name"] not in cells]))
    missing = [row["name"] for row in catalogue if row["name"] not in cells]
    if missing:
        raise SystemExit(f"scoreboard: {sender}: no result for {', '.join(missing)}")
    keep(sender, version, cells)
    return cells
