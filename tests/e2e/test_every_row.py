#!/usr/bin/env python3
"""Every row of the catalogue can be failed, and every row can be passed: senders that are scripted to make every mistake, and one
that makes none (tests/senders/scripted.c), at all of them, by TLS version.  What goes on in plaintext, wherever it says so, leaks."""

import concurrent.futures
import fnmatch
import functools
import os

import frame
from senders import COMMANDS, why_not

SCRIPTED = os.path.join(os.path.dirname(frame.DOORMAT), "senders/scripted")
BAD = {"fooled", "leaked"}
DIALOGUE = {"starttls", "smtp"}

# Rows that a sender which insists on TLS cannot fail, whatever it takes: the connection never comes so far.
NEVER_ENTERED = {
    "alert-*": "the server ends each handshake with this alert",
    "client-cert-refused": "the server refuses whoever comes",
    "bad-handshake-signature": "no library goes on from there: the sender can only do without TLS",
}
# What exists in some versions alone.
NOT_IN = {
    "tls12": {
        "worst": "it is TLS 1.0",
        "tls1[01]": "the row is the version",
        "wrong-key-usage": "below TLS 1.3 OpenSSL compares the key usage of an EC key whatever it is told",
        "duplicate-extension": "likewise: it cannot read the key usage, and takes that for none",
        "malformed-*": "likewise",
    },
    "tls13": {
        "worst": "it is TLS 1.0",
        "tls1[01]": "the row is the version",
        "rsa512": "too short for each signature of TLS 1.3",
        "dsa1024": "TLS 1.3 has no DSA",
        "p192-key": "TLS 1.3 has no such curve",
        "sec[pt]*-key": "TLS 1.3 has no such curve",
        "null-cipher": "TLS 1.3 has no such suite",
        "null-md5": "TLS 1.3 has no such suite",
        "null-sha256": "TLS 1.3 has no such suite",
        "anon-*": "TLS 1.3 has no such suite",
        "camellia": "TLS 1.3 has no such suite",
        "aria": "TLS 1.3 has no such suite",
        "static-rsa": "TLS 1.3 has no such exchange",
        "dhe*": "TLS 1.3 has named groups alone",
        "ecdhe-sec[pt]*": "TLS 1.3 has no such curve",
        "ske-sha1*": "the row is about ServerKeyExchange",
    },
}
# Rows that are about another kind of host than the tests' own.
OTHER_HOST = {"address-as-dns-name": "it shows only to who was told an address"}
# Where the server ends the connection before the sender can say anything.
CUT_OFF = {
    "ehlo-fin": "EHLO ends the connection",
    "ehlo-rst": "EHLO ends the connection",
    "starttls-rst": "STARTTLS resets the connection",
    "handshake-rst": "the ClientHello resets the connection",
    "tls-rst": "the end of the handshake resets the connection",
}
# Modes of plaintext, and the rows where they need not leak.
PLAINTEXT = {
    "plain": {"ehlo-*": CUT_OFF["ehlo-fin"], "starttls-rst": CUT_OFF["starttls-rst"]},
    "pipe": {"ehlo-*": CUT_OFF["ehlo-fin"]},
    "unwrap": {"ehlo-*": CUT_OFF["ehlo-fin"], "*-rst": "the connection is reset",
               "tls-greeting": "the server speaks first, and waits for its close_notify"},
    "fall-alert": {}, "fall-noalert": {}, "fall-slow": {},
}
# A handshake that fails on the sender's side, or on the server's, or that never begins.
FALLS = {"client-cert-refused": "in TLS 1.3 the sender learns of it when it has sent the message, inside TLS"}
TAKES_A_MINUTE = {"rsa16384": "its key takes a minute to make, and is only longer than that of rsa8192"}
# Real senders that go on in plaintext where there is no TLS, as they come or as scripts use them.
UNREAD = {
    "swaks-optional": COMMANDS["swaks-optional"],
    "swaks-optional-verify": COMMANDS["swaks-optional"] + ["--tls-verify", "--tls-ca-path", "{ca}"],
    "net-smtp": COMMANDS["net-smtp"] + ["unread"],
    "php-careless": COMMANDS["php-careless"],
}
NEVER_HAD = ("bad-handshake-signature,alert-handshake-failure,alert-internal-error,handshake-fin,starttls-220-plaintext,"
             "starttls-220-garbage,starttls-220-421,starttls-454,starttls-554,starttls-not-offered")
NOT_TRUSTED = "self-signed,expired,untrusted-root"


def excepted(name, table):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in table)


def try_rows(faults, *words, jobs="8", host=(), command=(SCRIPTED,)):
    document, _ = frame.run_json("try", "--quiet", "--jobs", jobs, *host, "--faults", faults, "--format", "json", "--",
                                 *command, *words)
    return {row["fault"]: row for row in document["results"]}


@functools.cache
def catalogue():
    rows, _ = frame.run_json("faults", "--json")
    return {row["name"]: row for row in rows}


