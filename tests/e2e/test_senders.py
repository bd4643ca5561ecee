#!/usr/bin/env python3
"""Real senders against the faults, each cell compared with senders.tsv.  A sender's whole row is one run of `doormat try`."""

import functools

import frame
from frame import HERE, TempDir, clean_environment, run_json
from senders import NODE_MODULES, detail_of, driven, variant, why_not


def read_table():
    """{sender: {fault: (verdict, detail)}}, "sender+variant" being one too."""
    table = {}
    with open(HERE + "/senders.tsv", encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#"):
                sender, fault, verdict, detail = line.rstrip("\n").split("\t")
                table.setdefault(sender, {})[fault] = (verdict, detail)
    return table


def choose_row(table, sender):
    overrides = table.get(f"{sender}+{variant(sender)}", {})
    return {**table[sender], **overrides}


def judge_row(tap, sender, row, document):
    seen = {result["fault"]: result for result in document["results"]}
    for fault, wanted in row.items():
        if fault not in seen:
            tap.ok(False, f"{sender} {fault}", "not in the results")
            continue
        result = seen[fault]
        cell = (result["verdict"], detail_of(result))
        tap.ok(cell == wanted, f"{sender} {fault}: {' '.join(wanted)}",
               f"saw {' '.join(cell)}; exit status {result['exit_status']}, reason {result['reason']}")


def test_row(table, sender, tap):
    row = choose_row(table, sender)
    why = why_not(sender)
    if why is not None:
        for fault in row:
            tap.skip(f"{sender} {fault}", why)
        return
    with TempDir() as home, driven(sender) as (options, command):
        document, _ = run_json("try", "--format", "json", "--faults", ",".join(row), *options, "--", *command,
                               env=clean_environment(home, NODE_PATH=NODE_MODULES))
    judge_row(tap, sender, row, document)


TABLE = read_table()
frame.main({sender: functools.partial(test_row, TABLE, sender) for sender in TABLE if "+" not in sender})
