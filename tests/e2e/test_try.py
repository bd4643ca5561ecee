#!/usr/bin/env python3
"""`doormat try`: exit statuses, formats, what it gives to the sender, and that it leaves nothing behind."""

import json
import os
import re
import signal
import subprocess
import sys
import xml.etree.ElementTree

import frame
from frame import CARELESS_SENDER, DOORMAT, PLAIN_SENDER, PLAINTEXT_SENDER, TempDir, clean_environment, run, run_json

FEW = "expired,wrong-host,starttls-454"  # medium, critical, critical
FIELDS = ("HOST", "PORT", "TLS_PORT", "FROM", "TO", "CA", "CA_DIR", "HELO", "FAULT", "MESSAGE", "TLSA", "SPKI")


def test_status(tap):
    for status, what, words in (
            (0, "every fault noticed", ["--faults", FEW, "--", *PLAIN_SENDER]),
            (1, "fooled", ["--faults", FEW, "--", *CARELESS_SENDER]),
            (2, "no command", ["--faults", FEW]),
            (2, "no such command", ["--faults", FEW, "--", "/nonexistent/sender"]),
            (2, "no such fault", ["--faults", "expierd", "--", "true"]),
            (2, "no such option", ["--colour", "--", "true"]),
            (2, "no such format", ["--format", "yaml", "--", "true"]),
            (2, "output cannot be written", ["--faults", "expired", "--output", "/nonexistent/x", "--", *PLAIN_SENDER]),
            (0, "a warning", ["--faults", "expired", "--", *CARELESS_SENDER]),
            (1, "a failure by --fail-on", ["--faults", "expired", "--fail-on", "medium", "--", *CARELESS_SENDER]),
            (0, "a warning by --fail-on", ["--faults", "expired", "--fail-on", "high", "--", *CARELESS_SENDER]),
            (2, "no such severity", ["--fail-on", "hihg", "--", "true"]),
            (1, "leaked to the control", ["--faults", FEW, "--", *PLAINTEXT_SENDER]),
            (3, "control failed", ["--faults", FEW, "--", "false"])):
        result = run("try", *words)
        tap.ok(result.returncode == status, f"{what}: exit status {status}",
               f"saw {result.returncode}\n{result.stdout}\n{result.stderr}")
        if status == 2:
            tap.ok(result.stderr.startswith("doormat: "), f"{what}: says so", result.stderr)


def test_nearest(tap):
    tap.has(run("try", "--faults", "expierd", "--", "true").stderr, "expired", "a misspelt fault gets a hint")
    tap.has(run("try", "--fail-on", "hihg", "--", "true").stderr, "did you mean 'high'?", "a misspelt severity gets a hint")


