#!/usr/bin/env python3
"""The rest of the command line: help, version, the catalogue, completion, installation."""

import os
import socket
import subprocess

import frame
from frame import ROOT, TempDir, run, run_json

SUBCOMMANDS = ("check", "faults", "mint", "serve", "try", "zone")


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


def test_width_of_help(tap):
    """A terminal of 80 columns shows each line whole, and one of 24 lines all but the two commands with many options."""
    lines = {(): 24, ("serve",): 24, ("mint",): 24, ("faults",): 24, ("zone",): 24, ("check",): 40, ("try",): 46}
    for words, most in lines.items():
        text = run(*words, "--help").stdout.split("\n")
        wide = [line for line in text if len(line) > 80]
        tap.equal(wide, [], f"doormat {' '.join(words)} --help: no line is over 80 columns")
        tap.ok(len(text) - 1 <= most, f"and it has {most} lines at most", len(text) - 1)


def test_ways_to_ask(tap):
    with open(ROOT + "/VERSION", encoding="utf-8") as file:
        version = "doormat " + file.read()
    for word in ("-v", "-V", "version"):
        tap.equal(run(word).stdout, version, word)
    for words in (["help"], ["-h"], ["help", "help"]):
        tap.equal(run(*words).stdout, run("--help").stdout, " ".join(words))
    for sub in SUBCOMMANDS:
        tap.equal(run("help", sub).stdout, run(sub, "--help").stdout, f"help {sub}")


