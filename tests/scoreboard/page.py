"""page - the scoreboard as text: written from words, and read back into them."""

import re
import textwrap

from columns import (AWAY, COLUMNS, CRASHED, FOOLED, HEADS, KINDS_SAID, LEAKED, NOT_OFFERED, NOT_SHOWN, OK, PROGRAMS, SAFE,
                     TABLES, UNCLEAR)

WIDTH = 120
# Behind the name of a row, by what is expected of a sender there.
MARKS = {"refuse": "", "deliver": " +", "either": " ~"}
INTRO = """\
# The scoreboard

What real senders did at each of Doormat's {faults} faults and {legal} controls and unusual servers. `make scoreboard` makes
this page; `doormat faults NAME` explains a row, and how to fix it. The page says what these versions did with the settings
below. It does not say which program is better. Most differences are a setting, and most others are the TLS library.
"""
LEGEND = {
    OK: "as it should be: refused a fault, or delivered unharmed",
    NOT_OFFERED: "did not deliver, since it does not offer this: safe, but no proof of checking",
    NOT_SHOWN: "the fault could not show to this sender: counts neither for nor against it",
    FOOLED: "fooled: gave away data inside TLS, or was manipulated there",
    LEAKED: "leaked: gave it away in plaintext",
    AWAY: "turned away: did not deliver to a server that is sound",
    CRASHED: "a signal ended the sender",
    UNCLEAR: "nothing can be said",
}
NOTES = """\
`+` after a name: nothing is wrong, the server is only unusual, and a sound sender delivers. `~`: the server breaks a rule,
and a sound sender may refuse or deliver.

Each row was tried once, with an empty queue. So this page does not show senders that come back in plaintext later. Postfix
at level `may` does so after a failed handshake, once the message is older than `minimal_backoff_time` (300 s).
"""
TOTALS_SAID = """\
The first four columns count faults, the next four unusual servers, the last three both; n/o: not offered. The next table
counts, by layer, the rows in which a sender did as it should, or had nothing to do:
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
    return table(["column", "sender", "settings", "what it does, so"], told) + "\n" + table(
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
            *((at_faults + at_legal).count(word) for word in (NOT_SHOWN, CRASHED, UNCLEAR)))])
    return table(["column", "noticed", "n/o", "fooled", "leaked", "delivered", "n/o", "turned away", "led astray", "not shown",
                  "crashed", "unclear"], rows, right=range(1, 12))


def layers_of(catalogue):
    return list(dict.fromkeys(row["layer"] for row in catalogue))


def layers_table(catalogue, words):
    layers = layers_of(catalogue)
    names = {layer: [row["name"] for row in catalogue if row["layer"] == layer] for layer in layers}
    good = [[head, *(str(sum(words[head][name] in SAFE for name in names[layer])) for layer in layers)] for head in HEADS]
    return table(["column", *layers], [["of", *(str(len(names[layer])) for layer in layers)], *good],
                 right=range(1, len(layers) + 1))


def title(layer, kind):
    return f"{layer}: {kind}"


def layer_table(layer, kind, catalogue, words):
    heads = [column.head for column in TABLES[kind]]
    rows = [[row["name"] + MARKS[row["expect"]], *(words[head][row["name"]] for head in heads)]
            for row in catalogue if row["layer"] == layer]
    return table([title(layer, kind), *heads], rows)


def surprise(line):
    text = f"{line.said_rows()}: **{line.word}** at {line.said_senders()}. {line.why}"
    return textwrap.fill(text, WIDTH, initial_indent="* ", subsequent_indent="  ", break_long_words=False,
                         break_on_hyphens=False)


def surprises_list(catalogue, lines):
    return "\n".join(surprise(line) for line in sorted(lines, key=lambda line: line.place(catalogue))) + "\n"


def render(catalogue, versions, words, lines):
    legal = sum(row["expect"] != "refuse" for row in catalogue)
    parts = [INTRO.format(faults=len(catalogue) - legal, legal=legal),
             "## The senders\n", senders_table(versions),
             "## In short\n", totals_table(catalogue, words),
             TOTALS_SAID,
             layers_table(catalogue, words),
             "## Row by row\n", table(["", ""], [[f"`{word}`", said] for word, said in LEGEND.items()]), NOTES]
    for layer in layers_of(catalogue):
        parts += [f"### {layer}\n", *(layer_table(layer, kind, catalogue, words) for kind in TABLES)]
    parts += ["## Surprises\n",
              "Every cell that differs from what one expects of this kind of sender, with its reason.\n",
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
        for kind, columns in TABLES.items():
            for name, *cells in rows_of_table(text, title(layer, kind)):
                for column, word in zip(columns, cells):
                    words[column.head][name.rstrip(" +~")] = word
    return versions, words
