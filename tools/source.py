"""source - what the lint scripts need to know of C and of the tree.  They are given the tree's root as first argument."""

import os
import re
import sys

COMMENT_OR_STRING = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


class Lint:
    """Collects complaints; leaves with status 1 if there were any."""

    def __init__(self):
        self.root = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), ".."))
        self.complaints = 0

    def complain(self, path, line, text):
        self.complaints += 1
        print(f"{path}:{line}: {text}" if line else f"{path}: {text}")

    def files(self, folders, endings):
        """Paths relative to the root, in order."""
        found = []
        for folder in folders:
            for where, _, names in os.walk(os.path.join(self.root, folder)):
                found += [os.path.relpath(os.path.join(where, n), self.root) for n in names if n.endswith(endings)]
        return sorted(p for p in found if "node_modules" not in p and "__pycache__" not in p)

    def read(self, path):
        with open(os.path.join(self.root, path), encoding="utf-8") as file:
            return file.read()

    def exists(self, path):
        return os.path.exists(os.path.join(self.root, path))

    def leave(self):
        sys.exit(1 if self.complaints else 0)


def blank(match, keep_strings):
    text = match.group(0)
    if keep_strings and text[0] in "\"'":
        return text
    return re.sub(r"[^\n]", " ", text)


def strip_comments(text, keep_strings=False):
    """The code with comments (and literals) blanked, every line where it was."""
    return COMMENT_OR_STRING.sub(lambda m: blank(m, keep_strings), text)


def strip_directives(code):
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group(0)), code, flags=re.MULTILINE)


def top_level(code):
    """Yields (line, text) of each declaration or definition at file scope of stripped code."""
    depth, start = 0, 0
    for i, char in enumerate(code):
        depth += (char == "{") - (char == "}")
        ends_function = char == "}" and depth == 0 and is_function(code[start : i + 1])
        if depth == 0 and (char == ";" or ends_function):
            text = code[start : i + 1]
            line = code.count("\n", 0, start + len(text) - len(text.lstrip())) + 1
            yield line, text.strip()
            start = i + 1


def is_function(text):
    head = text.split("{", 1)[0]
    return text.rstrip().endswith("}") and head.rstrip().endswith(")") and "=" not in head


def functions(text):
    """Yields (line, name, lines) of each function, from its first line to its closing brace."""
    for line, part in top_level(strip_directives(strip_comments(text))):
        if is_function(part):
            name = re.search(r"(\w+)\s*\(", part)
            yield line, name.group(1) if name else "?", part.count("\n") + 1
