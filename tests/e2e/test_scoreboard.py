#!/usr/bin/env python3
"""doc/scoreboard.md: its rows are the catalogue's, its form is what the generator writes, each surprise in it is explained;
and a sample of its cells, measured again, is the same."""

import functools
import os
import sys

import frame

sys.path.insert(0, os.path.join(frame.ROOT, "tests/scoreboard"))
import measure  # noqa: E402
import page  # noqa: E402
import surprises  # noqa: E402
from columns import COLUMNS, versions_here, word_of  # noqa: E402
from senders import why_not  # noqa: E402

PAGE = os.path.join(frame.ROOT, "doc/scoreboard.md")
MEND = "`make scoreboard` mends it, `tests/scoreboard/scoreboard.py --only-new` in less time"
SAMPLE_COLUMNS = ("curl", "msmtp", "sw-v")
SAMPLE_FAULTS = ("control", "expired", "wrong-host", "no-san", "untrusted-root", "rsa1024", "sha1", "tls10", "static-rsa",
                 "starttls-454", "inject-ok", "rcpt-251", "smuggle-lf-dot-lf")


def read_page():
    with open(PAGE, encoding="utf-8") as file:
        return file.read()


def rows(tap):
    catalogue = measure.read_catalogue()
    _, words = page.parse(read_page())
    names = [row["name"] for row in catalogue]
    for head, cells in words.items():
        tap.equal(list(cells), names, f"{head}: the rows are the catalogue's; {MEND}")


def form(tap):
    catalogue, text = measure.read_catalogue(), read_page()
    versions, words = page.parse(text)
    if any(row["name"] not in cells for row in catalogue for cells in words.values()):
        tap.ok(False, "a cell for each row", MEND)
        return
    lines = surprises.read_lines()
    written = page.render(catalogue, versions, words, lines)
    tap.equal(text.splitlines(), written.splitlines(), f"as the generator writes it; {MEND}")
    tap.equal(surprises.complaints(catalogue, words, lines), [], "each surprise is explained, and nothing else")


def complaints(tap):
    """The check of the explanations can fail."""
    catalogue = measure.read_catalogue()
    _, words = page.parse(read_page())
    lines = surprises.read_lines()
    tap.has("\n".join(surprises.complaints(catalogue, words, lines[1:])), "is not explained", "a line less")
    tap.has("\n".join(surprises.complaints(catalogue, words, lines + lines[:1])), "is explained in line", "a line twice")
    words["curl"]["no-san"] = "ok"
    tap.has("\n".join(surprises.complaints(catalogue, words, lines)), "no-san at curl is no FOOL", "a cell that changed")
    words["curl"]["expired"] = "FOOL"
    tap.has("\n".join(surprises.complaints(catalogue, words, lines)), "expired at curl: FOOL", "a new surprise")


def sample(column, tap):
    versions, words = page.parse(read_page())
    here, why = versions_here()[column.program], why_not(column.sender)
    if why is None and here != versions[column.program]:
        why = f"the page is about {versions[column.program]}, here is {here}"
    if why is not None:
        for fault in SAMPLE_FAULTS:
            tap.skip(f"{column.head} {fault}", why)
        return
    cells = measure.measure(column.sender, [row for row in measure.read_catalogue() if row["name"] in SAMPLE_FAULTS])
    for fault in SAMPLE_FAULTS:
        tap.equal(word_of(cells[fault]), words[column.head][fault], f"{column.head} {fault}")


frame.main({"rows": rows, "form": form, "complaints": complaints,
            **{f"sample-{column.head}": functools.partial(sample, column)
               for column in COLUMNS if column.head in SAMPLE_COLUMNS}})
