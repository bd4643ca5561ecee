#!/usr/bin/env python3
"""MTA-STS in `doormat try --room`: every row failed and passed by scripted senders, and as real mail servers meet them."""

import os
import sys

import frame
import sts_senders
from frame import HERE, TempDir
from test_room import in_room

SCRIPTED = os.path.join(os.path.dirname(HERE), "senders/send_sts.py")
BAD = {"fooled", "leaked"}
# A sender that has nothing of MTA-STS but an eye for policies: it prints the one that it finds, and then delivers.
CURL = """domain=${1#*@}
curl -sS --max-time 10 "https://mta-sts.$domain/.well-known/mta-sts.txt" || exit
exec curl -sS --ssl-reqd --mail-from "$2" --mail-rcpt "$1" -T "$3" "smtp://mx.$domain:25"
"""
ONLY_MAIL = 'exec curl -sS --ssl-reqd --mail-from "$2" --mail-rcpt "$1" -T "$3" "smtp://mx.${1#*@}:25"'

# Rows of which a sender makes nothing worse than to stop, whatever it takes for true.
EITHER = {"sts-tls11-only", "sts-policy-mx-trailing-dot", "sts-policy-type-html", "sts-policy-64k"}

NAME_IN_CN = "OpenSSL and Python look at the common name where there is no subjectAltName"
OF_PATTERN = "the certificate is matched against the policy's patterns, in place of the host (RFC 8461 4.1, 4.2)"
LAST_COUNTS = "the last mode counts, in place of the first (RFC 8461 3.2)"
NO_SYNTAX = "it does not check the syntax (RFC 8461 3.1, 3.2)"
POSTFIX = {
    "sts-wildcard-two-labels": ("fooled", "*.test becomes match=.test, any depth (RFC 8461 4.1)"),
    "sts-cert-name-of-pattern": ("fooled", OF_PATTERN),
    "sts-mx-not-listed-cert-listed": ("fooled", OF_PATTERN),
    "sts-cert-name-in-cn": ("fooled", NAME_IN_CN),
    "sts-host-name-in-cn": ("fooled", NAME_IN_CN),
    "sts-policy-duplicate-mode": ("fooled", LAST_COUNTS),
    "sts-txt-id-too-long": ("turned-away", NO_SYNTAX),
    "sts-txt-id-bad-character": ("turned-away", NO_SYNTAX),
    "sts-policy-mx-two-wildcards": ("turned-away", NO_SYNTAX),
}
CHASQUID = {
    "sts-txt-two": ("turned-away", "the first record counts (RFC 8461 3.1)"),
    "sts-txt-no-id": ("turned-away", "the id is not looked at"),
    "sts-txt-id-too-long": ("turned-away", "the id is not looked at"),
    "sts-txt-id-bad-character": ("turned-away", "the id is not looked at"),
    "sts-txt-spaces": ("fooled", "a record that does not begin with v=STSv1; is none"),
    "sts-policy-duplicate-mode": ("fooled", LAST_COUNTS),
    "sts-policy-mx-two-wildcards": ("turned-away", NO_SYNTAX),
    "sts-policy-endless": ("turned-away", "it takes the first 10 KiB for the policy"),
    "sts-policy-chunked-endless": ("turned-away", "likewise"),
}


def try_rows(faults, command, *words):
    document, result = frame.run_json("try", "--quiet", "--room", "--format", "json", "--once", "--jobs", "8", "--faults", faults,
                                      *words, "--", *command)
    return {row["fault"]: row for row in document["results"] if row["fault"] != "control"}, document["sentence"], result


def scripted(manner):
    return try_rows("@mta-sts", [sys.executable, SCRIPTED, manner, "{from}", "{to}", "{message}"])


def faults_of(rows):
    return [row for row in rows.values() if row["layer"] == "mta-sts"]


def brief(row):
    return {key: row.get(key) for key in ("fault", "expect", "verdict", "reason", "output", "fetches")}


@in_room
def test_curl(tap):
    rows, _, _ = try_rows("control-sts", ["sh", "-c", CURL, "sh", "{to}", "{from}", "{message}"], "--verbose")
    row = rows["control-sts"]
    tap.equal(row["verdict"], "delivered", "curl delivers to the control")
    tap.equal(row["output"], "version: STSv1\nmode: enforce\nmx: mx.control-sts.doormat.test\nmax_age: 86400\n",
              "curl gets the policy, by the CAs of the room")
    fetch = {key: row["fetches"][0][key] for key in ("secured", "sni", "method", "path", "status", "bytes", "policy")}
    tap.equal(fetch, {"secured": True, "sni": "mta-sts.control-sts.doormat.test", "method": "GET", "path": "/.well-known/mta-sts.txt",
                      "status": 200, "bytes": 80, "policy": True}, "the fetch is told")
    result = frame.run("try", "--quiet", "--room", "--verbose", "--faults", "control-sts", "--", "sh", "-c", CURL, "sh", "{to}", "{from}",
                       "{message}")
    tap.has(result.stdout, "*  HTTPS: GET /.well-known/mta-sts.txt: 200, 80 bytes", "with --verbose in the text, too")