MISTAKES = [
    (["tri"], "there is no command 'tri': did you mean 'try'?"),
    (["chekc"], "there is no command 'chekc': did you mean 'check'?"),
    (["help", "mnit"], "there is no command 'mnit': did you mean 'mint'?"),
    (["--hlep"], "there is no option '--hlep': did you mean '--help'?"),
    (["--verison"], "there is no option '--verison': did you mean '--version'?"),
    (["elephant"], "there is no command 'elephant'\n"),
    (["try", "--fualts", "worst", "--", "true"], "--fualts is no option of `doormat try`: did you mean '--faults'?"),
    (["check", "--timeuot=3", "x"], "--timeuot is no option of `doormat check`: did you mean '--timeout'?"),
    (["check", "--hlep"], "--hlep is no option of `doormat check`: did you mean '--help'?"),
    (["serve", "--elephant"], "--elephant is no option of `doormat serve`\n"),
    (["try", "--f", "x", "--", "true"], "--f may be --faults, --from, --format, --fail-on"),
    (["try", "--he", "--", "true"], "--he may be --help, --helo"),
    (["check", "-Zq", "x"], "-Z is no option of `doormat check`"),
    (["check", "-qZ", "x"], "-Z is no option of `doormat check`"),
    (["check", "--json=1", "x"], "--json takes no value"),
    (["mint", "worst", "--out"], "--out needs a value: --out DIR"),
    (["mint", "worst", "-to"], "--out needs a value: --out DIR"),
    (["check", "--format", "jsno", "x"], "did you mean 'json'?"),
    (["check", "--policy", "ncscnl", "x"], "did you mean 'ncsc-nl'?"),
    (["try", "--format", "htlm", "--", "true"], "did you mean 'html'?"),
    (["try", "--policy", "strcit", "--", "true"], "did you mean 'strict'?"),
    (["try", "--trust", "dane", "--", "true"], "--trust dane: not pkix or dane-ee; did you mean 'dane-ee'?"),
    (["try", "--fail-on", "hgih", "--", "true"], "did you mean 'high'?"),
    (["check", "--explain", "cert-nmae"], "there is no rule 'cert-nmae': did you mean 'cert-name'?"),
    (["faults", "@certificates"], "did you mean '@certificate'?"),
    (["try", "--faults", "all", "--", "true"], "did you mean the group '@all'?"),
    (["mint", "expird"], "did you mean 'expired'?"),
    (["mint", "elephant"], "there is no fault 'elephant'"),
    (["mint", "worst"], "where to? --out DIR"),
    (["check", "-p", "bsi", "-p", "nist", "x"], "--policy is given twice"),
    (["check", "-t", "5", "-t", "6", "x"], "--timeout is given twice: only one value at a time"),
    (["serve", "--faults", "worst", "-f", "expired"], "--faults is given twice"),
    (["try", "--faults", "worst", "--faults", "expired", "--", "true"], "--faults is given twice"),
    (["mint", "worst", "--out=/nowhere/a", "--out=/nowhere/b"], "--out is given twice"),
    (["serve", "--out", ""], "--out: empty"),
    (["serve", "--log="], "--log: empty"),
    (["serve", "--listen", ""], "--listen: empty"),
    (["mint", "worst", "-o", ""], "--out: empty"),
    (["check", "-o", "", "x"], "--output: empty"),
    (["check", "--policy=", "x"], "--policy: empty"),
    (["check", "--resume", "", "x"], "--resume: empty"),
    (["try", "--baseline", "", "--", "true"], "--baseline: empty"),
    (["check", "--tls", "--starttls", "x"], "--tls and --starttls: only one of them"),
    (["check", "--json", "--jsonl", "x"], "--json and --jsonl: only one of them"),
    (["faults", "--json", "--markdown"], "--json and --markdown: only one of them"),
    (["check", "--as-of", "2026-02-31", "x"], "--as-of 2026-02-31: there is no such day"),
    (["try", "--timeout", "0", "--", "true"], "--timeout 0: the sender needs some time"),
    (["try", "--from", "no address", "--", "true"], "--from no address: not a mail address"),
    (["try", "--to", "a@b..test", "--", "true"], "--to a@b..test: no domain has such a name"),
    (["try", "--host", "a/b", "--", "true"], "--host a/b: no host has such a name"),
    (["serve", "--listen", "nowhere"], "--listen nowhere: not an IPv4 or IPv6 address"),
    (["serve", "--host", "a b"], "--host a b: no host has such a name"),
    (["mint", "control", "--text", "--host", "\u202egpj.test"], "--host ???gpj.test: "),
    (["check", "--helo", "a\x1b[31m", "x"], "--helo a?[31m: no host has such a name"),
    (["check", "--resolver", "1.2.3", "a.test"], "--resolver 1.2.3: not an IP address"),
    (["check", "--resolver", "192.0.2.53@0", "a.test"], "--resolver 192.0.2.53@0: the port is no number from 1 to 65535"),
    (["check", "smtp://a.test:25"], "this is a URL: give the name alone, or host:port"),
    (["check", "::1:25"], "an IPv6 address takes brackets before a port"),
    (["check", "somebody@a.test"], "this is a mail address"),
    (["check", "no/such", "a:0"], "target \"no/such\": no host name has such characters\ndoormat: target \"a:0\": the port is no"),
    (["check", "--as-of", "2026-13-01", "x"], "not a date"),
    (["try", "--", ""], "the command is empty"),
    (["check", "--as-of", "0000-01-01", "x"], "--as-of 0000-01-01: not a year from 1970 to 2100"),
    (["mint", "expired,sha1", "-t"], "expired,sha1: one recipe at a time; join names with '+'"),
    (["mint", "@seed", "-t"], "@seed is a group: `mint` takes one recipe"),
    (["mint", "all", "-t"], "@all is a group: `mint` takes one recipe"),
    (["mint", "control", "-t", "-H", "999.1.1.1"], "--host 999.1.1.1: this looks like an IP address, but is none"),
    (["serve", "-H", "::1:2:"], "--host ::1:2:: this looks like an IP address, but is none"),
    (["serve", "-l", "::1", "-l", "0:0::1"], "--listen ::1 and --listen 0:0::1: one covers the other"),
    (["serve", "-l", "127.0.0.1", "-l", "0.0.0.0"], "--listen 127.0.0.1 and --listen 0.0.0.0: one covers the other"),
    (["serve", "-L", "-"], "--log -: without --log they go to standard output"),
    (["check", "--explain", "list,cert-name"], "`list` lists the rules: give it alone"),
    (["check", "--explain", "cert-name", "--json"], "--explain prints text: no format"),
    (["check", "--explain", "cert-name", "-o", "/nowhere/x"], "no file beside it"),
    (["check", "--explain", "cert-name", "key-size"], "--explain takes no target: leave out 'key-size'"),
    (["try", "-t", "99999999999", "--", "true"], "--timeout 99999999999: not a number of seconds from 0 to 604800"),
    (["check", "--crl", "/etc/passwd", "x"], "/etc/passwd: no revocation lists, neither PEM nor DER\n"),
    (["check", "--ca", "/etc/passwd", "x"], "/etc/passwd: no certificates in PEM form that could be trust anchors\n"),
    (["--version", "x"], "--version: nothing may follow it: leave out 'x'"),
    (["help", "try", "extra"], "try: nothing may follow it: leave out 'extra'"),
]


