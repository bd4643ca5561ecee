#!/usr/bin/env python3
"""`doormat try --with`: the machine's mail servers, driven by the harness; the lines that it shows, proven; and that nothing is
left behind.  As root."""

import json
import os
import signal
import subprocess
import time

import frame
from frame import DOORMAT, HERE, ROOT, SEARCH_PATH, TempDir, clean_environment

BUILT = os.path.join(ROOT, "build/senders")
FEW = "self-signed,expired,wrong-host,starttls-not-offered,null-cipher,tls10,camellia,subdomain-san,rsa1024,sni-required"

MAIN_CF = """
myhostname = sender.doormat.test
mydestination =
relayhost = [relay.invalid]
always_bcc = nobody
content_filter = smtp:[filter.invalid]
smtp_tls_security_level = {level}
"""
MASTER_CF = """
smtp     inet n - y - - smtpd
pickup   unix n - y 60 1 pickup
cleanup  unix n - y - 0 cleanup
qmgr     unix n - n 300 1 qmgr
tlsmgr   unix - - y 1000? 1 tlsmgr
rewrite  unix - - y - - trivial-rewrite
bounce   unix - - y - 0 bounce
defer    unix - - y - 0 bounce
trace    unix - - y - 0 bounce
proxymap unix - - n - - proxymap
smtp     unix - - y - - smtp
error    unix - - y - - error
retry    unix - - y - - error
discard  unix - - y - - discard
"""
# A Postfix that is unpacked finds its own by these, and runs as users that every Debian has.
UNPACKED_CF = """
command_directory = {root}/usr/sbin
daemon_directory = {root}/usr/lib/postfix/sbin
shlib_directory = {root}/usr/lib/postfix
meta_directory = {root}/etc/postfix
mail_owner = games
setgid_group = operator
import_environment = POSTLOG_SERVICE POSTLOG_HOSTNAME MAIL_CONFIG MAIL_LOGTAG TZ LANG=C LD_LIBRARY_PATH={root}/usr/lib/postfix
export_environment = MAIL_CONFIG TZ LANG LD_LIBRARY_PATH={root}/usr/lib/postfix
"""
POSTFIX = os.path.join(BUILT, "postfix")
IS_UNPACKED = os.path.exists(os.path.join(POSTFIX, "usr/sbin/postfix"))


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Machine:
    """The configuration of an administrator, and a place for temporary files that must be empty afterwards."""

    def __init__(self, level="may", more=""):
        self.level, self.more = level, more

    def __enter__(self):
        self.temp = TempDir()
        self.dir = self.temp.__enter__()
        os.mkdir(self.dir + "/tmp", 0o755)
        os.mkdir(self.dir + "/postfix", 0o755)
        base = UNPACKED_CF.format(root=POSTFIX) if IS_UNPACKED else ""
        write(self.dir + "/postfix/main.cf", base + MAIN_CF.format(level=self.level) + self.more)
        write(self.dir + "/postfix/master.cf", MASTER_CF)
        return self

    def __exit__(self, kind, error, trace):
        self.temp.__exit__(kind, error, trace)

    def environment(self):
        more = {"LD_LIBRARY_PATH": POSTFIX + "/usr/lib/postfix"} if IS_UNPACKED else {}
        return clean_environment(self.dir, TMPDIR=self.dir + "/tmp", MAIL_CONFIG=self.dir + "/postfix", **more)

    def words(self, *words):
        name = f"postfix={POSTFIX}/usr/sbin/postfix" if IS_UNPACKED else "postfix"
        return [DOORMAT, "try", "--with", name, *words]

    def run(self, *words):
        return subprocess.run(self.words(*words), env=self.environment(), stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, errors="replace", check=False, timeout=280)

    def run_json(self, *words):
        return as_json(self.run("--format", "json", *words))


def as_json(result):
    try:
        return json.loads(result.stdout)
    except ValueError:
        raise SystemExit(f"Bail out! no JSON (exit status {result.returncode})\n{result.stdout[:1000]}\n"
                         f"{result.stderr[:1000]}") from None


def verdicts(report):
    return {result["fault"]: result["verdict"] for result in report["results"]}


