#!/usr/bin/env python3
"""`doormat try --with` for Exim, OpenSMTPD and sendmail, which are only unpacked: each seems to be installed, in a mount namespace
of its own (tools/as-installed).  As root."""

import os
import signal
import subprocess

import frame
from frame import DOORMAT, SEARCH_PATH
from test_with import BUILT, Machine, as_json, hold_clean, verdicts, wait_for, write

EXIM_CONF = """primary_hostname = sender.doormat.test
keep_environment =
acl_smtp_rcpt = accept
begin acl
begin routers
outgoing:
  driver = dnslookup
  transport = remote_smtp
begin transports
remote_smtp:
  driver = smtp
  hosts_try_dane =
begin retry
* * F,1h,1m
"""
SENDMAIL_MC = """divert(-1)
define(`_CF_DIR_', `{root}/usr/share/sendmail/cf/')
include(`{root}/usr/share/sendmail/cf/m4/cf.m4')dnl
divert(0)dnl
OSTYPE(`linux')dnl
FEATURE(`access_db', `hash -T<TMPF> -o /etc/mail/access')dnl
MAILER(`smtp')dnl
"""
# {name: (what is unpacked, what its package would do besides, the word for --with, faults that are red at first)}
UNPACKED = {
    "exim": ("usr/sbin/exim4", "add_user Debian-exim 12525 /var/spool/exim4; mkdir -p /etc/exim4 /var/spool/exim4 /var/log/exim4\n"
             "chown Debian-exim /var/spool/exim4 /var/log/exim4; cp \"$TEST_CONFIG\" /etc/exim4/exim4.conf", "exim",
             {"self-signed": "fooled", "wrong-host": "fooled", "tls10": "fooled", "starttls-not-offered": "leaked",
              "null-cipher": "leaked"}),
    "opensmtpd": ("usr/sbin/smtpd", "add_user opensmtpd 12531 /; add_user opensmtpq 12532 /\n"
                  "mkdir -p /var/lib/opensmtpd/empty /var/spool/smtpd; echo localhost >/etc/mailname; : >/etc/aliases\n"
                  "chgrp opensmtpq /usr/sbin/smtpctl; chmod 2755 /usr/sbin/smtpctl", "opensmtpd",
                  {"self-signed": "fooled", "wrong-host": "fooled", "camellia": "fooled",
                   "starttls-not-offered": "leaked", "null-cipher": "leaked"}),
    "sendmail": ("usr/libexec/sendmail/sendmail", "add_user smmsp 12541 /; mkdir -p /etc/mail\n"
                 "m4 <\"$TEST_CONFIG\" >/etc/mail/sendmail.cf", "sendmail=/usr/libexec/sendmail/sendmail",
                 {"self-signed": "fooled", "expired": "fooled", "starttls-not-offered": "leaked"}),
}


def configuration(name, root):
    return {"exim": EXIM_CONF, "opensmtpd": "", "sendmail": SENDMAIL_MC.format(root=root)}[name]


def is_unpacked(tap, name):
    if os.path.exists(os.path.join(BUILT, name, UNPACKED[name][0])):
        return True
    tap.skip(name, "tools/setup --scoreboard unpacks it")
    return False