def test_mistakes(tap):
    for words, said in MISTAKES:
        result = run(*words)
        tap.ok(result.returncode == 2 and said in result.stderr and not result.stdout, " ".join(words),
               f"wanted {said!r}; exit status {result.returncode}\n{result.stderr}")
    tap.equal(run("check", "-p", "bsi", "-p", "bsi", "--explain", "list").returncode, 0, "the same value twice is no mistake")


def catalogue_number(name):
    return next(fault["number"] for fault in run_json("faults", "--json")[0] if fault["name"] == name)


def test_serve_cannot_listen(tap):
    """Who has the ports, or how many files may be open, and what helps."""
    with TempDir() as home, socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        row = catalogue_number("control")
        words = ["serve", "--listen", "127.0.0.1", "--faults", "control", "--tls-base-port", "0"]
        said = run(*words, "--base-port", str(port - row)).stderr
        tap.has(said, f"port {port}: Address already in use; --base-port N", "a port that is taken: the option that takes another")
        few = subprocess.run(["sh", "-c", 'ulimit -n 256; exec "$@"', "sh", frame.DOORMAT, "serve", "--base-port", "0"], check=False,
                             env=frame.clean_environment(home), capture_output=True, text=True, timeout=60)
        tap.equal(few.returncode, 2, "256 files are not enough for all faults")
        tap.has(few.stderr, "open files, and `ulimit -n` allows 256: raise it, or choose fewer with --faults", "which is said with what helps")


def test_explain_fits(tap):
    """As wide as the terminal, or COLUMNS."""
    with TempDir() as home:
        for columns in (60, 72, 150):
            env = frame.clean_environment(home, COLUMNS=str(columns))
            for rule in ("list", "cert-name", "no-common-parameters"):
                lines = run("check", "--explain", rule, env=env).stdout.split("\n")
                wide = [line for line in lines if len(line) > columns and " " in line[2:].strip()]
                tap.equal(wide, [], f"--explain {rule} in {columns} columns")


def test_reader_who_leaves(tap):
    """As `| head` does: no complaint, and the status is as it would have been."""
    rows = [(words, 0) for words in (
        ["--help"], ["--version"], ["try", "--help"], ["faults"], ["faults", "--json"], ["faults", "--markdown"],
        ["faults", "--names"], ["check", "--explain", "list"], ["check", "--explain", "cert-name"], ["mint", "control", "--text"])]
    rows += [(["check", "--quiet", "--tries", "1", "--format", name, "127.0.0.1:1"], 3) for name in
             ("text", "json", "jsonl", "junit", "csv", "markdown", "html")]
    rows += [(["try", "--quiet", "--faults", "control", "--format", name, "--", "false"], 3)
             for name in ("text", "json", "junit", "tap", "markdown", "html")]
    for words, status in rows:
        reader, writer = os.pipe()
        os.close(reader)
        with TempDir() as home:
            result = subprocess.run([frame.DOORMAT, *words], check=False, stdout=writer, stderr=subprocess.PIPE, text=True,
                                    env=frame.clean_environment(home))
        os.close(writer)
        tap.equal((result.returncode, result.stderr), (status, ""), " ".join(words) + " into a closed pipe")
    with open("/dev/full", "w", encoding="utf-8") as full:
        result = subprocess.run([frame.DOORMAT, "--help"], check=False, stdout=full, stderr=subprocess.PIPE, text=True)
    tap.ok(result.returncode == 2 and "standard output" in result.stderr, "a full disk is an error", result.stderr)


def test_international_names(tap):
    """U-labels become A-labels, as curl does it; what is before the @ is for the sender to send."""
    said = run("try", "--faults", "expired", "--host", "M\u00dcNCHEN.test", "--from", "m\u00fcller@m\u00fcnchen.test", "--to",
               "a@b\u00fccher.test", "--helo", "m\u00fcnchen.test", "--format", "json", "--",
               "sh", "-c", "echo {host} {from} {to} {helo} >&2; exit 1").stdout
    tap.has(said, "xn--mnchen-3ya.test m??ller@xn--mnchen-3ya.test a@xn--bcher-kva.test xn--mnchen-3ya.test", "try")
    tap.has(run("mint", "control", "--text", "--host", "m\u00fcnchen.test").stdout, "DNS:xn--mnchen-3ya.test", "mint")
    result = run("check", "m\u00fcnchen.test:1", "--resolver", "127.0.0.1@1", "--timeout", "1", "--tries", "1", "--format", "junit")
    tap.ok(result.returncode == 3 and 'name="m\u00fcnchen.test:1"' in result.stdout, "check shows the U-label", result.stdout)