def processes_below(directory):
    """Those whose command line or working directory names it."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            cwd = os.readlink(f"/proc/{pid}/cwd")
            line = read(f"/proc/{pid}/cmdline")
        except (OSError, UnicodeDecodeError):
            continue
        if int(pid) != os.getpid() and (cwd.startswith(directory) or directory in line):
            found.append(f"{pid} {line!r}")
    return found


def hold_clean(tap, machine, what):
    tap.equal(os.listdir(machine.dir + "/tmp"), [], f"{what}: no file is left")
    tap.equal(processes_below(machine.dir), [], f"{what}: no process is left")


def test_arguments(tap):
    for words, what in ((["--with", "qmail"], "not postfix, exim, opensmtpd or sendmail"),
                        (["--with", "postfx"], "did you mean 'postfix'?"),
                        (["--with", "postfix=/bin/ls"], "postconf cannot be run"),
                        (["--with", "exim=/bin/ls"], "ls: invalid option"),
                        (["--apply", "--", "true"], "--apply"),
                        (["--with", "postfix", "--", "true"], "leave out 'true'"),
                        (["--with", "postfix", "--host", "mx.example.org"], "below .test"),
                        (["--with", "postfix=/nonexistent/postfix"], "/nonexistent/postfix"),
                        (["--with", "postfix", "--settle", "1"], "--settle")):
        result = frame.run("try", "--faults", "expired", *words)
        tap.equal(result.returncode, 2, f"{' '.join(words)}: exit status")
        tap.has(result.stderr, what, f"{' '.join(words)}: says so")
    with TempDir() as home:
        os.chmod(home, 0o777)
        result = subprocess.run([DOORMAT, "try", "--with", "postfix"], env=clean_environment(home, XDG_CACHE_HOME=home),
                                user=65534, group=65534, extra_groups=[], capture_output=True, text=True, check=False)
    tap.equal(result.returncode, 2, "not root: exit status")
    tap.has(result.stderr, "run as root: sudo doormat try --with postfix", "not root: says what to do")


def test_postfix(tap):
    with Machine() as machine:
        before = {name: read(f"{machine.dir}/postfix/{name}") for name in ("main.cf", "master.cf")}
        report = machine.run_json("--faults", FEW + ",dot-late")
        seen = verdicts(report)
        tap.equal({seen[fault] for fault in ("self-signed", "expired", "wrong-host", "tls10", "camellia", "rsa1024")},
                  {"fooled"}, "level may takes any certificate, TLS 1.0 and Camellia")
        tap.equal(seen["starttls-not-offered"], "leaked", "level may does without TLS")
        tap.equal(seen["null-cipher"], "leaked", "level may comes again in plaintext where TLS fails, at its second try")
        tap.equal((seen["control"], seen["dot-late"]), ("delivered", "delivered"), "what is sound is delivered")
        settings = report["settings"]
        tap.equal(settings["mail_server"], "Postfix", "the report names the mail server")
        tap.ok("smtp_tls_security_level = may" in settings["seen"], "... and its settings", settings["seen"])
        tap.equal(settings["configuration"], machine.dir + "/postfix/main.cf", "... and where they stand")
        tap.ok(any("relayhost" in text for text in settings["changed"]), "... and what is other", settings["changed"])
        tap.equal(settings["no_setting"], ["rsa1024"], "... and what no setting helps")
        tap.equal({name: read(f"{machine.dir}/postfix/{name}") for name in before}, before, "the configuration is as it was")
        hold_clean(tap, machine, "after a run")


def test_postfix_without_tls(tap):
    with Machine(level="") as machine:
        report = machine.run_json("--faults", "self-signed,starttls-not-offered", "--apply")
        seen = verdicts(report)
        tap.equal((seen["control"], seen["self-signed"], seen["starttls-not-offered"]), ("delivered", "refused", "refused"),
                  "where not even the control has TLS, --apply brings it")
        tap.equal(report["settings"]["before"]["unclear"], 2, "before, nothing could be said")
        advice = report["settings"]["advice"][-1]
        tap.equal((advice["unclear_before"], advice["turned_green"]), (2, 2), "what was unclear is not called red")
        tap.equal((advice["milder_lines"], advice["by_milder_lines"]),
                  ("smtp_tls_security_level = encrypt\n", ["starttls-not-offered"]), "the milder line is enough for one of them")
        text = " ".join(machine.run("--faults", "self-signed,starttls-not-offered", "--apply").stdout.split())
        tap.has(text, "Turned green 2 of 2 that were unclear, not red: self-signed, starttls-not-offered. "
                      "'smtp_tls_security_level = encrypt' alone is enough for 1 of them: starttls-not-offered.",
                "the text tells them apart")
    with Machine(level="encrypt") as machine:
        seen = verdicts(machine.run_json("--faults", "self-signed,starttls-not-offered"))
        tap.equal((seen["self-signed"], seen["starttls-not-offered"]), ("fooled", "refused"), "the milder line does that")


def test_postfix_implicit_tls(tap):
    """A smart host at port 465: the mail server comes to the port where TLS begins at once."""
    for master in ("", "\n  -o smtp_tls_wrappermode=yes"):
        with Machine(level="encrypt", more="" if master else "smtp_tls_wrappermode = yes\n") as machine:
            write(machine.dir + "/postfix/master.cf", MASTER_CF.replace(" - - smtp\n", f" - - smtp{master}\n"))
            report = machine.run_json("--faults", "self-signed")
            tap.equal(verdicts(report), {"control": "delivered", "self-signed": "fooled"}, f"delivered and fooled {master.strip()}")
            tap.ok(all(attempt["implicit_tls"] for result in report["results"] for attempt in result["attempts"]),
                   "each connection is TLS from its beginning", report["results"])


def test_postfix_apply(tap):
    """All lines together; then each with no more than those that go with it."""
    with Machine() as machine:
        settings = machine.run_json("--faults", FEW, "--apply")["settings"]
        tap.ok(settings["applied"] and settings["before"]["critical"] == 5, "before: five critical", settings["before"])
        tap.equal(settings["red"]["critical"], 0, "after: none")
        claimed = {advice["lines"]: advice["faults"] for advice in settings["advice"]}
        tap.equal(sum(len(faults) for faults in claimed.values()), 9, "nine faults have a line")
        secure = next(advice for advice in settings["advice"] if "secure" in advice["lines"].split())
        for advice in settings["advice"]:
            tap.equal((advice["turned_green"], advice["still_red"]), (len(advice["faults"]), []),
                      f"proven: {advice['lines'].splitlines()[0]}")
        hold_clean(tap, machine, "after both runs")
    for lines, faults in claimed.items():
        with Machine(level="secure" if "cert_match" in lines else "encrypt", more=lines) as machine:
            report = machine.run_json("--faults", ",".join(faults))
            tap.ok(all(result["failure"] is None for result in report["results"]),
                   f"each for itself: {lines.splitlines()[0]}", verdicts(report))
    with Machine(level="encrypt") as machine:
        report = machine.run_json("--faults", ",".join(secure["faults"]))
        green = [result["fault"] for result in report["results"] if result["failure"] is None and result["fault"] != "control"]
        tap.equal(sorted(green), sorted(secure["by_milder_lines"]), "encrypt turns green what is said of it, and no more")


def test_postfix_policy(tap):
    """What smtp_tls_policy_maps say of the destination holds for the test."""
    for entry, words, verdict in (("relay.invalid encrypt", [], "fooled"), ("[relay.invalid] secure", [], "refused"),
                                  (".example secure match=mx.partner.example", ["--to", "a@partner.example"], "refused"),
                                  ("other.example secure", ["--to", "a@partner.example"], "fooled")):
        with Machine() as machine:
            write(machine.dir + "/postfix/policy", entry + "\n")
            with open(machine.dir + "/postfix/main.cf", "a", encoding="utf-8") as file:
                file.write("smtp_tls_policy_maps = texthash:$config_directory/policy\n")
            seen = verdicts(machine.run_json("--faults", "self-signed", *words))
            tap.equal(seen["self-signed"], verdict, f"{entry} {' '.join(words)}")


def test_formats(tap):
    with Machine() as machine:
        for form, words in (("text", "Lines that help"), ("markdown", "### Lines that help"), ("html", "<h3>Lines that help</h3>"),
                            ("tap", "# Lines that help"), ("junit", "Lines that help")):
            result = machine.run("--faults", "self-signed", "--format", form)
            tap.has(result.stdout, words, f"{form} has the lines")
            tap.has(result.stdout, "smtp_tls_security_level = secure", f"{form} has the right one")
            tap.has(result.stdout, "were not touched", f"{form} says what was left alone")
            tap.equal(result.returncode, 1, f"{form}: exit status")


def holds(path, words):
    try:
        return words in read(path)
    except OSError:
        return False


def wait_for(path, process, words=""):
    """Until such a file is there, and holds the words."""
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        if any(holds(os.path.join(where, path), words) for where, _, _ in os.walk(os.path.dirname(process.temp))):
            return True
        time.sleep(0.01)  # asked again, not waited for
    return False


def test_interrupted(tap):
    for signo in (signal.SIGTERM, signal.SIGINT):
        with Machine() as machine:
            with subprocess.Popen(machine.words("--faults", "ehlo-stall,dot-stall"), env=machine.environment(),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                process.temp = machine.dir + "/tmp/"
                tap.ok(wait_for("master.pid", process), f"{signo.name}: Postfix runs")
                process.send_signal(signo)
                process.wait(60)
            tap.ok(process.returncode not in (0, 1), f"{signo.name}: it ends", process.returncode)
            hold_clean(tap, machine, signo.name)


def test_apply_interrupted(tap):
    """In the second run, by two signals at once: the first run is told, and the lines are not called proven."""
    for form in ("text", "json"):
        with Machine() as machine:
            with subprocess.Popen(machine.words("--faults", "self-signed,ehlo-stall", "--apply", "--format", form, "--output",
                                                machine.dir + "/report"), env=machine.environment(),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                process.temp = machine.dir + "/tmp/"
                tap.ok(wait_for("main.cf", process, "smtp_tls_security_level = secure"), "the second run has begun")
                process.send_signal(signal.SIGTERM)
                process.send_signal(signal.SIGTERM)
                process.wait(60)
            tap.equal(process.returncode, -signal.SIGTERM, f"{form}: it ends by the signal")
            hold_clean(tap, machine, form)
            report = read(machine.dir + "/report")
            if form == "text":
                tap.has(report, "FOOLED", "the first run is told")
                tap.has(report, "smtp_tls_security_level = secure", "and the lines")
                tap.has(report, "The second run, with these lines, was interrupted", "and that it was cut short")
            else:
                report = json.loads(report)
                tap.equal(verdicts(report)["self-signed"], "fooled", "the first run is told")
                tap.equal((report["interrupted"], report["settings"]["applied"]), (True, False), "as cut short")


def hold_broken(tap, machine, words, what):
    result = machine.run("--faults", "expired")
    tap.equal(result.returncode, 2, f"{what}: exit status")
    tap.has(result.stderr, words, f"{what}: it says why")
    hold_clean(tap, machine, what)


def test_broken(tap):
    """A mail server that cannot run is an error that says why, the gravest alone and as whole lines."""
    for more, level, words in (("mail_owner = nobody-has-this-name\n", "may", "nobody-has-this-name"),
                               ("a stray line\n", "may", "missing '=' after attribute name: \"a stray line\""),
                               ("smtp_tls_scert_verifydepth = foo\n", "may",
                                "it said: postfix/smtp["),
                               ("smtp_tls_scert_verifydepth = foo\n", "may",
                                "fatal: bad numerical configuration: smtp_tls_scert_verifydepth = foo\n"),
                               ("qmgr_message_active_limit = 0\n", "may", "invalid qmgr_message_active_limit parameter value 0 < 1\n"),
                               ("smtp_tls_CAfile = /nonexistent/ca\n", "may", "/nonexistent/ca"),
                               ("", "nonsense", "Invalid TLS level \"nonsense\"")):
        with Machine(more=more, level=level) as machine:
            hold_broken(tap, machine, words, words.strip())
    with Machine() as machine:
        os.chmod(machine.dir + "/tmp", 0o700)
        hold_broken(tap, machine, f"cannot enter {machine.dir}/tmp (mode 700)", "a directory that Postfix' users cannot enter")
    with Machine() as machine:
        os.remove(machine.dir + "/postfix/main.cf")
        hold_broken(tap, machine, "main.cf", "no main.cf")


def test_unreachable(tap):
    """Where the mail server does not come, it is not told of placeholders."""
    with Machine(more="smtp_tls_policy_maps = texthash:/nonexistent/policy\n") as machine:
        text = machine.run("--faults", "expired").stdout
        tap.has(text, "/nonexistent/policy", "its own words are shown")
        tap.ok("{host}" not in text, "no word of {host}", text)
        tap.has(text, "`postfix check`", "what checks its settings is named")
        tap.ok("exim" not in text, "and no other mail server", text)


def test_without_tls_by_mistake(tap):
    """Where a wrong setting keeps the mail server from TLS, its log is quoted."""
    for more, words in (("smtp_tls_cert_file = /nonexistent/cert.pem\n", "/nonexistent/cert.pem: No such file"),
                        ("smtp_tls_protocols = nonsense\n", 'Invalid TLS protocol list "nonsense"')):
        with Machine(more=more) as machine:
            report = machine.run("--faults", "expired", "--format", "json")
            tap.has("\n".join(as_json(report)["settings"]["log"]), words, f"{more.strip()}: JSON")
            text = " ".join(machine.run("--faults", "expired").stdout.split())
            tap.has(text, "Its log says: postfix/smtp[", f"{more.strip()}: its log is quoted")
            tap.has(text, words, f"{more.strip()}: ... with the cause")
            tap.has(text, "Correct first what the log tells of", f"{more.strip()}: and what to do")


if __name__ == "__main__":
    frame.main({"arguments": test_arguments, "postfix": test_postfix, "postfix-without-tls": test_postfix_without_tls,
                "postfix-apply": test_postfix_apply, "postfix-policy": test_postfix_policy,
                "postfix-implicit-tls": test_postfix_implicit_tls, "formats": test_formats, "interrupted": test_interrupted,
                "apply-interrupted": test_apply_interrupted, "broken": test_broken, "unreachable": test_unreachable,
                "without-tls-by-mistake": test_without_tls_by_mistake})
