#!/usr/bin/env python3
"""`doormat try --room`: the rows of the world, failed and passed by scripted senders, and as real mail servers meet them."""

import functools
import json
import os
import subprocess
import sys

import frame
import postfix
from frame import DOORMAT, HERE, SEARCH_PATH, TempDir, clean_environment
from test_room import can_have_room
from test_with_others import BUILT, SENDMAIL_MC, UNPACKED, is_unpacked, write

BAD = {"fooled", "leaked"}
LAYERS = ("control", "dns", "dnssec", "dane")
WORLD = "@world,-@mta-sts"  # test_sts.py has the others
# The room's resolver says after 2.5 s that a name server is silent, and a sender may ask twice before it goes on.
WAIT_S = "6"
SCRIPTED = [sys.executable, "-I", "-S", os.path.join(HERE, "room_sender.py")]

# Rows of which a sender makes nothing worse than to stop, whatever it takes for true.
NEVER_HAD = {
    "mx-loop": "DNS has no address for any name of the domain",
    "host-servfail": "likewise",
}
# What the careless sender cannot deliver.
LED_ASTRAY = {"mx-forged-address": "nobody listens at the address that it takes"}

# Rows where real senders do not do what the text wants: the verdict, and why.
TAKES_ADDRESS = {"mx-address": ("fooled", "it takes an MX name that looks like an address for one")}
NO_NAME = {"dane-ta-wrong-name": ("fooled", "Exim leaves the name to GnuTLS, whose dane_verify_crt_raw compares none (RFC 7672 3.2.2)")}
AT_ALIAS = "Exim never asks for TLSA records at the alias (RFC 7672 2.2.2)"
WRONG_AT_ALIAS = {"dane-cname-alias-wrong": ("fooled", AT_ALIAS)}
RIGHT_AT_ALIAS = {"dane-cname-tlsa-at-alias": ("turned-away", AT_ALIAS)}
# Levels that have to find TLSA records do not deliver where there are none.
DEMANDS_DANE = {"control": "unclear"}


def in_room(test):
    def run_if_there(tap):
        if can_have_room():
            test(tap)
        else:
            tap.skip("rooms", "no namespaces here")
    return run_if_there


ALWAYS = ["--quiet", "--room", "--format", "json"]


def by_name(document):
    return {row["fault"]: row for row in document["results"]}


def try_rows(faults, command, *words):
    document, result = frame.run_json("try", *ALWAYS, "--once", "--jobs", "8", "--faults", faults, *words, "--", *command)
    return by_name(document), result


def brief(row):
    return {key: row.get(key) for key in ("fault", "expect", "verdict", "reason", "output")}


def of_layer(rows, layer):
    return [row for row in rows.values() if row["layer"] == layer]


# ---- both ways ----

@in_room
def test_sound(tap):
    rows, result = try_rows(WORLD, [*SCRIPTED, "sound"])
    tap.equal(result.returncode, 0, "sound: exit status 0")
    wanted = frame.run("faults", "--names", WORLD).stdout.split()
    tap.equal([name for name in wanted if name not in rows], [], f"sound: {len(wanted)} rows are tried")
    for layer in LAYERS:
        tap.equal([brief(row) for row in of_layer(rows, layer) if not row["as_expected"]], [], f"sound: every row of {layer} passed")
    tap.equal([name for name, row in rows.items() if row["verdict"] == "not-shown"], [], "sound: each of them shows")


@in_room
def test_careless(tap):
    rows, _ = try_rows(WORLD, [*SCRIPTED, "careless"])
    tap.equal([brief(row) for row in of_layer(rows, "control") if row["verdict"] != "delivered"], [], "careless: delivers to controls")
    for layer in LAYERS[1:]:
        to_refuse = {row["fault"]: row for row in of_layer(rows, layer) if row["expect"] == "refuse"}
        tap.equal([brief(row) for name, row in to_refuse.items() if row["verdict"] not in BAD and name not in NEVER_HAD], [],
                  f"careless: each of {len(to_refuse)} rows of {layer} failed")
        tap.equal([brief(row) for row in of_layer(rows, layer) if row["expect"] != "refuse" and row["verdict"] != "delivered"
                   and row["fault"] not in LED_ASTRAY], [], f"careless: delivers what is right in {layer}")
    for name, why in NEVER_HAD.items():
        tap.equal(rows[name]["verdict"], "refused", f"careless: {name} cannot be failed: {why}")
    for name, why in LED_ASTRAY.items():
        tap.equal(rows[name]["verdict"], "turned-away", f"careless: {name}: {why}")


# ---- real senders ----

def hold_rows(tap, who, rows, surprises, has_dane, controls=None):
    """controls: those that are not delivered."""
    tap.equal({row["fault"]: row["verdict"] for row in of_layer(rows, "control") if row["verdict"] != "delivered"}, controls or {},
              f"{who}: controls")
    for layer in LAYERS[1:]:
        of_it = of_layer(rows, layer)
        if not of_it:
            continue
        tap.equal({row["fault"]: row["verdict"] for row in of_it if not row["as_expected"]},
                  {name: verdict for name, (verdict, _) in surprises.items() if name in rows and rows[name]["layer"] == layer},
                  f"{who}: {len(of_it)} rows of {layer}")
        is_shown = layer != "dane" or has_dane
        tap.equal([row["fault"] for row in of_it if (row["verdict"] != "not-shown") != is_shown], [],
                  f"{who}: {layer} {'shows' if is_shown else 'does not concern it'}")