def test_names(tap):
    names = run("faults", "--names").stdout.split("\n")[:-1]
    faults, _ = run_json("faults", "--json")
    groups = {"@" + group for fault in faults for group in fault["groups"]}
    tap.equal([name for name in names if name[0] != "@"], [fault["name"] for fault in faults], "--names: each fault")
    tap.ok(groups <= set(names), "and each group", groups - set(names))
    tap.equal(run("faults", "--names", "expired").stdout, "expired\n", "--names of one")


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


def complete(line, **more):
    """What follows the line's last blank, with each candidate."""
    env = {**os.environ, **more}
    result = subprocess.run(["bash", ROOT + "/tests/e2e/complete.bash", frame.DOORMAT, line], env=env, check=True,
                            stdout=subprocess.PIPE, text=True)
    start = line.rfind(" ") + 1
    return [text[start:] for text in result.stdout.split("\n")[:-1]]


COMPLETIONS = [
    ("doormat ", sorted([*SUBCOMMANDS, "help", "version", "--help", "--version"])),
    ("doormat help se", ["serve"]),
    ("doormat try --form", ["--format"]),
    ("doormat faults --", ["--help", "--json", "--markdown", "--names"]),
    ("doormat try --format j", ["json", "junit"]),
    ("doormat try -F j", ["json", "junit"]),
    ("doormat try --format=j", ["--format=json", "--format=junit"]),
    ("doormat try --format=", ["--format=" + name for name in ("html", "json", "junit", "markdown", "tap", "text")]),
    ("doormat try --policy str", ["strict"]),
    ("doormat try -p ncsc", ["ncsc-nl"]),
    ("doormat try --trust d", ["dane-ee"]),
    ("doormat try --with ", ["exim", "opensmtpd", "postfix", "sendmail"]),
    ("doormat try --with=po", ["--with=postfix"]),
    ("doormat mint @", []),
    ("doormat mint @see", []),
    ("doormat check -- --po", []),
    ("doormat mint -- wrong-h", ["wrong-host"]),
    ("doormat check -- --policy b", []),
    ("doormat try --fail-on m", ["medium"]),
    ("doormat check --policy str", []),
    ("doormat check -p ncsc", ["ncsc-nl"]),
    ("doormat check --explain cert-nam", ["cert-name", "cert-name-constraints"]),
    ("doormat check --explain li", ["list"]),
    ("doormat check --ca LICEN", ["LICENSE"]),
    ("doormat check --resume VERS", ["VERSION"]),
    ("doormat try --output LICEN", ["LICENSE"]),
    ("doormat mint worst --out do", ["doc"]),
    ("doormat mint worst --host lo", ["localhost"]),
    ("doormat faults wrong-h", ["wrong-host"]),
    ("doormat mint expired+bad-hand", ["expired+bad-handshake-signature"]),
    ("doormat try --faults @see", ["@seed"]),
    ("doormat try --faults=@see", ["--faults=@seed"]),
    ("doormat serve -f wrong-h", ["wrong-host"]),
    ("doormat try -f control,@see", ["control,@seed"]),
    ("doormat try -f @all,-@see", ["@all,-@seed"]),
    ("doormat try -f @all,-wrong-h", ["@all,-wrong-host"]),
    ("doormat try -f expired+wrong-h", ["expired+wrong-host"]),
    ("doormat try -f worst -- cat LICEN", ["LICENSE"]),
    ("doormat try --quiet -- bash --versi", []),
]


def test_completion(tap):
    for line, wanted in COMPLETIONS:
        tap.equal(sorted(complete(line)), sorted(wanted), line)
    tap.has(run("try", "--with", "nothing").stderr, ", ".join(complete("doormat try --with ")[:3]) + " or ", "--with: the completion has what it takes")
    tap.ok("python3" in complete("doormat try -f worst -- python"), "behind -- stand commands")
    tap.equal(complete("doormat try -f @seed -- curl -", OFFSET="yes"), ["command at 6: curl"],
              "and bash-completion, where it is, completes what follows them")


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
        subprocess.run(["make", "-s", "uninstall", "DESTDIR=" + directory, "PREFIX=/usr"], cwd=ROOT, check=True)
        tap.equal([name for _, _, names in os.walk(directory) for name in names], [], "make uninstall removes them")


frame.main({name[len("test_"):]: test for name, test in list(globals().items()) if name.startswith("test_")})