def slow_rows():
    return [name for name, row in catalogue().items() if "slow" in row["groups"]]


def try_quick(faults, *words):
    return try_rows(faults + "".join(",-" + name for name in slow_rows()), *words)


def try_all(*words):
    """The whole catalogue; what is slow all at once, since it only waits."""
    slow = ",".join(name for name in slow_rows() if name not in TAKES_A_MINUTE)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        waiting = pool.submit(try_rows, slow, *words, jobs="32")
        return {**try_quick("@all", *words), **waiting.result()}


def brief(row):
    return row["verdict"], (row["reason"] or {}).get("kind"), row["explanation"]


def unused(tap, tables, names):
    for pattern in tables:
        tap.ok(fnmatch.filter(names, pattern), f"{pattern} is a row")


def careless(tap):
    """Any version: at each row that is to be refused, one of the careless is fooled or leaks."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        modes = [pool.submit(try_all, "careless"), pool.submit(try_all, "timid"), pool.submit(try_quick, "@all", "eager")]
        runs = [mode.result() for mode in modes]
    for name, row in runs[0].items():
        seen = [brief(run[name]) for run in runs if name in run]
        if row["expect"] == "refuse":
            tap.ok(BAD & {verdict for verdict, _, _ in seen}, f"{name} can be failed", seen)
        elif row["layer"] == "control":
            tap.ok({verdict for verdict, _, _ in seen} == {"delivered"}, f"{name} is delivered", seen)


def encrypts(version, tap):
    """One version: it is fooled at each row that the version has."""
    exceptions = {**NEVER_ENTERED, **NOT_IN[version]}
    for name, row in try_quick("@all,-@starttls,-@smtp", "encrypts", version).items():
        if row["expect"] == "refuse" and not excepted(name, exceptions):
            tap.ok(row["verdict"] in BAD, f"{version}: {name} can be failed", brief(row))
        elif row["expect"] == "refuse":
            tap.ok(row["verdict"] == "refused", f"{version}: {name} is an exception still", brief(row))
    unused(tap, exceptions, catalogue())


def strict(version, tap):
    """It does at each row what is expected, and for a reason of its own."""
    rows = try_all("strict") if version == "any" else try_quick("@all", "strict", version)
    for name, row in rows.items():
        if name in OTHER_HOST:
            tap.equal(brief(row)[:2], ("not-shown", "host"), f"strict, {version}: {name} is an exception still")
            continue
        not_shown = row["verdict"] == "not-shown" and version != "any" and brief(row)[1] == "control-not-offered"
        good = row["as_expected"] and (row["verdict"] in ("refused", "delivered") or not_shown)
        tap.ok(good, f"strict, {version}: {name}", brief(row))


def addresses(tap):
    for mode, wanted in (("careless", "fooled"), ("strict", "refused")):
        for name, row in try_rows(",".join(OTHER_HOST), mode, host=("--host", "127.0.0.1")).items():
            tap.ok(row["verdict"] == ("delivered" if row["layer"] == "control" else wanted), f"{mode}: {name}", brief(row))


def unread(sender, tap):
    """Nobody looks at what came of STARTTLS."""
    why = why_not(sender.removesuffix("-verify"))
    if why is None and sender == "net-smtp" and os.system("perl -e 'require IO::Socket::SSL' 2>/dev/null") != 0:
        why = "IO::Socket::SSL is not installed"
    if why is not None:
        tap.skip(f"{sender} leaks", why)
        return
    # Of these two the one does not verify, and the other trusts what the machine trusts.
    faults = NEVER_HAD if sender in ("swaks-optional", "php-careless") else f"{NEVER_HAD},{NOT_TRUSTED}"
    rows = try_rows(faults, command=UNREAD[sender])
    for name, row in rows.items():
        tap.ok(row["verdict"] == ("delivered" if row["layer"] == "control" else "leaked"), f"{sender}: {name} leaks", brief(row))


def plaintext(mode, tap):
    """It leaks wherever the handshake fails, never begins or is closed."""
    exceptions = {**PLAINTEXT[mode], **(FALLS if mode.startswith("fall") else {})}
    for name, row in try_quick("@all,-@smtp", mode).items():
        falls = row["layer"] != "starttls" or name.startswith(("starttls-220-", "handshake-"))
        if row["expect"] != "refuse" or (mode.startswith("fall") and not falls):
            continue
        if not excepted(name, exceptions) and not (mode.startswith("fall") and name in CUT_OFF):
            tap.ok(row["verdict"] == "leaked", f"{mode}: {name} leaks", brief(row))


frame.main({"careless": careless,
            **{f"careless-{version}": functools.partial(encrypts, version) for version in NOT_IN},
            **{f"strict-{version}": functools.partial(strict, version) for version in ("any", "tls12", "tls13")},
            "addresses": addresses,
            **{f"unread-{sender}": functools.partial(unread, sender) for sender in UNREAD},
            **{f"plaintext-{mode}": functools.partial(plaintext, mode) for mode in PLAINTEXT}})