def hold_postfix(tap, level, faults=WORLD, surprises=(), controls=None):
    if not postfix.is_here() or os.geteuid() != 0:
        tap.skip(f"Postfix, {level}", "tools/setup unpacks it, and it runs as root")
        return
    with TempDir() as directory:
        setup, command = postfix.for_room(directory, level)
        rows, _ = try_rows(faults, command, "--wait", WAIT_S, "--setup", setup)
    hold_rows(tap, f"Postfix, {level}", rows, dict(surprises), level.startswith("dane"), controls)


def try_installed(name, configuration, faults, words, command):
    """The room of a machine that has the package installed."""
    with TempDir() as directory:
        write(directory + "/configuration", configuration)
        result = subprocess.run(["sh", os.path.join(HERE, "as_installed.sh"), name, os.path.join(BUILT, name), UNPACKED[name][1],
                                 DOORMAT, "try", *ALWAYS, "--faults", faults, *words, "--", *command],
                                env=clean_environment(directory, TEST_CONFIG=directory + "/configuration", PATH=SEARCH_PATH),
                                stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False, timeout=280)
    try:
        return by_name(json.loads(result.stdout))
    except ValueError:
        raise SystemExit(f"Bail out! {name}: no JSON (exit status {result.returncode})\n{result.stderr[:2000]}") from None


EXIM_CONF = """primary_hostname = sender.doormat.test
keep_environment =
acl_smtp_rcpt = accept
dns_dnssec_ok = 1
begin acl
begin routers
outgoing:
  driver = dnslookup
  dnssec_request_domains = *
  transport = remote_smtp
begin transports
remote_smtp:
  driver = smtp
  {dane} = *
begin retry
* * F,1h,1m
"""


def hold_exim(tap, dane, faults, surprises, controls=None):
    if is_unpacked(tap, "exim"):
        rows = try_installed("exim", EXIM_CONF.format(dane=dane), faults, ["--jobs", "8"],
                             ["exim4", "-odf", "-oi", "-v", "-f", "{from}", "{to}"])
        hold_rows(tap, f"Exim, {dane}", rows, surprises, True, controls)


SMTPD_CONF = """listen on socket
action "relay" relay
match from local for any action "relay"
mta limit session-keepalive 0
mta limit session-transaction-delay 0
"""
# It asks for the directories that its package makes, and is ready when its socket is there.
SMTPD_SETUP = """cp "$TEST_CONFIG" /etc/smtpd.conf
cd /var/spool/smtpd
mkdir -p offline purge
chown root:opensmtpq offline
chown opensmtpq purge
chmod 711 .
chmod 770 offline
chmod 700 purge
smtpd
while ! test -S /var/run/smtpd.sock; do sleep 0.05; done
"""


def test_opensmtpd(tap):
    """Of messages that are handed in at the same time it loses some."""
    if is_unpacked(tap, "opensmtpd"):
        rows = try_installed("opensmtpd", SMTPD_CONF, WORLD, ["--jobs", "1", "--once", "--wait", WAIT_S, "--setup", SMTPD_SETUP],
                             ["sendmail", "-f", "{from}", "{to}"])
        hold_rows(tap, "OpenSMTPD", rows, TAKES_ADDRESS, False)


def test_sendmail(tap):
    if is_unpacked(tap, "sendmail"):
        configuration = SENDMAIL_MC.format(root=os.path.join(BUILT, "sendmail")).replace("MAILER(", "FEATURE(`nocanonify')dnl\nMAILER(")
        rows = try_installed("sendmail", configuration, "@world",
                             ["--jobs", "8", "--setup", "mkdir -p /var/spool/mqueue; chmod 700 /var/spool/mqueue"],
                             ["/usr/libexec/sendmail/sendmail", "-odi", "-oi", "-v", "-f", "{from}", "{to}"])
        hold_rows(tap, "sendmail", rows, TAKES_ADDRESS, False)


# Each level of security, or setting, and what it tries.
POSTFIX = {
    "may": {"surprises": TAKES_ADDRESS},
    "encrypt": {"surprises": TAKES_ADDRESS},
    "dane": {"surprises": TAKES_ADDRESS},
    "dane-only": {"faults": "@dane", "controls": DEMANDS_DANE},
}
EXIM = {
    "hosts_try_dane": {"faults": WORLD, "surprises": {**NO_NAME, **WRONG_AT_ALIAS}},
    "hosts_require_dane": {"faults": "@dane", "surprises": {**NO_NAME, **RIGHT_AT_ALIAS}, "controls": DEMANDS_DANE},
}


if __name__ == "__main__":
    frame.main({"sound": test_sound, "careless": test_careless,
                **{f"postfix-{level}": in_room(functools.partial(hold_postfix, level=level, **how)) for level, how in POSTFIX.items()},
                **{f"exim-{dane}": in_room(functools.partial(hold_exim, dane=dane, **how)) for dane, how in EXIM.items()},
                "opensmtpd": in_room(test_opensmtpd), "sendmail": in_room(test_sendmail)})
