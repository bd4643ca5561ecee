#!/usr/bin/env python3
"""Every fault of the layers starttls and smtp, on real connections, against senders that are scripted to be sound, to make
every mistake, and to come back in plaintext (send_scripted.py): each fault is failed by one of the latter, and by the sound
one never."""

import os
import sys

import frame

SCRIPTED = os.path.join(frame.HERE, "send_scripted.py")
# Sound senders may deliver here: the fault does them no harm.
UNHARMED = {"auth-before-tls", "auth-only-in-plaintext", "smuggle-lf-dot-lf", "smuggle-lf-dot-crlf", "smuggle-cr-dot-cr",
            "smuggle-crlf-dot-lf", "smuggle-crlf-dot-cr"}
# What the lenient sender gives away inside sound TLS, or takes from outside of it.
FOOLED = {"inject-ehlo", "inject-ok", "inject-auth", "inject-dialogue", "inject-refusal", "tls-greeting", "greeting-421",
          "greeting-554", "mail-450", "mail-550", "mail-354", "rcpt-450", "rcpt-550", "data-451", "data-554", "data-250",
          "smuggle-lf-dot-lf", "smuggle-lf-dot-crlf", "smuggle-cr-dot-cr", "smuggle-crlf-dot-lf", "smuggle-crlf-dot-cr"}
# It searches EHLO's answer for capital letters behind a hyphen.
TOO_EXACT = {"starttls-offer-lower-case", "starttls-offer-alone"}
# Only a sender that compares the whole line, and does without TLS, is had by it; these two do neither.
NEITHER_IS_HAD = {"starttls-offer-parameter"}


def verdicts(mode):
    report, _ = frame.run_json("try", "--jobs", "16", "--faults", "@starttls,@smtp", "--format", "json", "--",
                               sys.executable, SCRIPTED, mode)
    return {result["fault"]: result for result in report["results"] if result["layer"] != "control"}


def check(tap, results, allowed):
    for name, result in results.items():
        tap.ok(result["verdict"] in allowed(result), f"{name}: {result['verdict']}",
               f"wanted one of {allowed(result)}: {result['reason']} {result['attempts']}")


def strict(tap):
    def allowed(result):
        if result["expect"] == "deliver":
            return {"delivered"}
        if result["expect"] == "either":
            return {"delivered", "refused"}
        return {"delivered"} if result["fault"] in UNHARMED else {"refused"}

    results = verdicts("strict")
    check(tap, results, allowed)
    tap.ok(all(results[name]["reason"] == {"kind": "unharmed"} for name in UNHARMED), "unharmed, and said so")


def careless(tap):
    lenient, eager, timid = verdicts("lenient"), verdicts("eager"), verdicts("timid")

    def of_lenient(result):
        if result["fault"] in FOOLED:
            return {"fooled"}
        if result["expect"] == "deliver":
            return {"leaked"} if result["fault"] in TOO_EXACT else {"delivered"}
        return {"leaked", "delivered", "refused"}

    check(tap, lenient, of_lenient)
    def of_timid(result):
        if result["expect"] == "either":
            return {"delivered", "leaked", "refused"}
        return {"delivered"} if result["expect"] == "deliver" or result["fault"] in UNHARMED else {"leaked", "refused"}

    check(tap, timid, of_timid)
    bad = {"fooled", "leaked"}
    for name, result in lenient.items():
        if result["expect"] != "deliver" and name not in NEITHER_IS_HAD:
            seen = {"lenient": result["verdict"], "eager": eager[name]["verdict"], "timid": timid[name]["verdict"]}
            tap.ok(bad & set(seen.values()), f"{name} can be failed", str(seen))


frame.main({"strict": strict, "careless": careless})
