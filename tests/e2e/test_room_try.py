#!/usr/bin/env python3
"""`doormat try --room`: the rows of the world, failed and passed by scripted senders, and as real mail servers meet them."""

import functools
import json
import os
import re
import shutil
import signal
import subprocess
import sys

import frame
import postfix
from frame import DOORMAT, HERE, SEARCH_PATH, TempDir, clean_environment
from test_room import (LIMIT_S, NOBODY, ONE_USER, ONE_USER_NOTE, ROUNDS, Room, as_root_with, can_have_room, in_room, own_mounts,
                       without_namespaces)
from test_with_others import BUILT, SENDMAIL_MC, UNPACKED, is_unpacked, write

BAD = {"fooled", "leaked"}
LAYERS = ("control", "dns", "dnssec", "dane")
WORLD = "@world,-@mta-sts"  # test_sts.py has the others
# On a machine with other work, what is right was delivered within 3 s.
WAIT_S = "8"
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


# ---- a resolver of the sender's own ----

UNBOUND = shutil.which("unbound", path=os.path.join(frame.ROOT, "build/senders/unbound/usr/sbin") + ":" + frame.SEARCH_PATH)
UNBOUND_CONF = """server:
  username: ""
  chroot: ""
  directory: "/tmp"
  pidfile: ""
  use-syslog: no
  logfile: ""
  interface: 127.0.0.1
  local-zone: "test." nodefault
  unblock-lan-zones: yes
  module-config: "{modules}"
  trust-anchor-file: "/usr/share/dns/root.key"
  root-hints: "/usr/share/dns/root.hints"
remote-control:
  control-enable: no
"""


@in_room
def test_own_resolver(tap):
    """It begins at the world's root, with the world's anchor: then the dnssec rows try the resolver."""
    if UNBOUND is None:
        tap.skip("own resolver", "unbound is neither installed nor unpacked")
        return
    for modules, verdict in (("validator iterator", "refused"), ("iterator", "fooled")):
        with frame.TempDir() as directory:
            with open(directory + "/unbound.conf", "w", encoding="ascii") as file:
                file.write(UNBOUND_CONF.format(modules=modules))
            setup = f"{UNBOUND} -c {directory}/unbound.conf && echo nameserver 127.0.0.1 >/etc/resolv.conf"
            rows, _ = try_rows("@dnssec", [*SCRIPTED, "sound"], "--setup", setup)
        to_refuse = [row for row in of_layer(rows, "dnssec") if row["expect"] == "refuse"]
        tap.equal([brief(row) for row in to_refuse if row["verdict"] != verdict], [], f"unbound as {modules}: {len(to_refuse)} rows {verdict}")
        tap.equal([brief(row) for row in of_layer(rows, "dnssec") if row["expect"] == "deliver" and row["verdict"] != "delivered"], [],
                  f"unbound as {modules}: what is right is delivered to")


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
    hold_questions(tap, rows)


def hold_questions(tap, rows):
    """Each begins with the MX record; TLSA is asked for where DANE is tried and the addresses are to be had securely."""
    first = {name: row["questions"][0] for name, row in rows.items() if row["questions"]}
    tap.equal([(name, first.get(name)) for name in rows if name not in first or
               (first[name]["name"].split(".")[0], first[name]["type"]) != (name, "MX")], [],
              "sound: the questions to DNS are told, from the first on")
    tap.equal([name for name, row in rows.items() if row["questions_seen"] < len(row["questions"])], [], "sound: and are counted")
    tap.equal([name for name, row in rows.items() if row["layer"] == "dane" and not name.startswith("dane-insecure")
               and "TLSA" not in {question["type"] for question in row["questions"]}], [], "sound: DANE asks for TLSA records")


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


