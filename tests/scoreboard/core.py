#!/usr/bin/env python3
"""core - what `doormat try` says of real senders with nothing but its defaults: for each the exit status, the first sentence of
the report, and what it let through of critical and of high severity.

usage: tests/scoreboard/core.py [SENDER...]      (as tests/e2e/senders.py calls them)
"""

import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
from frame import DOORMAT, TempDir, clean_environment  # noqa: E402
from senders import NODE_MODULES, driven, why_not  # noqa: E402

SENDERS = ("curl-required", "msmtp", "postfix-secure", "go-starttls", "smtplib-verify", "nodemailer-required", "phpmailer",
           "jakarta-identity", "exim-verify", "curl-insecure", "exim-default")


def first_sentence(text):
    """The paragraph that sums up: the text report's first that begins at the margin and is no table's head."""
    paragraphs = [part for part in text.split("\n\n") if part and not part.startswith(" ")]
    summary = " ".join(paragraphs[1].split()) if len(paragraphs) > 1 else ""
    return summary.split(". ")[0].rstrip(".") + "."


def try_sender(sender):
    """(exit status, text report, JSON report), of one run each: the rows are the same."""
    found = []
    for form in ("text", "json"):
        with TempDir() as home, driven(sender) as (options, command):
            path = os.path.join(home, "report")
            done = subprocess.run([DOORMAT, "try", "--quiet", "--format", form, "--output", path, *options, "--", *command],
                                  stdin=subprocess.DEVNULL, check=False,
                                  env=clean_environment(home, NODE_PATH=NODE_MODULES))
            with open(path, encoding="utf-8") as file:
                found.append((done.returncode, file.read()))
    return found[0][0], found[0][1], json.loads(found[1][1])


def let_through(report, severity):
    return [result["fault"] for result in report["results"]
            if result.get("severity") == severity and not result["as_expected"]]


def main():
    for sender in sys.argv[1:] or SENDERS:
        why = why_not(sender)
        if why:
            print(f"{sender}: not here: {why}")
            continue
        status, text, report = try_sender(sender)
        print(f"{sender}: exit status {status}: {first_sentence(text)}")
        for severity in ("critical", "high"):
            print(f"    {severity}: {', '.join(let_through(report, severity)) or 'none'}", flush=True)


main()
