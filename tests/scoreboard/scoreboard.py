#!/usr/bin/env python3
"""scoreboard - runs the senders over the whole catalogue and writes doc/scoreboard.md.

usage: tests/scoreboard/scoreboard.py [--only-new] [--again FAULT[,FAULT...]] [--columns COLUMN[,COLUMN...]] [--jobs N]
                                      [--page-only] [--output FILE]
--only-new   measures only rows that build/scoreboard/ does not hold yet for the sender's version
--again      with --only-new: these faults are measured again
--columns    measures these columns alone; the others must be in build/scoreboard/, else no page is written
--jobs       how many columns are measured at a time (default: one a core)
--page-only  measures nothing: everything must be in build/scoreboard/

Exits with 1 and names the cells when a surprise is not explained in surprises.tsv, or what is explained there is none any
more; the page is written all the same.
"""

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import measure
import page
import surprises
from columns import COLUMNS, HEADS, versions_here, word_of

from frame import ROOT  # tests/e2e is on the path by now
from senders import why_not


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only-new", action="store_true")
    parser.add_argument("--again", default="")
    parser.add_argument("--columns", default=",".join(HEADS))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--page-only", action="store_true")
    parser.add_argument("--output", default=os.path.join(ROOT, "doc/scoreboard.md"))
    args = parser.parse_args()
    unknown = set(args.columns.split(",")) - set(HEADS)
    if unknown:
        parser.error(f"no such column: {', '.join(sorted(unknown))}")
    return args


def measure_columns(columns, catalogue, versions, args):
    """Into build/scoreboard/, with a line on standard output for each."""
    again = set(args.again.split(","))

    def measure_column(column):
        started = time.monotonic()
        cells = measure.cells_of(column.sender, versions[column.program], catalogue,
                                 lambda row: not args.only_new or row["name"] in again)
        print(f"{column.head:<8} {len(cells)} rows {time.monotonic() - started:7.1f} s", flush=True)

    with ThreadPoolExecutor(args.jobs) as pool:
        for done in [pool.submit(measure_column, column) for column in columns]:
            done.result()


def read_all(catalogue, versions):
    """{head: {fault: word}}"""
    names = {row["name"] for row in catalogue}
    words, lacking = {}, []
    for column in COLUMNS:
        cells = measure.read_kept(column.sender, versions[column.program])
        missing = sorted(names - cells.keys())
        if missing:
            lacking.append(f"{column.head}: {', '.join(missing[:3])}{' ...' if len(missing) > 3 else ''}")
        words[column.head] = {name: word_of(cells[name]) for name in names & cells.keys()}
    if lacking:
        sys.exit("scoreboard: no page, since these are not measured:\n" + "\n".join(lacking))
    return words


def main():
    args = parse_arguments()
    chosen = [] if args.page_only else [column for column in COLUMNS if column.head in args.columns.split(",")]
    missing = [why for why in (why_not(column.sender) for column in chosen) if why]
    if missing:
        sys.exit(f"scoreboard: {'; '.join(dict.fromkeys(missing))}")
    catalogue, versions, lines = measure.read_catalogue(), versions_here(), surprises.read_lines()
    measure_columns(chosen, catalogue, versions, args)
    words = read_all(catalogue, versions)
    with open(args.output, "w", encoding="utf-8") as file:
        file.write(page.render(catalogue, versions, words, lines))
    wrong = surprises.complaints(catalogue, words, lines)
    print("\n".join(wrong or [f"{os.path.relpath(args.output)} is written; every surprise is explained"]))
    return 1 if wrong else 0


sys.exit(main())