@in_room
def test_unused(tap):
    rows, sentence, result = try_rows("sts-mx-not-listed,sts-host-expired", ["sh", "-c", ONLY_MAIL, "sh", "{to}", "{from}", "{message}"])
    tap.equal([(row["verdict"], row["reason"]["kind"]) for row in faults_of(rows)], [("not-shown", "not-used")] * 2,
              "who fetches no policy has no MTA-STS")
    tap.has(sentence, "It does not use MTA-STS: 2 faults do not concern it.", "one sentence says so")
    tap.equal(result.returncode, 0, "and that is no failure")


@in_room
def test_sound(tap):
    rows, _, result = scripted("sound")
    tap.equal(result.returncode, 0, "sound: exit status 0")
    wanted = frame.run("faults", "--names", "@mta-sts").stdout.split()
    tap.equal([name for name in wanted if name not in rows], [], f"sound: {len(wanted)} rows are tried")
    tap.equal([brief(row) for row in rows.values() if not row["as_expected"] or row["verdict"] == "not-shown"], [], "sound: every row passed")


@in_room
def test_careless(tap):
    rows, _, _ = scripted("careless")
    to_refuse = [row for row in faults_of(rows) if row["expect"] == "refuse"]
    tap.equal([brief(row) for row in to_refuse if row["verdict"] not in BAD], [], f"careless: each of {len(to_refuse)} rows failed")
    tap.equal([brief(row) for row in rows.values() if row["expect"] != "refuse" and row["verdict"] != "delivered"], [],
              "careless: delivers what is right")


@in_room
def test_require(tap):
    sender = ["--", *frame.PLAIN_SENDER]
    for layer, fault in (("dane", "dane-wrong"), ("mta-sts", "sts-none")):
        result = frame.run("try", "--room", "--faults", fault, "--require", layer, *sender)
        tap.equal(result.returncode, 1, f"--require {layer}: who has none fails")
        tap.has(" ".join(result.stdout.split()), "which --require asks for: a failure", f"--require {layer}: and is told so")
        tap.equal(frame.run("try", "--room", "--faults", fault, *sender).returncode, 0, f"without it, {layer} is not asked for")
    wrong = frame.run("try", "--room", "--require", "dame", *sender)
    tap.equal((wrong.returncode, "a list of dane and mta-sts" in wrong.stderr), (2, True), "--require dame: exit status 2")


@in_room
def test_zealous(tap):
    rows, _, _ = scripted("zealous")
    to_deliver = [row for row in faults_of(rows) if row["expect"] == "deliver"]
    tap.equal([brief(row) for row in to_deliver if row["verdict"] != "turned-away"], [], f"zealous: each of {len(to_deliver)} rows failed")
    tap.equal({row["fault"] for row in faults_of(rows) if row["expect"] == "either"}, EITHER, "all others may go either way")


def hold(tap, who, rows, surprises):
    tap.equal(rows["control-sts"]["verdict"], "delivered", f"{who}: the control")
    tap.equal({row["fault"]: row["verdict"] for row in faults_of(rows) if not row["as_expected"] or row["verdict"] == "not-shown"},
              {name: verdict for name, (verdict, _) in surprises.items()}, f"{who}: {len(faults_of(rows))} rows")


def hold_sender(tap, who, roots, driver, surprises, wait_s, faults="@mta-sts"):
    if os.geteuid() != 0 or not all(sts_senders.is_unpacked(root) for root in roots):
        tap.skip(who, "tools/setup unpacks it, and it runs as root")
        return
    with TempDir() as directory:
        setup, command = driver(directory)
        rows, _, _ = try_rows(faults, command, "--wait", wait_s, "--timeout", "40", "--setup", setup)
    hold(tap, who, rows, surprises)


@in_room
def test_postfix(tap):
    hold_sender(tap, "Postfix, postfix-mta-sts-resolver", [sts_senders.postfix.UNPACKED, sts_senders.HELPER],
                sts_senders.postfix_with_helper, POSTFIX, "8")


@in_room
def test_chasquid(tap):
    """It waits a minute for what never ends, so those rows are left out."""
    hold_sender(tap, "chasquid", [sts_senders.CHASQUID], sts_senders.chasquid, CHASQUID, "10",
                "@mta-sts,-sts-policy-never,-sts-policy-drip")


if __name__ == "__main__":
    frame.main({"curl": test_curl, "unused": test_unused, "sound": test_sound, "careless": test_careless, "zealous": test_zealous, "require": test_require,
                "postfix": test_postfix, "chasquid": test_chasquid})
