"""surprises - cells that are not what the sender's kind leads one to expect, and why: surprises.tsv says it, a line for each
cause.  No such cell may be without a line, and no line may name a row or a sender that has no such cell.

A line names rows (a name with * and ?, or layer:NAME, or family:NAME), senders (columns, or groups of them) and the word in
their cells; it explains each surprise among these that no earlier line explains."""

import csv
import os
from dataclasses import dataclass
from fnmatch import fnmatchcase

from columns import COLUMNS, HEADS, KINDS, is_surprise

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "surprises.tsv")


def heads_where(test):
    return [column.head for column in COLUMNS if test(column)]


def checks(column):
    return KINDS[column.kind][0]


GROUPS = {
    "all": HEADS,
    "checks": heads_where(checks),
    "unchecked": heads_where(lambda column: not checks(column)),
    "plaintext": heads_where(lambda column: KINDS[column.kind][1]),
    "postfix": heads_where(lambda column: column.program == "Postfix"),
    "level1": ["node", "opt", "veri", "secu"],
    **{library: heads_where(lambda column, library=library: column.library == library and checks(column))
       for library in dict.fromkeys(column.library for column in COLUMNS)},
}
GROUPS_SAID = {"checks": "all that check", "unchecked": "all that check nothing",
               "plaintext": "all that do without TLS", "postfix": "Postfix", "level1": "node, opt, veri, secu",
               "openssl": "all that check with OpenSSL", "gnutls": "all that check with GnuTLS",
               "go": "all that check with Go's TLS", "jsse": "all that check with Java's TLS",
               "mbedtls": "mbedTLS", "wolfssl": "wolfSSL"}


def matches(pattern, row):
    """Whether a pattern means this row of the catalogue."""
    for field in ("layer", "family"):
        if pattern.startswith(field + ":"):
            return fnmatchcase(row.get(field) or "", pattern[len(field) + 1:])
    return fnmatchcase(row["name"], pattern)


@dataclass(frozen=True)
class Line:
    number: int
    rows: tuple
    senders: tuple
    word: str
    why: str

    def heads(self):
        return {head for name in self.senders for head in GROUPS.get(name, [name])}

    def names(self, catalogue):
        return {row["name"] for row in catalogue if any(matches(pattern, row) for pattern in self.rows)}

    def said_rows(self):
        return ", ".join("all of " + said.partition(":")[2] if ":" in said else f"`{said}`" for said in self.rows)

    def said_senders(self):
        return ", ".join(GROUPS_SAID.get(name, name) for name in self.senders)

    def place(self, catalogue):
        """Where in the catalogue its first row stands."""
        return next((i for i, row in enumerate(catalogue) if matches(self.rows[0], row)), -1)


def read_lines(path=PATH):
    with open(path, encoding="utf-8") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Line(number, tuple(row[0].split(",")), tuple(row[1].split(",")), *row[2:]) for number, row in enumerate(rows, 1)
                if not row[0].startswith("#")]


def find_surprises(catalogue, words):
    """{(row's name, head, word)}; words: {head: {row's name: word}}"""
    return {(row["name"], column.head, words[column.head][row["name"]]) for row in catalogue for column in COLUMNS
            if is_surprise(column, row, words[column.head][row["name"]])}


def idle_parts(line, rows, cells):
    """The patterns and the senders of a line that match none of these cells."""
    names, heads = {name for name, _ in cells}, {head for _, head in cells}
    idle = [pattern for pattern in line.rows if not any(matches(pattern, row) for row in rows if row["name"] in names)]
    return idle + [name for name in line.senders if not heads & set(GROUPS.get(name, [name]))]


def complaints(catalogue, words, lines):
    """What is wrong with the lines, a text each."""
    surprising = find_surprises(catalogue, words)
    left, found = set(surprising), []
    for line in lines:
        names, heads = line.names(catalogue), line.heads()
        meant = [cell for cell in surprising
                 if cell[2] == line.word and cell[0] in names and cell[1] in heads]
        here = f"surprises.tsv:{line.number}: "
        found += [f"{here}{part}: no {line.word} that surprises"
                  for part in idle_parts(line, catalogue, [(name, head) for name, head, _ in meant])]
        if meant and not set(meant) & left:
            found.append(f"{here}what it explains is explained in an earlier line already")
        left -= set(meant)
    return found + [f"{name} at {head}: {word} is not explained in surprises.tsv" for name, head, word in sorted(left)]
