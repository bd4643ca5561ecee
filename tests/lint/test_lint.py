#!/usr/bin/env python3
"""Proves that each lint rule can fail: every case is a tiny tree with one thing wrong, and the words of the complaint.

Each case is run on the sound tree first, which must pass.  Prints TAP.
"""

import os
import subprocess
import sys
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")

SOUND = {
    "HACKING.md": "    base < net < tls < smtp < fault < cmd\n",
    "ARCHITECTURE.md": "### `src/base/`\n\n| file | what |\n|---|---|\n| `err` | errors |\n\n"
                       "### `src/tls/`\n\n| file | what |\n|---|---|\n| `mint` | certificates |\n\n"
                       "### `src/smtp/`\n\n| file | what |\n|---|---|\n| `line` | lines |\n\n"
                       "### `src/fault/`\n\n| file | what |\n|---|---|\n| `catalogue` | rows |\n",
    "Makefile": "all check: x\n",
    ".clang-format": "BasedOnStyle: LLVM\nIndentWidth: 4\n",
    "src/base/err.h": "/* err - errors. */\n#ifndef DOORMAT_BASE_ERR_H\n#define DOORMAT_BASE_ERR_H\nint err_set(void);\n#endif\n",
    "src/base/err.c": '#include "base/err.h"\n\nint err_set(void) { return -1; }\n',
    "src/tls/mint.c": '#include "base/err.h"\n#include <openssl/x509.h>\n\nstatic const int sizes[] = {1, 2};\n',
    "src/smtp/line.c": "static int (*const parse)(int) = 0;\n",
    "src/fault/catalogue.c": 'const struct row rows = {.name = "expired"};\n',
    "tools/ok": '#!/bin/sh\necho "$1"\n',
    "tests/coverage/peers.tsv": "# comment\npeer\tcase\texpected\tmapping\tnote\nthem\told\treject\trow expired\t\n"
                                "them\tboth\treject\trecipe expired+wrong-host\t\nthem\tdns\t?\tneeds-dns\tRecords decide.\n",
    "build/doormat": '#!/bin/sh\n# knows three faults, of which one is legal, one recipe, one rule and one command\n'
                     'case $* in\n--help) echo "  try  run a sender"; exit ;;\n"try --help") echo "usage: doormat try"; exit ;;\n'
                     '"check --explain list") echo "rule  Title"; exit ;;\n'
                     '"check --explain rule") echo "rule - Title"; cat "${0%/build/*}/why" 2>/dev/null; exit 0 ;;\nesac\n'
                     'case $2 in\n--json) echo \'[{"name": "expired", "expect": "refuse"}, {"name": "wrong-host", "expect": "refuse"},'
                     ' {"name": "odd", "expect": "deliver"}]\' ;;\nexpired+wrong-host) ;;\n*) exit 2 ;;\nesac\n',
    "doc/x.1": ".Dd November 23, 2026\n.Dt X 1\n.Os\n.Sh NAME\n.Nm x\n.Nd test\n",
}

PROGRAM = "build/doormat"  # for the rules that ask it
ASKING = {"english", "options", "peers"}


# One option with everything, and one without; what is said of them in the man page and in the completion.
KNOWS = SOUND["build/doormat"].replace("case $* in\n", "case $* in\n'try --option-table') printf 'level\\tl\\tNAME\\tlow\\tlow high\\n"
                                       "fast\\t\\t\\t\\t\\nhelp\\th\\t\\t\\t\\n'; exit ;;\n", 1)
MAN = (".Dd November 23, 2026\n.Dt D 1\n.Os\n.Sh NAME\n.Nm d\n.Nd test\n.Sh USE\n.Ss doormat try\n.Bl -tag -width Ds\n"
       ".It Fl l , Fl -level Ar name\nThe default is\n.Ql low ;\nelse\n.Ql high .\n.It Fl -fast\nFast.\n.El\n.Sh POLICIES\n")
BASH = "x=(\n    [try]='-l,--level=NAME --fast -h,--help'\n)\ny=(\n    ['try --level']='low high'\n)\n"


def told(man=("", ""), bash=("", "")):
    """The tables agree but for what is put in for something else."""
    return {"build/doormat": KNOWS, "doc/doormat.1": MAN.replace(*man), "doc/doormat.bash": BASH.replace(*bash)}


