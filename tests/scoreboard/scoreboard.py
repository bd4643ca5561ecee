#!/usr/bin/env python3
"""scoreboard - runs the senders over the whole catalogue and writes doc/scoreboard.md.

usage: tests/scoreboard/scoreboard.py [--only-new] [--again FAULT[,FAULT...]] [--page-only] [--output FILE]
--only-new   measures only rows that build/scoreboard/ does not hold yet for the sender's version
--again      with --only-new: these faults are measured again
--page-only  measures nothing: everything must be in build/scoreboard/

Exits with 1 and names the cells when a surprise is not explained in surprises.tsv, or what is explained there is none any
more; the page is written all the same.
"""

import argparse
import os
import sys
import time

import measure
import page
import surprises
from columns import COLUMNS, versions_here, word_of

from frame import ROOT  # tests/e2e is on the path by now
from senders import why_not


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only-new", action="store_true")
    parser.add_argument("--again", default="")
    parser.add_argument("--page-only", action="store_true")
    parser.add_argument("--output", default=os.path.join(ROOT, "doc/scoreboard.md"))
    return parser.parse_args()


def measure_all(catalogue, versions, args):
    """{head: {fault: word}}"""
    again = set(args.again.split(","))
    words = {}
    for column in COLUMNS:
        started = time.monotonic()
        cells = measure.cells_of(column.sender, versions[column.program], catalogue,
                                 lambda row: not args.only_new or row["name"] in again)
        words[column.head] = {name: word_of(cell) for name, cell in cells.items()}
        print(f"{column.sender:<22} {len(cells)} rows {time.monotonic() - started:7.1f} s", flush=True)
    return words


def read_all(catalogue, versions):
    names = {row["name"] for row in catalogue}
    words = {}
    for column in COLUMNS:
        cells = measure.read_kept(column.sender, versions[column.program])
        if names - cells.keys():
            sys.exit(f"scoreboard: {column.sender}: not measured: {', '.join(sorted(names - cells.keys()))}")
        words[column.head] = {name: word_of(cells[name]) for name in names}
    return words


def main():
    args = parse_arguments()
    missing = [why for why in map(why_not, dict.fromkeys(column.sender for column in COLUMNS)) if why]
    if missing:
        sys.exit(f"scoreboard: {'; '.join(dict.fromkeys(missing))}")
    catalogue, versions, lines = measure.read_catalogue(), versions_here(), surprises.read_lines()
    words = read_all(catalogue, versions) if args.page_only else measure_all(catalogue, versions, args)
    with open(args.output, "w", encoding="utf-8") as file:
        file.write(page.render(catalogue, versions, words, lines))
    wrong = surprises.complaints(catalogue, words, lines)
    print("\n".join(wrong or [f"{os.path.relpath(args.output)} is written; every surprise is explained"]))
    return 1 if wrong else 0


sys.exit(main())