@in_room
def test_unchecked(tap):
    """The room's resolver answers who does not want its checks: its own SERVFAIL is not all that can be met."""
    rows, _ = try_rows("@dnssec", [*SCRIPTED, "unchecked"])
    tap.equal([brief(row) for row in of_layer(rows, "dnssec") if (row["verdict"] == "fooled") != (row["expect"] == "refuse")], [],
              f"unchecked: each of {len(rows)} rows of dnssec delivered, rightly or not")


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
        result = subprocess.run(["sh", os.path.join(frame.ROOT, "tools/as-installed"), name, os.path.join(BUILT, name), UNPACKED[name][1],
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
    "encrypt": {"faults": "@dns", "surprises": TAKES_ADDRESS},
    "dane": {"surprises": TAKES_ADDRESS},
    "dane-only": {"faults": "@dane", "controls": DEMANDS_DANE},
}
EXIM = {
    "hosts_try_dane": {"faults": WORLD, "surprises": {**NO_NAME, **WRONG_AT_ALIAS}},
    "hosts_require_dane": {"faults": "@dane", "surprises": {**NO_NAME, **RIGHT_AT_ALIAS}, "controls": DEMANDS_DANE},
}


# ---- the room's end ----

# What is in a room while its sender runs: doormat, the room's first process, what was set up, and the sender with its two.
SET_UP = "x=$(setsid -f sh -c 'echo $$ >/tmp/daemon; exec sleep 1000 >/dev/null 2>&1')"
SENDER = "setsid sleep 1000 & sleep 1000; exit"
INHABITANTS = 6
# ... and while it is being set up.
IN_SETUP, INHABITANTS_IN_SETUP = 3, 5


def hold_empty(tap, room, mounts, what):
    tap.equal(room.await_end(), [], f"{what}: no process is left")
    tap.equal(own_mounts(), mounts, f"{what}: no mount is left")


def hold_ended(tap, who, prefix, signo):
    """As many at once as are to end: a room is no obstacle to another one."""
    mounts = own_mounts()
    with TempDir() as directory:
        os.chmod(directory, 0o777)
        room = Room(directory, prefix, DOORMAT)
        room.env["TMPDIR"] = directory
        words = ["try", *ALWAYS, "--timeout", "1000", "--faults", "mx-null", "--setup"]
        started = [room.start(*words, SET_UP, "--", "sh", "-c", SENDER) for _ in range(ROUNDS)]
        started += [room.start(*words, SENDER, "--", "true") for _ in range(IN_SETUP)]
        count = ROUNDS * INHABITANTS + IN_SETUP * INHABITANTS_IN_SETUP
        tap.equal(room.await_processes(count), count, f"{who}, {signo.name}: {len(started)} rooms")
        for process in started:
            process.send_signal(signo)
        said = [process.communicate(timeout=LIMIT_S)[1] for process in started]
        tap.equal({process.returncode for process in started}, {-signo}, f"{who}, {signo.name}: each ends by it")
        hold_empty(tap, room, mounts, f"{who}, {signo.name}")
        if signo != signal.SIGKILL:
            tap.equal([text for text in said if "interrupted; every process of the sender was ended" not in text], [],
                      f"{who}, {signo.name}: it says so")
            tap.equal([name for name in os.listdir(directory) if name not in ("doormat", ".cache")], [],
                      f"{who}, {signo.name}: no file is left")


def ended(signo):
    def test(tap):
        hold_ended(tap, "root" if os.geteuid() == 0 else "user", [], signo)
        if os.geteuid() == 0 and can_have_room(NOBODY):
            hold_ended(tap, "nobody", NOBODY, signo)
    return in_room(test)


# ---- what is set up ----

def run_room(*words, program=(), setup=None, directory=None):
    """In a room of its own mark; returns (result, room)."""
    room = Room(directory, (), DOORMAT)
    more = ["--setup", setup] if setup else []
    return room.run("try", *ALWAYS, *more, *words, "--", *program), room


BROKEN_SETUPS = {
    "fails": ("echo one; echo two >&2; exit 3", "doormat: --setup: the command ended with exit status 3: one two\n"),
    "fails without a word": ("exit 1", "doormat: --setup: the command ended with exit status 1\n"),
    "is killed": ("kill -KILL $$", "doormat: --setup: the command ended with exit status 137\n"),
    "is never ready": ("echo waiting; setsid sleep 1000 & sleep 1000", "doormat: --setup: the command was not ready after 1 s: waiting\n"),
    "is stubborn": ("trap '' TERM; while :; do sleep 1; done", "doormat: --setup: the command was not ready after 1 s\n"),
}


@in_room
def test_broken_setup(tap):
    mounts = own_mounts()
    for what, (setup, words) in BROKEN_SETUPS.items():
        with TempDir() as directory:
            result, room = run_room("--faults", "mx-null", "--timeout", "0.5", program=["true"], setup=setup, directory=directory)
            tap.equal((result.returncode, result.stderr), (2, words), f"a command of --setup that {what}")
            hold_empty(tap, room, mounts, what)


@in_room
def test_setup_leaves_daemon(tap):
    """It is there for each sender, whether or not it holds the command's standard output, and no longer than the room."""
    mounts = own_mounts()
    for what, setup in (("alone", SET_UP), ("with its output", "sleep 1000 & echo $! >/tmp/daemon")):
        with TempDir() as directory:
            script = f"kill -0 $(cat /tmp/daemon) && test -s \"$DOORMAT_CA\" && exec {' '.join(SCRIPTED)} sound"
            result, room = run_room("--faults", "mx-null,mx-cname", program=["sh", "-c", script], setup=setup, directory=directory)
            tap.equal((result.returncode, result.stderr), (0, ""), f"a daemon that --setup leaves {what}: each sender meets it")
            hold_empty(tap, room, mounts, what)


# ---- who may have a room ----

FEW = "mx-null,mx-servfail,dane-wrong,dane-301"


def readable_sender(directory):
    shutil.copy(os.path.join(HERE, "room_sender.py"), directory)
    return ["/usr/bin/python3", "-I", "-S", directory + "/room_sender.py"]


@in_room
def test_ordinary_user(tap):
    """He delivers and refuses as root does; that there is no other user is said."""
    def check(tap, room):
        for mode, status in (("sound", 0), ("careless", 1)):
            result = room.run("try", *ALWAYS, "--faults", FEW, "--", *readable_sender(room.directory), mode)
            tap.equal(result.returncode, status, f"nobody, {mode}: exit status {status}")
            verdicts = {row["fault"]: row["verdict"] for row in json.loads(result.stdout)["results"]}
            tap.equal(set(verdicts.values()), {"delivered", "refused"} if mode == "sound" else {"delivered", "fooled"},
                      f"nobody, {mode}: what becomes of {len(verdicts)} rows")
            tap.has(result.stderr, "doormat: " + ONE_USER_NOTE, f"nobody, {mode}: that there is one user is said")
        tap.equal(room.await_end(), [], "nobody: no process is left")
    if not os.path.exists("/usr/bin/python3") or not can_have_room(NOBODY):
        tap.skip("nobody", "no namespaces for users, or no python3 that all may run")
        return
    as_root_with(tap, check, ONE_USER, DOORMAT)


@in_room
def test_no_overlay(tap):
    """A file of a container's in /etc keeps a user from laying anything over it."""
    def check(tap, room):
        result = room.run("try", *ALWAYS, "--faults", "mx-null", "--", *readable_sender(room.directory), "sound")
        tap.equal(result.returncode, 0, "nobody in a container: exit status 0")
        tap.has(result.stderr, "doormat: what a sender writes into some directories fails or is not seen there, since the kernel refuses "
                               "an overlay: /etc", "nobody in a container: what is less is said")
    if not os.path.exists("/usr/bin/python3") or not can_have_room(NOBODY):
        tap.skip("nobody in a container", "no namespaces for users, or no python3 that all may run")
        return
    as_root_with(tap, check, "for f in resolv.conf hosts; do echo theirs > $f; mount --bind $f /etc/$f; done\n" + ONE_USER, DOORMAT)


@in_room
def test_no_room(tap):
    def check(kind, tap, room):
        before = os.listdir(room.directory)
        result = room.run("try", *ALWAYS, "--faults", "mx-null", "--output", room.directory + "/report", "--", "true")
        tap.equal(result.returncode, 2, f"without {kind} namespaces: exit status 2")
        tap.equal(os.listdir(room.directory), before, f"without {kind} namespaces: no file is left")
        tap.ok(re.fullmatch(rf"doormat: [^\n]*; sysctl -w user.max_{kind}_namespaces=10000 allows them\n", result.stderr),
               f"without {kind} namespaces: one sentence, which says what helps", result.stderr)
        tap.equal((result.stdout, room.await_end()), ("", []), f"without {kind} namespaces: nothing else, and nothing is left")
    for kind in ("net", "mnt", "pid"):
        as_root_with(tap, functools.partial(check, kind), without_namespaces(kind), DOORMAT)
    as_root_with(tap, functools.partial(check, "user"), without_namespaces("user").replace(
        "setpriv --reuid=0", "setpriv --inh-caps=-all --bounding-set=-all"), DOORMAT)


if __name__ == "__main__":
    frame.main({"own-resolver": test_own_resolver, "sound": test_sound, "careless": test_careless, "unchecked": test_unchecked,
                **{f"postfix-{level}": in_room(functools.partial(hold_postfix, level=level, **how)) for level, how in POSTFIX.items()},
                **{f"exim-{dane}": in_room(functools.partial(hold_exim, dane=dane, **how)) for dane, how in EXIM.items()},
                "opensmtpd": in_room(test_opensmtpd), "sendmail": in_room(test_sendmail),
                **{f"ended-{signo.name.lower()}": ended(signo) for signo in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)},
                "setup-broken": test_broken_setup, "setup-daemon": test_setup_leaves_daemon, "user": test_ordinary_user,
                "no-overlay": test_no_overlay, "no-room": test_no_room})