def test_json(tap):
    document, result = run_json("try", "--faults", FEW, "--format", "json", "--", *CARELESS_SENDER)
    tap.equal(document["doormat"], open(frame.ROOT + "/VERSION", encoding="utf-8").read().strip(), "version")
    tap.equal(document["sender"][0], "curl", "the sender's command")
    tap.equal((document["policy"], document["trust"], document["host"]), ("strict", "pkix", "mx.doormat.test"), "what holds")
    tap.ok(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", document["started_at"]), "started_at", document["started_at"])
    seen = {r["fault"]: r for r in document["results"]}
    tap.equal(set(seen) >= {"control", *FEW.split(",")}, True, "the control and each fault")
    tap.equal([seen[f]["verdict"] for f in FEW.split(",")], ["fooled", "fooled", "refused"], "verdicts")
    tap.equal(document["summary"]["fooled"], 2, "summary")
    tap.equal([document["summary"][key] for key in ("failures", "warnings", "faults", "noticed", "oddities", "accepted")],
              [1, 1, 3, 1, 0, 0], "what is counted")
    tap.equal([seen[f]["failure"] for f in FEW.split(",")], ["warning", "failure", None], "failures")
    tap.equal([seen[f]["severity"] for f in FEW.split(",")], ["medium", "critical", "critical"], "severities")
    tap.equal(document["fail_on"], "high", "from where on it fails")
    tap.has(document["sentence"], "anybody on the path", "the sentence")
    for key in ("layer", "expect", "as_expected", "reason", "exposure", "exit_status", "seconds", "attempts"):
        tap.ok(key in seen["expired"], f"a result has {key}", seen["expired"])
    attempt = seen["expired"]["attempts"][0]
    tap.equal((attempt["channel"], attempt["stage"], attempt["tls"]["version"]), ("tls", "message", "TLSv1.3"), "an attempt")
    tap.ok(attempt["tls"]["ja4"].startswith("t13d"), "JA4", attempt["tls"]["ja4"])
    tap.equal(result.stderr, "", "nothing on standard error")


def test_policy(tap):
    """What is a fault under some policies only; and what the sender does not offer."""
    names = ("ecdhe-x25519", "ecdhe-brainpool256", "ecdhe-secp521r1")
    for policy, wanted in (("strict", ["delivered", "refused", "delivered"]), ("bsi", ["fooled", "refused", "delivered"])):
        document, result = run_json("try", "--policy", policy, "--faults", ",".join(names), "--fail-on", "low", "--format",
                                    "json", "--", *PLAIN_SENDER)
        seen = {r["fault"]: r for r in document["results"]}
        tap.equal([seen[name]["verdict"] for name in names], wanted, f"--policy {policy}")
        tap.equal(seen["ecdhe-brainpool256"]["reason"], {"kind": "not-offered"}, f"--policy {policy}: not offered")
        tap.equal(result.returncode, int("fooled" in wanted), f"--policy {policy}: exit status")


def test_refusal(tap):
    document, _ = run_json("try", "--faults", "expired", "--format", "json", "--", *PLAIN_SENDER)
    result = {r["fault"]: r for r in document["results"]}["expired"]
    tap.equal((result["verdict"], result["exposure"], result["as_expected"]), ("refused", "nothing", True), "refused")
    tap.equal((result["reason"]["alert"], result["reason"]["fits"]), ("certificate_expired", True), "for the right reason")


def test_junit(tap):
    result = run("try", "--faults", FEW, "--format", "junit", "--", *CARELESS_SENDER)
    root = xml.etree.ElementTree.fromstring(result.stdout)
    cases = {case.get("name"): case for case in root.iter("testcase")}
    tap.equal(set(cases) >= set(FEW.split(",")), True, "a test case per fault")
    tap.ok(cases["wrong-host"].find("failure") is not None, "a fooled sender is a failure")
    tap.ok(cases["expired"].find("failure") is None, "a warning is none")
    tap.has(cases["expired"].find("system-out").text, "warning (medium)", "a warning is noted")
    tap.ok(cases["starttls-454"].find("failure") is None, "a refusal is none")


def test_tap(tap):
    text = run("try", "--faults", FEW, "--format", "tap", "--", *CARELESS_SENDER).stdout
    tap.ok(re.search(r"^1\.\.\d+$", text, re.MULTILINE), "the plan", text)
    tap.ok(re.search(r"^not ok \d+ - wrong-host", text, re.MULTILINE), "a fooled sender is not ok", text)
    tap.ok(re.search(r"^ok \d+ - expired", text, re.MULTILINE), "a warning is ok", text)
    tap.has(text, "# warning: severity medium", "a warning is noted")
    tap.ok(re.search(r"^ok \d+ - .*starttls-454", text, re.MULTILINE), "a refusal is ok", text)


def test_markdown(tap):
    text = run("try", "--faults", FEW, "--format", "markdown", "--", *CARELESS_SENDER).stdout
    tap.ok(re.search(r"^\|.*expired.*\|$", text, re.MULTILINE), "a row per fault", text)
    tap.ok(re.search(r"^\|[ :-]+\|", text, re.MULTILINE), "a table", text)


def test_text(tap):
    text = run("try", "--faults", FEW, "--", *CARELESS_SENDER).stdout
    tap.ok(re.search(r"x wrong-host +FOOLED", text), "FOOLED", text)
    tap.ok(re.search(r"! expired +fooled", text), "a warning", text)
    tap.has(text, "Controls: the sender delivered to 1 of 1 ", "the control")
    tap.ok("starttls-454" not in text, "what is as it should be is counted", text)
    listed = run("try", "--faults", FEW, "--list-all", "--", *CARELESS_SENDER).stdout
    tap.ok(re.search(r"control +delivered", listed), "--list-all: the control", listed)
    tap.ok(re.search(r"- starttls-454 +refused", listed), "--list-all: what is as it should be", listed)
    tap.ok(max(map(len, text.splitlines())) <= 100, "at most 100 columns", text)
    tap.ok("\033" not in text, "no colours in a pipe", text)


def test_output(tap):
    with TempDir() as directory:
        result = run("try", "--faults", "expired", "--format", "json", "--output", directory + "/r.json", "--", *PLAIN_SENDER)
        tap.equal(result.stdout, "", "nothing on standard output")
        with open(directory + "/r.json", encoding="utf-8") as file:
            tap.equal(json.load(file)["summary"]["refused"], 1, "the file holds the report")


def test_baseline(tap):
    with TempDir() as directory:
        good, bad = directory + "/good.json", directory + "/bad.json"
        run("try", "--faults", FEW, "--format", "json", "--output", good, "--", *PLAIN_SENDER)
        run("try", "--faults", FEW, "--format", "json", "--output", bad, "--", *CARELESS_SENDER)
        for baseline, sender, status, what in ((bad, CARELESS_SENDER, 0, "no worse"), (good, CARELESS_SENDER, 1, "worse"),
                                               (bad, PLAIN_SENDER, 0, "better"), (directory, PLAIN_SENDER, 2, "no file")):
            result = run("try", "--faults", FEW, "--baseline", baseline, "--", *sender)
            tap.ok(result.returncode == status, f"{what}: exit status {status}", f"{result.stdout}\n{result.stderr}")
            if what in ("worse", "better"):
                tap.has(result.stdout + result.stderr, "expired", f"{what}: names the fault that changed")
        for option, value in (("--trust", "dane-ee"), ("--host", "localhost")):
            result = run("try", "--faults", FEW, option, value, "--baseline", good, "--", *PLAIN_SENDER)
            tap.ok(result.returncode == 3 and value in result.stderr, f"another {option} is not compared", result.stderr)


def test_placeholders(tap):
    """The sender writes down what it was given: arguments, environment, certificate directory, standard input."""
    words = ["{" + field.lower() + "}" for field in FIELDS]
    script = 'out=$1; shift; { for f in "$@"; do echo "arg $f"; done; env | grep ^DOORMAT_; ls "$DOORMAT_CA_DIR"; cat; } > $out'
    with TempDir() as directory:
        run("try", "--faults", "control", "--", "sh", "-c", script, "sh", directory + "/out", *words)
        with open(directory + "/out", encoding="utf-8") as file:
            output = file.read()
    given = re.findall(r"^arg (.*)$", output, re.MULTILINE)
    environment = dict(re.findall(r"^DOORMAT_(\w+)=(.*)$", output, re.MULTILINE))
    tap.equal(len(given), len(FIELDS), "every placeholder is replaced")
    for field, value in zip(FIELDS, given):
        tap.equal(environment.get(field), value, f"DOORMAT_{field}")
    tap.equal(environment["HOST"], "mx.doormat.test", "the host is a name of several labels")
    tap.equal(environment["FAULT"], "control", "the fault's name")
    tap.ok(re.search(r"^[0-9a-f]{8}\.0$", output, re.MULTILINE), "the certificate directory is hashed", output)
    tap.has(output, "Subject: ", "the message is on standard input")


def test_verbose(tap):
    talkative = ["sh", "-c", 'echo "the sender said this"; exec "$@"', "sh", *PLAIN_SENDER]
    quiet = run("try", "--faults", "expired", "--", *talkative)
    verbose = run("try", "--faults", "expired", "--verbose", "--", *talkative)
    unclear = run("try", "--faults", "expired", "--", "sh", "-c", "echo the sender said this; exit 7")
    tap.ok("the sender said" not in quiet.stdout, "not shown when all is clear", quiet.stdout)
    tap.has(verbose.stdout, "the sender said this", "shown with --verbose")
    tap.has(unclear.stdout, "the sender said this", "shown when the verdict is unclear")


def test_timeout(tap):
    document, result = run_json("try", "--faults", "expired", "--timeout", "1", "--format", "json", "--", "sleep", "60")
    tap.equal(result.returncode, 3, "a sender that hangs: exit status 3")
    tap.equal(document["results"][0]["verdict"], "unclear", "and the verdict is unclear")
    tap.ok(document["seconds"] < 20, "and it is ended", document["seconds"])


def processes_with(mark):
    found = subprocess.run(["ps", "-eo", "pid,args"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return [line for line in found.splitlines() if mark in line]


def start_try(home, *command):
    return subprocess.Popen([DOORMAT, "try", "--faults", "expired", "--jobs", "2", "--", *command], env=clean_environment(home),
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_interrupt(tap):
    """The sender starts a child that shrugs off SIGTERM, and one in a session of its own, and says so through a FIFO."""
    for signo in (signal.SIGINT, signal.SIGTERM):
        with TempDir() as home:
            mark = f"doormat-{os.path.basename(home)}"
            os.mkfifo(home + "/ready")
            script = f'''trap "" TERM; sh -c 'trap "" TERM; sleep 300 # {mark}' & setsid sleep 300.{os.getpid()} &
                         echo ready > {home}/ready; wait # {mark}'''
            process = start_try(home, "sh", "-c", script)
            with open(home + "/ready", encoding="utf-8") as ready:
                ready.read()
            process.send_signal(signo)
            process.communicate(timeout=60)
            tap.ok(process.returncode != 0, f"{signo.name} ends it", process.returncode)
            tap.equal(processes_with(mark) + processes_with(f"sleep 300.{os.getpid()}"), [], f"{signo.name} leaves no process")
            tap.equal([n for n in os.listdir(home) if n != "ready"], [], f"{signo.name} leaves no file")


def test_escape(tap):
    """A process that outlives its sender is reported, and ended."""
    mark = f"300.{os.getpid()}1"
    text = run("try", "--faults", "expired", "--", "sh", "-c", f"setsid sleep {mark} & exec \"$@\"", "sh", *PLAIN_SENDER)
    tap.has(text.stdout + text.stderr, "outlived", "it is reported")
    tap.equal(processes_with(f"sleep {mark}"), [], "it is ended")


def verdict_at(fault, *words):
    """(verdict, reason's kind) of a run with one fault, and the run."""
    document, result = run_json("try", "--faults", fault, "--format", "json", *words)
    found = {r["fault"]: r for r in document["results"]}[fault]
    return (found["verdict"], (found["reason"] or {}).get("kind")), found, result


def test_host(tap):
    """Names that can be mistaken for the host's show at a host with several labels, and at localhost they accuse nobody."""
    hosts = open("/etc/hosts", encoding="utf-8").read()
    seen, _, _ = verdict_at("wildcard-embedded", "--", *PLAIN_SENDER)
    tap.equal(seen[0], "refused", "refused at the default host")
    seen, _, result = verdict_at("wildcard-embedded", "--host", "localhost", "--", *PLAIN_SENDER)
    tap.equal(seen, ("not-shown", "host"), "not shown at localhost")
    seen, _, _ = verdict_at("wildcard-embedded+small-records", "--host", "localhost", "--", *PLAIN_SENDER)
    tap.equal(seen, ("not-shown", "host"), "nor beside an oddity that shows")
    tap.equal(result.returncode, 0, "exit status 0")
    seen, _, _ = verdict_at("address-as-dns-name", "--", *PLAIN_SENDER)
    tap.equal(seen, ("not-shown", "host"), "an address shows to who was told an address")
    seen, _, _ = verdict_at("address-as-dns-name", "--host", "127.0.0.1", "--", *PLAIN_SENDER)
    tap.equal(seen[0], "refused", "and is refused then")
    seen, _, _ = verdict_at("wildcard-embedded", "--host", "localhost", "--", *CARELESS_SENDER)
    tap.equal(seen[0], "fooled", "who checks nothing is fooled at localhost too")
    seen, found, _ = verdict_at("expired", "--host", "a.b.test", "--", *PLAIN_SENDER)
    tap.equal((seen[0], found["attempts"][0]["tls"]["sni"]), ("refused", "a.b.test"), "another host below .test resolves")
    for host in ("MX.Doormat.Test", "test"):
        seen, _, _ = verdict_at("expired", "--host", host, "--", *PLAIN_SENDER)
        tap.equal(seen[0], "refused", f"{host} resolves")
    tap.equal(open("/etc/hosts", encoding="utf-8").read(), hosts, "the machine's hosts are as they were")


def at_faults(script):
    """A sender that delivers to controls, and does this to the rest."""
    return ["bash", "-c", 'case $DOORMAT_FAULT in control*) exec "$@";; esac; ' + script, "sh", *PLAIN_SENDER]


CONNECT = 'exec 3<>/dev/tcp/127.0.0.1/$DOORMAT_PORT; read -r line <&3; '


def test_ends(tap):
    """How the sender itself ends is evidence; what never met the fault is none."""
    seen, _, result = verdict_at("expired", "--", *at_faults(CONNECT + 'printf "EHLO x\\r\\n" >&3; read -r line <&3; kill -SEGV $$'))
    tap.equal((seen, result.returncode), (("crashed", "signal"), 1), "a sender that crashes")
    seen, _, result = verdict_at("expired", "--", *at_faults(CONNECT + 'printf "EHLO x\\r\\nQUIT\\r\\n" >&3; cat <&3'))
    tap.equal((seen, result.returncode), (("unclear", "not-met"), 3), "a sender that never begins TLS")
    seen, _, _ = verdict_at("expired", "--timeout", "2", "--", *at_faults('"$@"; sleep 60'))
    tap.equal(seen, ("unclear", "hung"), "a sender whose process stays")
    seen, _, _ = verdict_at("auth-before-tls", "--", *at_faults(CONNECT + 'exec 3>&-; exec "$@"'))
    tap.equal(seen[0], "delivered", "a connection that said nothing is no evidence")


def test_runaway(tap):
    """Of very many connections the worst counts, whatever its number."""
    many = "import os, socket\nfor i in range(%d):\n s = socket.create_connection(('127.0.0.1', int(os.environ['DOORMAT_PORT'])))\n" \
           " f = s.makefile('rb'); f.readline(); s.sendall(b'QUIT\\r\\n'); f.readline(); s.close()\n"
    last = "s = socket.create_connection(('127.0.0.1', int(os.environ['DOORMAT_PORT']))); f = s.makefile('rb'); f.readline()\n" \
           "for c in (b'HELO x', b'MAIL FROM:<a@b.test>', b'RCPT TO:<a@b.test>', b'DATA', b'x\\r\\n.'):\n" \
           " s.sendall(c + b'\\r\\n'); f.readline()\n"
    python = sys.executable + " -c \"$CODE\""
    for code, wanted, name in ((many % 250, ("unclear", "runaway"), "250 connections"),
                               (many % 1001 + last, ("leaked", "none"), "a leak in the 1002nd")):
        seen, _, _ = verdict_at("expired", "--", "env", "CODE=" + code, *at_faults(python))
        tap.equal((seen[0], seen[1] or "none"), wanted, name)


def test_mixtures(tap):
    """Keys of one kind beside a certificate made on the spot."""
    document, result = run_json("try", "--host", "localhost", "--faults", "ed25519-key+sni-default-certificate,expired", "--format",
                                "json", "--", *PLAIN_SENDER)
    verdicts = {r["fault"]: r["verdict"] for r in document["results"]}
    tap.equal(verdicts["expired"], "refused", "the others are tried")
    tap.equal(verdicts["ed25519-key+sni-default-certificate"], "delivered", "EdDSA beside the certificate for who names nobody")


def test_pins(tap):
    """{spki} is the key of the sound server, whatever the fault; an impostor's key is another."""
    pinned = [*CARELESS_SENDER[:-1], "--pinnedpubkey", "sha256//{spki}", CARELESS_SENDER[-1]]
    document, _ = run_json("try", "--trust", "dane-ee", "--faults", "expired,self-signed,wrong-host,rsa1024,untrusted-root",
                           "--format", "json", "--", *pinned)
    verdicts = {r["fault"]: r["verdict"] for r in document["results"]}
    tap.equal({name: verdicts[name] for name in ("control", "control-rsa3072", "expired")},
              {"control": "delivered", "control-rsa3072": "delivered", "expired": "delivered"}, "delivered to the key that is pinned")
    tap.equal({verdicts[name] for name in ("self-signed", "wrong-host", "rsa1024", "untrusted-root")}, {"refused"},
              "no other key is taken")
    keys = ("rsa2048", "p384-key", "rsa4096-key")
    document, _ = run_json("try", "--trust", "dane-ee", "--faults", ",".join(keys), "--format", "json", "--", *pinned)
    verdicts = {r["fault"]: r["verdict"] for r in document["results"]}
    tap.equal({name: verdicts[name] for name in keys}, dict.fromkeys(keys, "delivered"), "a sound key of another kind is pinned itself")
    result = run("try", "--faults", "expired", "--", "curl", "smtp://{hots}:{port}")
    tap.ok(result.returncode == 2 and "did you mean {host}?" in result.stderr, "a misspelt placeholder is refused", result.stderr)


WITHOUT_PSS = """openssl_conf = conf
[conf]
ssl_conf = ssl
[ssl]
system_default = defaults
[defaults]
SignatureAlgorithms = ECDSA+SHA256:RSA+SHA256
CipherString = DEFAULT@SECLEVEL=1
"""


def test_without_pss(tap):
    """A sender that knows no PSS, and no TLS 1.3: its RSA faults rest on another control, and what it cannot speak with
    accuses it of nothing."""
    with TempDir() as directory:
        with open(directory + "/openssl.cnf", "w", encoding="utf-8") as file:
            file.write(WITHOUT_PSS)
        sender = ["env", f"OPENSSL_CONF={directory}/openssl.cnf", *PLAIN_SENDER[:-1], "--tls-max", "1.2", PLAIN_SENDER[-1]]
        document, result = run_json("try", "--faults", "rsa512,pss-sha1,key-update", "--format", "json", "--", *sender)
    verdicts = {r["fault"]: r["verdict"] for r in document["results"]}
    tap.equal(verdicts, {"control": "delivered", "control-tls13": "not-shown", "control-rsa3072": "not-shown",
                         "control-rsa3072-pkcs1": "delivered", "rsa512": "refused", "pss-sha1": "not-shown",
                         "key-update": "not-shown"}, "each verdict")
    tap.equal(result.returncode, 0, "exit status 0")


def test_jobs(tap):
    one, _ = run_json("try", "--faults", "@seed", "--jobs", "1", "--format", "json", "--", *PLAIN_SENDER)
    four, _ = run_json("try", "--faults", "@seed", "--jobs", "4", "--format", "json", "--", *PLAIN_SENDER)
    verdicts = [[(r["fault"], r["verdict"]) for r in d["results"]] for d in (one, four)]
    tap.equal(verdicts[1], verdicts[0], "the same verdicts in the same order, whatever --jobs")


def test_second_connection(tap):
    """A sender that falls back to plaintext in a second connection has leaked."""
    document, _ = run_json("try", "--faults", "expired", "--format", "json", "--", sys.executable,
                           frame.HERE + "/send_fallback.py")
    result = {r["fault"]: r for r in document["results"]}["expired"]
    tap.equal((result["verdict"], len(result["attempts"])), ("leaked", 2), "leaked, in the second attempt")


frame.main({name[len("test_"):]: test for name, test in list(globals().items()) if name.startswith("test_")})
