"""surprises - cells that are not what the sender's kind leads one to expect, and why: surprises.tsv says it, a line for each
cause.  No such cell may be without a line, no line without such cells."""

import csv
import os
from dataclasses import dataclass

from columns import COLUMNS, HEADS, KINDS, is_surprise

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "surprises.tsv")
GROUPS = {
    "all": HEADS,
    "checks": [column.head for column in COLUMNS if KINDS[column.kind][0]],
    "openssl": [column.head for column in COLUMNS if KINDS[column.kind][0] and column.program != "msmtp"],
    "postfix": [column.head for column in COLUMNS if column.program == "Postfix"],
    "level1": ["node", "opt", "veri", "secu"],
}
GROUPS_SAID = {"checks": "all that check", "openssl": "all that check but msmtp", "postfix": "Postfix",
               "level1": "node, opt, veri, secu"}


@dataclass(frozen=True)
class Line:
    number: int
    faults: tuple
    senders: str  # as written
    word: str
    why: str

    def heads(self):
        return [head for name in self.senders.split(",") for head in GROUPS.get(name, [name])]

    def said(self):
        return ", ".join(GROUPS_SAID.get(name, name) for name in self.senders.split(","))

    def cells(self):
        return [(fault, head, self.word) for fault in self.faults for head in self.heads()]


def read_lines(path=PATH):
    with open(path, encoding="utf-8") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Line(number, tuple(row[0].split(",")), *row[1:]) for number, row in enumerate(rows, 1)
                if not row[0].startswith("#")]


def find_surprises(catalogue, words):
    """[(fault, head, word)]; words: {head: {fault: word}}"""
    return [(row["name"], column.head, words[column.head][row["name"]]) for row in catalogue for column in COLUMNS
            if is_surprise(column, row, words[column.head][row["name"]])]


def complaints(catalogue, words, lines):
    """What is wrong with the lines, a text each."""
    seen, said, found = set(find_surprises(catalogue, words)), {}, []
    for line in lines:
        for cell in line.cells():
            if cell not in seen:
                found.append(f"surprises.tsv:{line.number}: {cell[0]} at {cell[1]} is no {cell[2]} that surprises")
            if cell in said:
                found.append(f"surprises.tsv:{line.number}: {cell[0]} at {cell[1]} is explained in line {said[cell]} already")
            said[cell] = line.number
    found += [f"{fault} at {head}: {word} is not explained in surprises.tsv"
              for fault, head, word in find_surprises(catalogue, words) if (fault, head, word) not in said]
    return found
