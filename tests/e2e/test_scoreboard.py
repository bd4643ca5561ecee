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
from columns import COLUMNS, is_surprise, versions_here, word_of  # noqa: E402
from senders import why_not  # noqa: E402

PAGE = os.path.join(frame.ROOT, "doc/scoreboard.md")
REMEDY = "`make scoreboard` writes it, `tests/scoreboard/scoreboard.py --only-new` in less time"
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
        tap.equal(sorted(cells), sorted(names), f"{head}: the rows are the catalogue's; {REMEDY}")


def form(tap):
    catalogue, text = measure.read_catalogue(), read_page()
    versions, words = page.parse(text)
    if any(row["name"] not in cells for row in catalogue for cells in words.values()):
        tap.ok(False, "a cell for each row", REMEDY)
        return
    lines = surprises.read_lines()
    written = page.render(catalogue, versions, words, lines)
    tap.equal(text.splitlines(), written.splitlines(), f"as the generator writes it; {REMEDY}")
    tap.equal(surprises.complaints(catalogue, words, lines), [], "each surprise is explained, and nothing else")


def complaints(tap):
    """The check of the explanations can fail.  The words are made: all as expected, but for one cause."""
    catalogue = measure.read_catalogue()
    words = {column.head: {row["name"]: expected_word(column, row) for row in catalogue} for column in COLUMNS}
    words["curl"]["no-san"] = words["go"]["no-san"] = words["curl"]["expired"] = "FOOL"
    named = surprises.Line(1, ("no-san",), ("curl", "go"), "FOOL", "a reason")
    pattern = surprises.Line(2, ("layer:certificate",), ("checks",), "FOOL", "another")

    def said(*lines):
        return "\n".join(surprises.complaints(catalogue, words, lines))

    tap.equal(said(named, pattern), "", "a name and a pattern explain all")
    tap.equal(said(named), "expired at curl: FOOL is not explained in surprises.tsv", "a line less")
    tap.has(said(pattern, named), "surprises.tsv:1: what it explains is explained in an earlier line", "a line too many")
    tap.has(said(named, pattern, surprises.Line(3, ("sha1",), ("curl",), "FOOL", "")), "surprises.tsv:3: sha1: no FOOL",
            "a row that does not surprise")
    words["go"]["no-san"] = "ok"
    tap.has(said(named, pattern), "surprises.tsv:1: go: no FOOL that surprises", "a cell that changed")
    words["curl"]["control"] = "CRASH"
    tap.has(said(named, pattern), "control at curl: CRASH is not explained", "a crash surprises at a control too")


def expected_word(column, row):
    return next(word for word in ("ok", "FOOL") if not is_surprise(column, row, word))


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