def start_unpacked(machine, name, *words, spoil="", word=None, change=lambda text: text):
    """`spoil`: what the installation then suffers, in shell; `change`: what its configuration does."""
    _, script, usual, _ = UNPACKED[name]
    root = os.path.join(BUILT, name)
    write(machine.dir + "/configuration", change(configuration(name, root)))
    return subprocess.Popen(["sh", os.path.join(frame.ROOT, "tools/as-installed"), name, root, script + "\n" + spoil, DOORMAT, "try", "--with",
                             word or usual, *words],
                            env={**machine.environment(), "TEST_CONFIG": machine.dir + "/configuration", "PATH": SEARCH_PATH},
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")


def run_unpacked(machine, name, *words, **how):
    with start_unpacked(machine, name, *words, **how) as process:
        stdout, stderr = process.communicate(timeout=280)
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def hold_unpacked(tap, name):
    red = UNPACKED[name][3]
    if not is_unpacked(tap, name):
        return
    with Machine() as machine:
        reports = [as_json(run_unpacked(machine, name, "--faults", ",".join(red), "--format", "json", *more))
                   for more in ([], ["--apply"])]
        seen = verdicts(reports[0])
        tap.equal({fault: seen[fault] for fault in red}, red, f"{name}: as it comes")
        tap.equal(seen["control"], "delivered", f"{name}: the control")
        settings = reports[1]["settings"]
        tap.ok(settings["version"], f"{name}: its version", settings)
        tap.equal(sorted(fault for advice in settings["advice"] for fault in advice["faults"]), sorted(red),
                  f"{name}: each has a line")
        for advice in settings["advice"]:
            tap.equal((advice["turned_green"], advice["still_red"]), (len(advice["faults"]), []),
                      f"{name}: proven: {advice['lines'].splitlines()[0]}")
        hold_clean(tap, machine, name)


def test_exim(tap):
    hold_unpacked(tap, "exim")


def test_opensmtpd(tap):
    hold_unpacked(tap, "opensmtpd")


def test_sendmail(tap):
    hold_unpacked(tap, "sendmail")


RELAY_BY = "printf 'action \"x\" relay host %s\\nmatch from local for any action \"x\"\\n' {}://x >/etc/smtpd.conf"
# What is wrong, how that is brought about, and what the error says.
BROKEN = {
    "exim": (("another program", {"word": "exim=/bin/ls"}, "/ls does not answer like Exim"),
             ("a stray line", {"change": "nonsense line\n{}".format}, "line 1 of /etc/exim4/exim4.conf: main option \"nonsense\""),
             ("no configuration", {"spoil": "rm -r /etc/exim4"}, "non-existent configuration file(s): /etc/exim4/exim4.conf"),
             ("no user", {"spoil": "sed -i /^Debian-exim:/d /etc/passwd"}, "user name \"Debian-exim\"")),
    "opensmtpd": (("another program", {"word": "opensmtpd=/bin/ls"}, "/ls does not answer like OpenSMTPD"),
                  ("a stray line", {"spoil": "echo stray >>/etc/smtpd.conf"}, "/etc/smtpd.conf:20: syntax error"),
                  ("no configuration", {"spoil": "rm /etc/smtpd.conf"}, "/etc/smtpd.conf: No such file"),
                  ("no user", {"spoil": "sed -i /^opensmtpd:/d /etc/passwd"}, "unknown user opensmtpd"),
                  ("no relay", {"spoil": RELAY_BY.format("lmtp")}, "no action that relays"),
                  ("a scheme that is none", {"spoil": RELAY_BY.format("foo")},
                   "Failed to parse smarthost foo://"),
                  ("ciphers that are none", {"spoil": "echo 'smtp ciphers \"NONSENSE\"' >>/etc/smtpd.conf"},
                   "could not set cipher list"),
                  ("no smtpctl", {"spoil": "rm /usr/sbin/smtpctl"}, "/usr/sbin/smtpctl, which hands in mail")),
    "sendmail": (("another program", {"word": "sendmail=/bin/ls"}, "/ls does not answer like sendmail"),
                 ("a stray line", {"spoil": "echo stray >>/etc/mail/sendmail.cf"}, "unknown configuration line \"stray\""),
                 ("no configuration", {"spoil": "rm /etc/mail/sendmail.cf"}, "/etc/mail/sendmail.cf"),
                 ("no relay", {"change": lambda text: text.replace("MAILER(`smtp')dnl", "")}, "no mailer `relay`"),
                 ("a bad access table", {"spoil": "printf 'x\\n' >/etc/mail/access"}, "makemap ended with status 65")),
}


def test_unpacked_broken(tap):
    for name, cases in BROKEN.items():
        if not is_unpacked(tap, name):
            continue
        for what, how, words in cases:
            with Machine() as machine:
                result = run_unpacked(machine, name, "--faults", "expired,self-signed", **how)
                tap.equal(result.returncode, 2, f"{name}, {what}: exit status")
                tap.has(result.stderr, words, f"{name}, {what}: it says why")
                hold_clean(tap, machine, f"{name}, {what}")


def test_exim_without_tls_by_mistake(tap):
    if not is_unpacked(tap, "exim"):
        return
    with Machine() as machine:
        result = run_unpacked(machine, "exim", "--faults", "expired",
                              change=lambda text: text.replace("hosts_try_dane =", "tls_require_ciphers = NONSENSE"))
        tap.has(" ".join(result.stdout.split()), "Its log says: TLS session: (gnutls_priority_init(NONSENSE) failed",
                "its log is read")


def test_implicit_tls(tap):
    """Others than Postfix at port 465."""
    for name, how in (("exim", {"change": lambda text: text.replace("hosts_try_dane =", "protocol = smtps")}),
                      ("opensmtpd", {"spoil": RELAY_BY.format("smtps")})):
        if is_unpacked(tap, name):
            with Machine() as machine:
                report = as_json(run_unpacked(machine, name, "--faults", "wrong-host", "--format", "json", **how))
                tap.equal(verdicts(report)["control"], "delivered", f"{name}: delivered")
                tap.ok(all(attempt["implicit_tls"] for result in report["results"] for attempt in result["attempts"]),
                       f"{name}: TLS from the beginning", report["results"])


def test_interrupted(tap):
    """While a server stands still, a signal ends all."""
    for name, file in (("exim", "exim.conf"), ("opensmtpd", "smtpd.conf"), ("sendmail", "sendmail.cf")):
        for signo in (signal.SIGTERM, signal.SIGINT) if is_unpacked(tap, name) else ():
            with Machine() as machine:
                with start_unpacked(machine, name, "--faults", "ehlo-stall,dot-stall") as process:
                    process.temp = machine.dir + "/tmp/"
                    tap.ok(wait_for(file, process), f"{name}, {signo.name}: it has begun")
                    process.send_signal(signo)
                    process.communicate(timeout=60)
                tap.equal(process.returncode, -signo, f"{name}, {signo.name}: it ends by it")
                hold_clean(tap, machine, f"{name}, {signo.name}")


if __name__ == "__main__":
    frame.main({"exim": test_exim, "opensmtpd": test_opensmtpd, "sendmail": test_sendmail, "broken": test_unpacked_broken,
                "exim-without-tls-by-mistake": test_exim_without_tls_by_mistake, "implicit-tls": test_implicit_tls,
                "interrupted": test_interrupted})
