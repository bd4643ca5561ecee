#!/usr/bin/env python3
"""The rest of the command line: help, version, the catalogue, completion, installation."""

import os
import subprocess

import frame
from frame import ROOT, TempDir, run, run_json

SUBCOMMANDS = ("check", "faults", "mint", "serve", "try")


def test_help(tap):
    overview = run("--help")
    tap.equal(overview.returncode, 0, "doormat --help")
    for sub in SUBCOMMANDS:
        tap.has(overview.stdout, f"  {sub} ", f"--help lists {sub}")
        result = run(sub, "--help")
        tap.equal(result.returncode, 0, f"doormat {sub} --help")
        tap.has(result.stdout, "usage: doormat " + sub, f"{sub} --help shows the usage")
    with open(ROOT + "/VERSION", encoding="utf-8") as file:
        tap.equal(run("--version").stdout, "doormat " + file.read(), "--version")
    tap.equal(run().returncode, 2, "no subcommand: exit status 2")
    tap.has(run("serv").stderr, "serv", "an unknown subcommand is named")


def test_faults(tap):
    faults, _ = run_json("faults", "--json")
    table = run("faults").stdout
    for fault in faults:
        for key in ("name", "number", "title", "layer", "expect", "twin", "clue", "alerts", "groups", "since", "explanation",
                    "references", "severity", "severity_why", "remedy", "family"):
            if key not in fault:
                tap.ok(False, f"{fault['name']} has {key}")
        tap.has(table, fault["name"], f"the table lists {fault['name']}")
    tap.equal(len({f["number"] for f in faults}), len(faults), "no number twice")
    tap.has(run("faults", "expired").stdout, "certificate_expired", "an explanation names the alert to expect")
    tap.has(run("faults", "rsa-roca").stdout, "Severity: high", "an explanation tells the severity")
    tap.has(run("faults", "rsa-roca").stdout, "no mail sender is known to notice it", "and who can make a sender notice")
    unknown = run("faults", "expierd")
    tap.equal(unknown.returncode, 2, "an unknown fault: exit status 2")
    tap.has(unknown.stderr, "expired", "and a hint")


def complete(*words):
    script = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _doormat; printf "%s\\n" "${COMPREPLY[@]}"'
    env = {**os.environ, "PATH": os.path.dirname(frame.DOORMAT) + ":" + frame.SEARCH_PATH}
    result = subprocess.run(["bash", "-c", script, "bash", ROOT + "/doc/doormat.bash", *words], env=env, check=True,
                            stdout=subprocess.PIPE, text=True)
    return result.stdout.split()


def test_completion(tap):
    tap.equal(sorted(complete("doormat", "")), sorted([*SUBCOMMANDS, "--help", "--version"]), "subcommands")
    tap.equal(complete("doormat", "try", "--form"), ["--format"], "options")
    tap.equal(complete("doormat", "try", "--format", "j"), ["json", "junit"], "formats")
    tap.equal(complete("doormat", "check", "--format", "j"), ["json", "jsonl", "junit"], "formats of check")
    tap.equal(complete("doormat", "check", "--policy", "ncsc"), ["ncsc-nl"], "policies")
    tap.equal(complete("doormat", "check", "--explain", "cert-nam"), ["cert-name", "cert-name-constraints"], "rules")
    tap.equal(complete("doormat", "faults", "wrong-h"), ["wrong-host"], "faults")
    tap.equal(complete("doormat", "mint", "expired+bad-hand"), ["expired+bad-handshake-signature"], "a recipe's second fault")
    tap.equal(complete("doormat", "try", "--faults", "control,@see"), ["control,@seed"], "groups in a list")


def test_readme(tap):
    result = subprocess.run([ROOT + "/tools/readme-transcript", "--check", frame.DOORMAT], check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    tap.ok(result.returncode == 0, "the README's transcript is what the program prints", result.stdout)


def test_install(tap):
    with TempDir() as directory:
        variant = os.path.basename(os.path.dirname(frame.DOORMAT))
        subprocess.run(["make", "-s", "V=" + variant, "install", "DESTDIR=" + directory, "PREFIX=/usr"], cwd=ROOT, check=True,
                       stdout=subprocess.DEVNULL)
        found = sorted(os.path.relpath(os.path.join(where, n), directory) for where, _, names in os.walk(directory) for n in names)
        tap.equal(found, ["usr/bin/doormat", "usr/share/bash-completion/completions/doormat", "usr/share/man/man1/doormat.1"],
                  "make install puts three files under DESTDIR and PREFIX")


frame.main({name[len("test_"):]: test for name, test in list(globals().items()) if name.startswith("test_")})