def mapped(line):
    """SOUND's table with another case."""
    return {"tests/coverage/peers.tsv": SOUND["tests/coverage/peers.tsv"] + line + "\n"}


SPEAKS = SOUND["build/doormat"].replace('"expect": "deliver"', '"expect": "deliver", "fix": "FIX"')
WORDY = "The sender " + "very " * 22 + "rarely delivers."
LISTS = "The server knows `code`, " * 7 + "and SHA-1, 1, 2, 3, tls_ciphers = A:B, and TLS 1.3. It ends; it is short."
LONG = "int f(void) {\n" + "    g();\n" * 110 + "}\n"
MIDDLING = "".join(f"int f{i}(void) {{\n" + "    g();\n" * 20 + "}\n" for i in range(9))

# rule, what is wrong, {path: text}, words of the complaint
CASES = [
    ("layers", "upward include", {"src/base/up.c": '#include "smtp/line.h"\n'}, "lies above it"),
    ("layers", "unknown layer", {"src/attic/x.c": "int x;\n"}, "not in the order"),
    ("layers", "include without a layer", {"src/base/x.c": '#include "err.h"\n'}, 'write it as "layer/file.h"'),
    ("layers", "missing header", {"src/base/x.c": '#include "base/none.h"\n'}, "no such file"),
    ("layers", "OpenSSL outside tls", {"src/smtp/x.c": "#include <openssl/ssl.h>\n"}, "OpenSSL only in src/crypto, src/mint, src/x509, src/tls"),
    ("layers", "sockets outside net", {"src/smtp/x.c": "#include <sys/socket.h>\n"}, "sockets only in src/net"),
    ("layers", "libevent outside net", {"src/tls/x.c": "# include <event2/event.h>\n"}, "sockets only in src/net"),
    ("layers", "libidn2 outside net", {"src/smtp/x.c": "#include <idn2.h>\n"}, "libidn2 only in src/net"),
    ("layers", "libldns outside dns", {"src/tls/x.c": "#include <ldns/ldns.h>\n"}, "libldns only in src/dns"),
    ("layers", "libmnl outside room", {"src/tls/x.c": "#include <libmnl/libmnl.h>\n"}, "rtnetlink only in src/room"),
    ("layers", "SQL outside ledger", {"src/fault/x.c": "#include <sqlite3.h>\n"}, "SQL only in src/ledger"),
    ("layers", "curl outside route", {"src/fault/x.c": "#include <curl/curl.h>\n"}, "only in src/route"),
    ("layers", "smtp includes tls", {"src/smtp/x.c": '#include "tls/mint.h"\n'}, "smtp includes nothing of tls"),
    ("layers", "order missing", {"HACKING.md": "nothing\n"}, "order of the layers"),
    ("sizes", "long function", {"src/base/x.c": LONG}, "f has 112 lines"),
    ("sizes", "high median", {"src/base/x.c": MIDDLING}, "50% of the functions"),
    ("sizes", "high 90 %", {"src/base/x.c": "".join(f"int f{i}(void) {{\n" + "    g();\n" * (60 if i > 3 else 1) + "}\n" for i in range(6))},
     "90% of the functions"),
    ("sizes", "long file", {"src/base/x.c": "int f(void);\n" * 501}, "501 lines, at most 500"),
    ("sizes", "long Python", {"tests/e2e/x.py": "def f():\n" + "    g()\n" * 101}, "f has 102 lines"),
    ("headers", "no opening comment", {"src/base/x.h": "#ifndef DOORMAT_BASE_X_H\n#define DOORMAT_BASE_X_H\n#endif\n"}, "what the header is for"),
    ("headers", "another's guard", {"src/base/x.h": "/* x - y. */\n#ifndef X_H\n#define X_H\n#endif\n"}, "DOORMAT_BASE_X_H"),
    ("globals", "counter", {"src/base/x.c": "static int count;\n"}, "can change: static int count"),
    ("globals", "initialised struct", {"src/base/x.c": "struct s cache = {1, {2}};\n"}, "can change"),
    ("globals", "pointer to const", {"src/base/x.c": "static const char *name;\n"}, "can change"),
    ("globals", "function pointer", {"src/base/x.c": "static int (*hook)(int);\n"}, "can change"),
    ("globals", "local static", {"src/base/x.c": "int f(void) {\n    static int n;\n    return n++;\n}\n"}, "static variable"),
    ("knobs", "asks which fault", {"src/tls/x.c": "int f(int k) {\n    return k == FAULT_EXPIRED;\n}\n"}, "FAULT_EXPIRED: a mechanism"),
    ("knobs", "compares a name", {"src/tls/x.c": 'int f(char *k) {\n    return strcmp(k, "expired");\n}\n'}, "is a fault's name"),
    ("format", "indented by two", {"src/base/x.c": "int f(void) {\n  return 1;\n}\n"}, "clang-formatted"),
    ("shell", "unquoted", {"tools/bad": "#!/bin/sh\nrm -rf $1/x\n"}, "SC2086"),
    ("man", "no such macro", {"doc/x.1": ".Dd November 23, 2026\n.Dt X 1\n.Os\n.Sh NAME\n.Nm x\n.Nd test\n.Zz\n"}, "unknown macro"),
    ("docs", "file not on the tour", {"src/base/x.c": "int f(void);\n"}, "src/base/x.c is not on the tour"),
    ("docs", "folder not on the tour", {"src/net/x.c": "int f(void);\n"}, "no section about src/net/"),
    ("docs", "tour of what is gone", {"ARCHITECTURE.md": SOUND["ARCHITECTURE.md"].replace("`err`", "`err`, `gone`")}, "no src/base/gone.c"),
    ("docs", "dead path", {"README.md": "See `doc/gone.md`.\n"}, "there is no doc/gone.md"),
    ("peers", "case twice", mapped("them\told\treject\trow odd\tWhy."), "stands there twice"),
    ("peers", "not mapped", mapped("them\tx\treject\t\t"), "is no reason"),
    ("peers", "a field too few", mapped("them\tx\treject\trow expired"), "has 4 fields"),
    ("peers", "other columns", {"tests/coverage/peers.tsv": "peer\tcase\n"}, "the columns are not"),
    ("peers", "word beyond the vocabulary", mapped("them\tx\treject\ttoo-hard\tWhy."), "'too-hard' is no reason"),
    ("peers", "reason without a note", mapped("them\tx\treject\tno-row\t"), "no-row wants a note"),
    ("peers", "note that is no sentence", mapped("them\tx\treject\tno-row\twhy"), "no sentence"),
    ("peers", "row of two", mapped("them\tx\treject\trow expired+odd\t"), "neither 'row NAME' nor"),
    ("peers", "recipe of one", mapped("them\tx\treject\trecipe expired\t"), "neither 'row NAME' nor"),
    ("peers", "row that is not there", mapped("them\tx\treject\trow gone\t"), "there is no fault 'gone'"),
    ("peers", "recipe that cannot be served", mapped("them\tx\treject\trecipe expired+odd\t"), "expired+odd cannot be served"),
    ("peers", "they refuse what we deliver", mapped("them\tx\treject\trow odd\t"), "expects something else than odd"),
    ("peers", "they accept what we refuse", mapped("them\tx\taccept\trow expired\t"), "expects something else than expired"),
    ("english", "long sentence", {"README.md": WORDY + "\n"}, "26 words, at most 25"),
    ("english", "long sentence over lines", {"README.md": WORDY.replace(" rarely", "\nrarely") + "\n"}, "README.md:1: 26 words"),
    ("english", "long sentence in a cell", {"README.md": "| a | " + WORDY + " |\n"}, "26 words"),
    ("english", "long sentence in a list", {"doc/x.md": "* Yes.\n* " + WORDY + "\n"}, "doc/x.md:2: 26 words"),
    ("english", "long sentence in a man page", {"doc/x.1": SOUND["doc/x.1"] + WORDY + "\n"}, "doc/x.1:5: 26 words"),
    ("english", "no subject", {"README.md": "Who refuses is right.\n"}, "begins with 'Who'"),
    ("english", "no subject behind a stop", {"README.md": "It refuses. What is left is sent.\n"}, "begins with 'What'"),
    ("english", "verb in front", {"README.md": "One may. So does another.\n"}, "begins with 'So does'"),
    ("english", "settings and numbers are no words", {"README.md": LISTS + "\n"}, None),
    ("english", "a question may begin so", {"README.md": "Who refuses?\n"}, None),
    ("english", "code is not read", {"README.md": "```\nmend\n```\n\n    mend\n"}, None),
    ("english", "rare word", {"README.md": "Nobody can mend it.\n"}, "'mend', write fix"),
    ("english", "rare word in a page of doc", {"doc/x.md": "It is to be had here.\n"}, "'is to be had'"),
    ("english", "rare word in a text of src", {"src/base/x.c": 'const char *const x = "it is reckoned";\n'}, "src/base/x.c:1: 'reckoned'"),
    ("english", "rare word in a comment", {"src/base/x.c": '/* It is "reckoned". */\nint x(void);\n'}, None),
    ("english", "rare word of a fault", {"build/doormat": SPEAKS.replace("FIX", "It mends itself.")}, "fault odd, fix: 'mends'"),
    ("english", "rare word of a rule", {"why": "It reckons.\n"}, "rule rule: 'reckons'"),
    ("english", "rare word in the help", {"build/doormat": SOUND["build/doormat"].replace("usage:", "lest")}, "try --help:1: 'lest'"),
    ("options", "all agree", told(), None),
    ("options", "letter of the man page", told(("Fl l ,", "Fl x ,")), "doormat.1: try --level: its letter is 'l', not 'x'"),
    ("options", "argument of the man page", told(("Ar name", "Ar word")), "doormat.1: try --level: its argument is 'name', not 'word'"),
    ("options", "default of the man page", told(("default is\n.Ql low", "default is\n.Ql high")), "its default is 'low', not 'high'"),
    ("options", "value missing in the man page", told((".Ql high .", "Sky.")), "doormat.1: try --level: 'high' is missing"),
    ("options", "value of the man page alone", told((".Ql high .", ".Ql high ,\n.Ql top .")), "'top' is none of its values"),
    ("options", "option missing in the man page", told(("Fl -fast", "Fl -slow")), "doormat.1: try --fast is missing"),
    ("options", "option of the man page alone", told(("Fl -fast", "Fl -slow")), "doormat.1: try --slow is no option"),
    ("options", "subcommand missing", told(("doormat try", "doormat fry")), "doormat.1: try: missing"),
    ("options", "letter of the completion", told(bash=("-l,", "")), "doormat.bash: try --level: its letter is 'l', not 'none'"),
    ("options", "argument of the completion", told(bash=("=NAME", "=FILE")), "doormat.bash: try --level: its argument is 'name', not 'file'"),
    ("options", "value missing in the completion", told(bash=("low high", "low")), "doormat.bash: try --level: 'high' is missing"),
    ("options", "option missing in the completion", told(bash=("--fast ", "")), "doormat.bash: try --fast is missing"),
    ("options", "values of no option", told(bash=("['try --level']", "['try --none']")), "try --none has values"),
    ("docs", "dead target", {"README.md": "Run `make tea`.\n"}, "no such target"),
]


