"""page - the scoreboard as text: written from words, and read back into them."""

import re
import textwrap

from columns import AWAY, COLUMNS, FOOLED, HEADS, KINDS_SAID, LEAKED, NOT_OFFERED, OK, PROGRAMS, UNCLEAR

WIDTH = 120
# Behind the name of a row, by what is expected of a sender there.
MARKS = {"refuse": "", "deliver": " +", "either": " ~"}
INTRO = """\
# The scoreboard

What real senders did at each of Doormat's {faults} faults and {legal} controls and oddities. Made by `make scoreboard`;
`doormat faults NAME` explains a row, and how it is mended. It says what these versions did, told the little that stands
here: not which program is better. Most of it is a setting, and most of the rest is the TLS library.
"""
LEGEND = {
    OK: "as it should be: refused what is faulty, or delivered unharmed",
    NOT_OFFERED: "did not deliver, since it offers nothing of the kind: safe, but no proof of looking",
    FOOLED: "fooled: gave away what it should not, or was led astray, inside TLS",
    LEAKED: "leaked: gave it away in plaintext",
    AWAY: "turned away: did not deliver to a server that is sound",
    UNCLEAR: "nothing can be said",
}
NOTES = """\
`+` behind a name: nothing is wrong, the server is unusual at most, and a sound sender delivers. `~`: the server breaks a
rule that a sender may bear, so that it refuses or delivers.

Each row was tried once, with a queue that was empty before: a sender that comes back in plaintext later is not seen here.
Postfix at level `may` does after a failed handshake, once the message is older than `minimal_backoff_time` (300 s).
"""
TOTALS_SAID = """\
The first four count faults, the next four what is only odd; n/o: not offered. Rows in which a sender did as it should, or
had nothing to do, by layer:
"""


def table(head, rows, right=()):
    """Markdown, aligned; right: columns with numbers."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]

    def line(cells):
        return "| " + " | ".join(cell.rjust(width) if i in right else cell.ljust(width)
                                 for i, (cell, width) in enumerate(zip(cells, widths))) + " |"

    rule = "|" + "|".join("-" * (width + 1) + (":" if i in right else "-") for i, width in enumerate(widths)) + "|"
    return "\n".join([line(head), rule, *map(line, rows)]) + "\n"


def senders_table(versions):
    told = [[column.head, column.program, f"`{column.told}`", KINDS_SAID[column.kind]] for column in COLUMNS]
    return table(["column", "sender", "told", "what it does, so"], told) + "\n" + table(
        ["sender", "version"], [[program, versions[program]] for program in PROGRAMS])


def totals_table(catalogue, words):
    faults = [row["name"] for row in catalogue if row["expect"] == "refuse"]
    legal = [row["name"] for row in catalogue if row["expect"] != "refuse"]
    rows = []
    for head in HEADS:
        at_faults = [words[head][name] for name in faults]
        at_legal = [words[head][name] for name in legal]
        rows.append([head] + [str(n) for n in (
            at_faults.count(OK), at_faults.count(NOT_OFFERED), at_faults.count(FOOLED), at_faults.count(LEAKED),
            at_legal.count(OK), at_legal.count(NOT_OFFERED), at_legal.count(AWAY),
            at_legal.count(FOOLED) + at_legal.count(LEAKED),
            (at_faults + at_legal).count(UNCLEAR))])
    return table(["column", "noticed", "n/o", "fooled", "leaked", "delivered", "n/o", "turned away", "led astray", "unclear"],
                 rows, right=range(1, 10))


def layers_of(catalogue):
    return list(dict.fromkeys(row["layer"] for row in catalogue))


def layers_table(catalogue, words):
    rows = []
    for layer in layers_of(catalogue):
        names = [row["name"] for row in catalogue if row["layer"] == layer]
        good = [sum(words[head][name] in (OK, NOT_OFFERED) for name in names) for head in HEADS]
        rows.append([layer, str(len(names)), *map(str, good)])
    return table(["layer", "rows", *HEADS], rows, right=range(1, len(HEADS) + 2))


def layer_table(layer, catalogue, words):
    rows = [[row["name"] + MARKS[row["expect"]], *(words[head][row["name"]] for head in HEADS)]
            for row in catalogue if row["layer"] == layer]
    return table([layer, *HEADS], rows)


def surprise(line):
    faults = ", ".join(f"`{fault}`" for fault in line.faults)
    text = f"{faults}: **{line.word}** at {line.said()}. {line.why}"
    return textwrap.fill(text, WIDTH, initial_indent="* ", subsequent_indent="  ", break_long_words=False,
                         break_on_hyphens=False)


def surprises_list(catalogue, lines):
    order = {row["name"]: i for i, row in enumerate(catalogue)}
    return "\n".join(surprise(line) for line in sorted(lines, key=lambda line: order.get(line.faults[0], -1))) + "\n"


def render(catalogue, versions, words, lines):
    legal = sum(row["expect"] != "refuse" for row in catalogue)
    parts = [INTRO.format(faults=len(catalogue) - legal, legal=legal),
             "## Who\n", senders_table(versions),
             "## In short\n", totals_table(catalogue, words),
             TOTALS_SAID,
             layers_table(catalogue, words),
             "## Row by row\n", table(["", ""], [[f"`{word}`", said] for word, said in LEGEND.items()]), NOTES]
    for layer in layers_of(catalogue):
        parts += [f"### {layer}\n", layer_table(layer, catalogue, words)]
    parts += ["## Surprises\n",
              "Every cell that is not what the sender's kind leads one to expect: looked into, and explained.\n",
              surprises_list(catalogue, lines)]
    return "\n".join(parts)


def rows_of_table(text, first):
    """The rows of the table whose head begins with this cell, as lists of cells."""
    found = re.search(rf"^\| {re.escape(first)} *\|.*\n\|[-:|]+\|\n((?:\|.*\n)*)", text, re.MULTILINE)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found.group(1).splitlines()] if found else []


def parse(text):
    """(versions, words) of a page; render() of them is the page again."""
    versions = dict(rows_of_table(text, "sender"))
    words = {head: {} for head in HEADS}
    for layer in re.findall(r"^### (.*)$", text, re.MULTILINE):
        for name, *cells in rows_of_table(text, layer):
            for head, word in zip(HEADS, cells):
                words[head][name.rstrip(" +~")] = word
    return versions, words