def write_tree(root, files):
    for path, text in files.items():
        os.makedirs(os.path.dirname(os.path.join(root, path)) or root, exist_ok=True)
        with open(os.path.join(root, path), "w", encoding="utf-8") as file:
            file.write(text)
            os.fchmod(file.fileno(), 0o755 if text.startswith("#!") else 0o644)


def run_rule(rule, files):
    with tempfile.TemporaryDirectory() as root:
        write_tree(root, files)
        program = [os.path.join(root, PROGRAM)] if rule in ASKING else []
        return subprocess.run([os.path.join(ROOT, "tools", "lint-" + rule), root, *program], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)


def report(number, good, name, details):
    print(f"{'ok' if good else 'not ok'} {number} - {name}")
    if not good:
        print("# " + details.replace("\n", "\n# "))
    return good


def check_case(number, name, rule, files, words):
    """words: what the rule must complain of, or None where it must be silent."""
    result = run_rule(rule, files)
    good = result.returncode == 0 if words is None else result.returncode != 0 and words in result.stdout
    return report(number, good, f"{rule}: {name}", f"exit status {result.returncode}\n{result.stdout}")


def main():
    rules = {case[0] for case in CASES}
    scripts = {name[len("lint-"):] for name in os.listdir(os.path.join(ROOT, "tools")) if name.startswith("lint-")}
    fine = [report(1, scripts == rules, "every rule has a case", f"without: {scripts ^ rules}")]
    for rule in sorted(rules):
        fine.append(check_case(len(fine) + 1, "sound tree", rule, SOUND, None))
    for rule, wrong, files, words in CASES:
        fine.append(check_case(len(fine) + 1, wrong, rule, {**SOUND, **files}, words))
    print(f"1..{len(fine)}")
    return 0 if all(fine) else 1


sys.exit(main())
