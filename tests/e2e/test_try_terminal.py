#!/usr/bin/env python3
"""The manners of `doormat try`: the terminal, interruptions, the output file, transcripts, tries, addresses, slips."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import stat
import struct
import subprocess
import sys
import termios
import xml.etree.ElementTree

import frame
from frame import CARELESS_SENDER, DOORMAT, PLAIN_SENDER, TempDir, clean_environment, run, run_json

FEW = "expired,self-signed,wrong-host"
SETPIPE_SIZE = 1031  # F_SETPIPE_SZ


def on_terminal(columns, *words, **environment):
    """What doormat prints to a terminal so wide, which is its standard output and standard error; and its exit status."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with TempDir() as home:
        process = subprocess.Popen([DOORMAT, *words], env=clean_environment(home, **environment), stdin=subprocess.DEVNULL,
                                   stdout=follower, stderr=follower)
        os.close(follower)
        printed = b""
        while True:
            try:
                piece = os.read(leader, 65536)
            except OSError:  # EIO: the other side is closed
                break
            if not piece:
                break
            printed += piece
        os.close(leader)
        return printed.decode().replace("\r\n", "\n"), process.wait(timeout=60)


def without_escapes(text):
    return re.sub(r"\r?\033\[[0-9;]*[mK]", "", text)


def test_width(tap):
    for columns, wanted in ((40, 60), (60, 60), (80, 80), (200, 200), (300, 200)):
        printed, status = on_terminal(columns, "try", "--quiet", "--faults", FEW, "--", *CARELESS_SENDER, TERM="xterm")
        lines = without_escapes(printed).splitlines()
        tap.equal(status, 1, f"{columns} columns: exit status 1")
        tap.equal(max(map(len, lines)), wanted, f"{columns} columns: lines of {wanted}")
        tap.equal(len(lines[0]), wanted, f"{columns} columns: the time stands at the right")
        for words in (["faults", "wrong-host"], ["faults"], ["check", "--quick", "127.0.0.1:1"]):
            printed, _ = on_terminal(columns, *words, TERM="xterm")
            longest = max(without_escapes(printed).splitlines(), key=len)
            tap.ok(len(longest) <= wanted, f"{columns} columns: {' '.join(words)} fits", longest)
    with TempDir() as home:
        printed = run("try", "--faults", FEW, "--", *CARELESS_SENDER, env=clean_environment(home, COLUMNS="150")).stdout
        tap.equal(len(printed.splitlines()[0]), 150, "in a pipe COLUMNS says")
        run("try", "--faults", FEW, "--output", home + "/r", "--", *CARELESS_SENDER,
            env=clean_environment(home, COLUMNS="150"))
        with open(home + "/r", encoding="utf-8") as file:
            tap.equal(len(file.readline().rstrip("\n")), 100, "in a file there are always 100")


def test_escapes(tap):
    printed, _ = on_terminal(90, "try", "--faults", FEW, "--", *CARELESS_SENDER, TERM="xterm")
    tap.has(printed, "\033[31;1mFOOLED\033[0m", "colours on a terminal")
    tap.ok(re.search(r"\r\033\[K\d/4 [a-z-]+", printed), "a progress line on a terminal", printed)
    tap.ok(re.search(r"\r\033\[K\w+ against", printed), "which is gone when the report is there", printed)
    for name, environment in (("TERM=dumb", {"TERM": "dumb"}), ("no TERM", {}), ("TERM empty", {"TERM": ""}),
                              ("NO_COLOR", {"TERM": "xterm", "NO_COLOR": "1"})):
        printed, _ = on_terminal(90, "try", "--faults", FEW, "--", *CARELESS_SENDER, **environment)
        tap.ok("\033" not in printed and "\r" not in printed, f"{name}: no escapes, and no line is written over", printed)
        tap.has(printed, "FOOLED", f"{name}: the report is there")
    printed, _ = on_terminal(90, "try", "--faults", FEW, "--", *CARELESS_SENDER, TERM="xterm", NO_COLOR="")
    tap.has(printed, "\033[", "an empty NO_COLOR asks for nothing")
    printed, _ = on_terminal(12, "try", "--faults", FEW, "--", *CARELESS_SENDER, TERM="xterm")
    lines = re.findall(r"\r\033\[K([^\r\n]*)", printed)
    tap.ok(lines and all(len(line) <= 20 for line in lines[:-1]), "the progress line is cut to the terminal", lines)


class Stuck:
    """A run whose sender delivers to the controls, does its best at all but one fault, and says when it is at that one and
    stays there until it is let go."""

    def __init__(self, home, *options, fault="wrong-host", **more):
        self.ready, self.go = home + "/ready", home + "/go"
        os.mkfifo(self.ready)
        os.mkfifo(self.go)
        script = f'[ $DOORMAT_FAULT != {fault} ] || {{ echo > {self.ready}; read line < {self.go}; }}; exec "$@"'
        self.process = subprocess.Popen([DOORMAT, "try", "--jobs", "1", "--timeout", "120", "--faults", FEW, *options, "--",
                                         "sh", "-c", script, "sh", *PLAIN_SENDER], env=clean_environment(home),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        **more)

    def wait_until_stuck(self):
        with open(self.ready, encoding="utf-8") as ready:
            ready.read()

    def end(self):
        self.stdout, self.stderr = self.process.communicate(timeout=60)
        return self.process.returncode


def test_interrupted(tap):
    for signo in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with TempDir() as home:
            stuck = Stuck(home, "--format", "json", "--output", home + "/r.json")
            stuck.wait_until_stuck()
            tap.ok("r.json" not in os.listdir(home), f"{signo.name}: nothing half before")
            stuck.process.send_signal(signo)
            tap.equal(stuck.end(), -signo, f"{signo.name}: it ends by that signal")
            tap.has(stuck.stderr, "interrupted", f"{signo.name}: it says so")
            with open(home + "/r.json", encoding="utf-8") as file:
                document = json.load(file)
            tried = [r["fault"] for r in document["results"]]
            tap.equal((document["interrupted"], document["summary"]["planned"]), (True, 3), f"{signo.name}: in the report")
            tap.equal(document["summary"]["total"], len(tried) - 1, f"{signo.name}: what was tried is counted")
            tap.ok("control" in tried and "wrong-host" not in tried, f"{signo.name}: what was finished is told", tried)
            tap.equal(sorted(os.listdir(home)), ["go", "r.json", "ready"], f"{signo.name}: nothing else is left")


def test_interrupted_formats(tap):
    said = {"text": "\nInterrupted: ", "junit": '<error type="interrupted"', "tap": "\nBail out! Interrupted: ",
            "markdown": "\nInterrupted: ", "html": "Interrupted: "}
    for name, words in said.items():
        with TempDir() as home:
            stuck = Stuck(home, "--format", name)
            stuck.wait_until_stuck()
            stuck.process.send_signal(signal.SIGTERM)
            stuck.end()
            tap.has(stuck.stdout, words, f"{name} says that it was interrupted")
            if name == "junit":
                xml.etree.ElementTree.fromstring(stuck.stdout)


def test_interrupted_baseline(tap):
    with TempDir() as home:
        run("try", "--faults", FEW, "--format", "json", "--output", home + "/before", "--", *PLAIN_SENDER)
        stuck = Stuck(home, "--baseline", home + "/before")
        stuck.wait_until_stuck()
        stuck.process.send_signal(signal.SIGTERM)
        tap.equal(stuck.end(), -signal.SIGTERM, "with a baseline it ends by the signal too")
        tap.has(stuck.stderr, "only what was tried is compared", "and says what was compared")
        tap.ok("gone" not in stuck.stderr, "what was not tried is not missed", stuck.stderr)


def test_interrupted_twice(tap):
    """Two at once are one wish, as timeout(1) sends them.  The report goes into a pipe that nobody empties: who insists does
    not wait for it."""
    with TempDir() as home:
        os.mkfifo(home + "/report")
        stuck = Stuck(home, "--verbose", "--format", "json", "--output", home + "/report")
        with open(home + "/report", "rb") as report:
            fcntl.fcntl(report, SETPIPE_SIZE, 4096)
            stuck.wait_until_stuck()
            stuck.process.send_signal(signal.SIGINT)
            tap.ok(select.select([report], [], [], 60)[0], "after the first the report is written")
            while stuck.process.poll() is None:
                stuck.process.send_signal(signal.SIGINT)
                select.select([], [], [], 0.1)  # asked again, not waited for
            tap.equal(stuck.end(), -signal.SIGINT, "who insists for two seconds ends it")
            tap.ok(not report.read().endswith(b"}\n"), "at once")


def test_interrupted_by_many(tap):
    for signals in ((signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)):
        with TempDir() as home:
            name = " ".join(signo.name for signo in signals)
            stuck = Stuck(home, "--format", "json", "--output", home + "/r.json")
            stuck.wait_until_stuck()
            for signo in signals:
                stuck.process.send_signal(signo)
            tap.ok(-stuck.end() in signals, f"{name}: it ends by one of them", stuck.process.returncode)
            with open(home + "/r.json", encoding="utf-8") as file:
                tap.ok(json.load(file)["interrupted"], f"{name}: the report is there")
            tap.equal(sorted(os.listdir(home)), ["go", "r.json", "ready"], f"{name}: nothing else is left")


def test_interrupted_while_it_cleans_up(tap):
    """Signals all the time, until it has ended: none of the first two seconds' loses anything."""
    with TempDir() as home:
        stuck = Stuck(home, "--output", home + "/r.txt")
        stuck.wait_until_stuck()
        while stuck.process.poll() is None:
            stuck.process.send_signal(signal.SIGTERM)
        stuck.end()
        tap.equal(sorted(os.listdir(home)), ["go", "r.txt", "ready"], "the report is there, and nothing else")


def test_nohup(tap):
    with TempDir() as home:
        stuck = Stuck(home, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        stuck.wait_until_stuck()
        stuck.process.send_signal(signal.SIGHUP)
        with open(stuck.go, "w", encoding="utf-8") as go:
            go.write("on\n")
        tap.equal(stuck.end(), 0, "a SIGHUP that was ignored before stays ignored")
        tap.has(stuck.stdout, "3 of 3 faults noticed", "and the run is whole")


def test_output(tap):
    with TempDir() as home:
        run("try", "--faults", FEW, "--output", home + "/absent/r", "--", "touch", home + "/came")
        tap.ok(not os.path.exists(home + "/came"), "an output that cannot be opened is an error before anything runs")
        full = run("try", "--faults", "expired", "--output", "/dev/full", "--", *PLAIN_SENDER)
        tap.equal((full.returncode, full.stderr), (2, "doormat: /dev/full: No space left on device\n"), "a full disk is told")
        null = run("try", "--faults", "expired", "--output", "/dev/null", "--", *PLAIN_SENDER)
        tap.equal((null.returncode, null.stdout, stat.S_ISCHR(os.stat("/dev/null").st_mode)), (0, "", True), "a device stays one")
        error = run("try", "--faults", "expired", "--output", "/dev/stderr", "--", *PLAIN_SENDER)
        tap.has(error.stderr, "1 of 1 fault noticed", "standard error by its name")
        os.symlink("target", home + "/link")
        with open(home + "/target", "w", encoding="utf-8") as file:
            file.write("old")
        os.chmod(home + "/target", 0o600)
        run("try", "--faults", "expired", "--output", home + "/link", "--", *PLAIN_SENDER)
        with open(home + "/target", encoding="utf-8") as file:
            tap.has(file.read(), "1 of 1 fault noticed", "what a link leads to is written")
        tap.equal((os.readlink(home + "/link"), os.stat(home + "/target").st_mode & 0o777), ("target", 0o600),
                  "the link and the mode stay")
        os.mkfifo(home + "/fifo")
        process = subprocess.Popen([DOORMAT, "try", "--faults", "expired", "--output", home + "/fifo", "--", *PLAIN_SENDER],
                                   env=clean_environment(home), stdin=subprocess.DEVNULL)
        with open(home + "/fifo", encoding="utf-8") as fifo:
            tap.has(fifo.read(), "1 of 1 fault noticed", "a FIFO is written to")
        tap.equal((process.wait(timeout=60), stat.S_ISFIFO(os.stat(home + "/fifo").st_mode)), (0, True), "and stays one")


def test_reader_gone(tap):
    for words in (["faults", "--json"], ["try", "--faults", "expired", "--", *PLAIN_SENDER]):
        with TempDir() as home:
            reader, writer = os.pipe()
            os.close(reader)
            result = subprocess.run([DOORMAT, *words], env=clean_environment(home), stdin=subprocess.DEVNULL, stdout=writer,
                                    stderr=subprocess.PIPE, text=True, check=False)
            os.close(writer)
            tap.equal((result.returncode, result.stderr), (0, ""), f"{words[0]}: a reader that has gone is no failure")


def transcript_of(fault, *words):
    """The lines of the first connection."""
    document, _ = run_json("try", "--verbose", "--faults", fault, "--format", "json", "--", *words)
    return {r["fault"]: r for r in document["results"]}[fault]["attempts"][0]["transcript"]


def test_transcript(tap):
    login = [*PLAIN_SENDER[:-1], "--user", "joe:secret", PLAIN_SENDER[-1]]
    lines = transcript_of("control", *login)
    for line in ("C: STARTTLS", "S: 220 2.0.0 Ready to start TLS", "C: AUTH PLAIN", "C: ***", "C: DATA", "C: QUIT",
                 "C: MAIL FROM:<sender@doormat.test> SIZE="):
        tap.ok(any(seen.startswith(line) for seen in lines), f"a transcript has {line}", lines)
    text = "\n".join(lines)
    tap.ok(re.search(r"^\*  TLSv1\.3, TLS_\w+, \w+$", text, re.MULTILINE), "what TLS agreed upon", text)
    tap.ok(re.search(r"^\*  ClientHello for mx\.doormat\.test \(SNI\), JA4 t13d", text, re.MULTILINE), "the ClientHello", text)
    tap.ok(re.search(r"^\*  certificate sent: subject CN=mx\.doormat\.test, issuer ", text, re.MULTILINE), "the certificate", text)
    tap.ok(re.search(r"^C: \[\d+ bytes of message\]$", text, re.MULTILINE), "the message by its size", text)
    tap.ok(lines[-1].startswith("*  the sender said QUIT"), "how it ended", lines[-1])
    tap.ok("AGpv" not in text and "secret" not in text, "no secret", text)
    initial = "\n".join(transcript_of("control", *login[:-1], "--sasl-ir", login[-1]))
    tap.ok("\nC: AUTH PLAIN ***\n" in initial and "AGpv" not in initial, "nor one in the command", initial)
    refused = "\n".join(transcript_of("expired", *PLAIN_SENDER))
    tap.has(refused, "the sender sent the alert certificate_expired (45)", "an alert of the sender's")
    old = [*PLAIN_SENDER[:-1], "--tlsv1.0", "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0", PLAIN_SENDER[-1]]
    tap.has("\n".join(transcript_of("control", *old)), "the server sent the alert protocol_version (70)",
            "an alert of the server's")
    quiet, _ = run_json("try", "--faults", "expired", "--format", "json", "--", *PLAIN_SENDER)
    tap.ok(all("transcript" not in a for r in quiet["results"] for a in r["attempts"]), "none without --verbose")
    shown = run("try", "--verbose", "--faults", "expired", "--", *PLAIN_SENDER).stdout
    tap.ok(re.search(r"^      connection 1 of 1, from \S+\n      S: 220 ", shown, re.MULTILINE), "as text", shown)
    tap.ok(max(map(len, shown.splitlines())) <= 100, "within the columns")


# Delivers to the control; elsewhere it says what stands in its argument, in hexadecimal, in plaintext.
ODD_SENDER = [sys.executable, "-c", """
import os, socket, sys
if os.environ["DOORMAT_FAULT"] == "control":
    os.execvp(sys.argv[2], sys.argv[2:])
with socket.create_connection((os.environ["DOORMAT_HOST"], int(os.environ["DOORMAT_PORT"]))) as s:
    replies = s.makefile("rb")
    replies.readline()
    s.sendall(b"HELO odd\\r\\n")
    replies.readline()
    s.sendall(bytes.fromhex(sys.argv[1]))
    s.shutdown(socket.SHUT_WR)
    replies.read()
"""]
SECRET = b"AGpvZQBzZWNyZXQ="  # joe, secret
ODD = {
    "credentials": [b"AUTH\tPLAIN %s\r\n", b"AUTH=PLAIN %s\r\n", b"AUTH %s\r\n", b"\0AUTH PLAIN %s\r\n",
                    b"X AUTH PLAIN %s\r\n", b"\xffAUTH PLAIN %s\r\n", b"AUTH PLAIN\t%s\r\n", b"AUTH PLAIN\x0b%s\r\n",
                    b"aUtH pLaIn %s\r\n", b"NOOP\r\nAUTH LOGIN\r\nam9l\r\n%s\r\nQUIT\r\n", b"AUTH PLAIN %s",
                    b"AUTH PLAIN %s\r", b"NOOP AUTH PLAIN %s\r\n", b"AUTH XOAUTH2 " + b"%s" * 1000 + b"\r\n"],
    "envelope": [b"MAIL\tFROM:<a@b>\r\n", b"MAIL FROM <a@b>\r\n", b"RCPT\tTO:<a@b>\r\n", b"MAIL FROM:<a@b>"],
    "message": [b"Subject: x\r\n\r\n", b"DATA\tnow\r\nhello\r\n", b"BDAT\t5\r\nhello", b"BDAT 10\r\nhello"],
    "nothing": [b"QUIT\r\n", b"HELP\r\n", b"NOOP\r\n", b"MAIL\r\n", b"AUTH PLAIN\r\n*\r\n", b"EHLO auth.test\r\n", b"QU"],
}


def test_odd_forms(tap):
    """Whoever reads along does not mind the grammar; and no report holds the secret."""
    for exposure, forms in ODD.items():
        for form in forms:
            said = form.replace(b"%s", SECRET)
            words = ["--verbose", "--list-all", "--faults", "expired", "--", *ODD_SENDER, said.hex(), *PLAIN_SENDER]
            document, result = run_json("try", "--format", "json", *words)
            judged = next(r for r in document["results"] if r["fault"] == "expired")
            verdict = "leaked" if exposure != "nothing" else "unclear"
            tap.equal((judged["verdict"], judged["exposure"]), (verdict, exposure), f"{form[:40]}: {verdict}, {exposure}")
            tap.ok(SECRET.decode() not in result.stdout, f"{form[:40]}: no secret in JSON", result.stdout)
    for shape in ("html", "text", "markdown", "junit", "tap"):
        said = b"".join(form.replace(b"%s", SECRET) for form in ODD["credentials"])
        shown = run("try", "--verbose", "--list-all", "--format", shape, "--faults", "expired", "--", *ODD_SENDER, said.hex(),
                    *PLAIN_SENDER).stdout
        tap.ok("expired" in shown and SECRET.decode() not in shown, f"none in {shape}", shown)


def test_hostile_transcript(tap):
    script = r'''exec 3<>/dev/tcp/127.0.0.1/$DOORMAT_PORT; read -r line <&3
                 printf '\033[31mEHLO \a\000\377\r\n\\\n' >&3; for i in {1..2000}; do printf 'NOOP %05000d\r\n' $i; done >&3
                 cat <&3 >/dev/null'''
    shown = run("try", "--verbose", "--faults", "control", "--timeout", "60", "--", "bash", "-c", script)
    tap.has(shown.stdout, r"C: \x1b[31mEHLO \x07\x00\xff", "what cannot be printed is escaped")
    tap.has(shown.stdout, "lines left out]", "many lines are not all kept")
    tap.ok(all(c == "\n" or " " <= c <= "~" for c in shown.stdout), "and nothing else is shown", repr(shown.stdout))
    tap.ok(len(shown.stdout.splitlines()) < 400, "within bounds", len(shown.stdout.splitlines()))


def flaky(home):
    """Comes every other time."""
    return ["sh", "-c", f'f={home}/$DOORMAT_FAULT; if [ -e $f ]; then rm $f; exec "$@"; fi; : > $f', "sh", *PLAIN_SENDER]


def test_retry(tap):
    with TempDir() as home:
        document, result = run_json("try", "--faults", FEW, "--format", "json", "--", *flaky(home))
        tap.equal((result.returncode, document["results"][0]["verdict"]), (3, "unclear"), "a flaky sender is unclear")
    with TempDir() as home:
        document, result = run_json("try", "--retry", "1", "--faults", FEW, "--format", "json", "--", *flaky(home))
        tap.equal(result.returncode, 0, "with --retry it is judged")
        tap.equal({(r["verdict"], r["tries"]) for r in document["results"]}, {("delivered", 2), ("refused", 2)}, "in two tries")
    with TempDir() as home:
        tap.has(run("try", "--retry", "2", "--list-all", "--faults", "expired", "--", *flaky(home)).stdout, "this was try 2",
                "the report says so")
    document, _ = run_json("try", "--retry", "2", "--faults", "expired", "--format", "json", "--", "true")
    tap.equal([r["tries"] for r in document["results"]], [3, 1], "no more than that; not where the control failed")
    leaks, _ = run_json("try", "--retry", "2", "--faults", "expired", "--format", "json", "--", sys.executable,
                        frame.HERE + "/send_fallback.py")
    tap.equal({r["fault"]: (r["verdict"], r["tries"]) for r in leaks["results"]}["expired"], ("leaked", 1),
              "what leaked is not tried again")
    tap.equal(run("try", "--retry", "11", "--", "true").returncode, 2, "at most 10")


def test_listen(tap):
    for words, warned in ((["--listen", "127.0.0.2", "--host", "127.0.0.2"], False),
                          (["--listen", "0.0.0.0", "--host", "127.0.0.2"], True), (["--listen", "0.0.0.0"], True)):
        result = run("try", "--faults", "expired", *words, "--", *PLAIN_SENDER)
        tap.equal(result.returncode, 0, f"{' '.join(words)}: exit status 0")
        tap.equal("anybody who reaches this machine" in result.stderr, warned, f"{' '.join(words)}: a warning: {warned}")
    for address, words in (("203.0.113.7", "not an address of this machine"), ("mx", "not an IPv4 or IPv6 address")):
        result = run("try", "--listen", address, "--", "true")
        tap.equal(result.returncode, 2, f"--listen {address}: exit status 2")
        tap.has(result.stderr, words, f"--listen {address}: says why")
    for host, words in (("203.0.113.7", "which is not this machine"), ("127.0.0.2", "give `--listen 127.0.0.2` as well"),
                        ("no.invalid", "does not resolve")):
        tap.has(run("try", "--host", host, "--faults", "control", "--", "true").stderr, words, f"--host {host}: a warning")
    tap.equal(run("try", "--host", "localhost", "--faults", "expired", "--", *PLAIN_SENDER).stderr, "", "localhost: none")


def test_slips(tap):
    for text, meant in (("{tls-port}", "tls_port"), ("{ host }", "host"), ("{message", "message"), ("{tls port}", "tls_port")):
        result = run("try", "--", "true", text)
        tap.equal((result.returncode, f"did you mean {{{meant}}}?" in result.stderr), (2, True), f"{text}: exit status 2, and a hint")
    script = 'echo {"host"} ${HOME} {} $(echo x | awk \'{print $1}\') \'{"port": 1}\''
    literal = run("try", "--list-all", "--verbose", "--faults", "expired", "--", "sh", "-c", script)
    tap.equal(literal.stderr, "", "other braces are nobody's business")
    tap.has(literal.stdout, "{host} /", "a shell's quotes within the braces keep the word as it is")
    tap.has(literal.stdout, '{} x {"port": 1}', "and so do others")
    for text in ("{hots}", "{Host}", "{PORT}"):
        result = run("try", "--", "true", text)
        tap.equal(result.returncode, 2, f"{text}: exit status 2")
        tap.has(result.stderr, "did you mean {" + {"{hots}": "host", "{Host}": "host", "{PORT}": "port"}[text], f"{text}: a hint")
    tap.has(run("try", "--faults", "expired", "curl -k smtp://{host}:{port}").stderr, "leave away the quotes",
            "a command in one string: a hint")
    def told(*words):
        return " ".join(run("try", "--faults", "expired", *words).stdout.split())
    tap.has(told("--", "true"), "the command does not name it. Put {host} and {port}", "no placeholder: a hint")
    tap.has(told("--", "sh", "-c", ": $DOORMAT_PORT"), "A sender that queues its mail needs `--wait`", "a queue: a hint")
    tap.has(told("--timeout", "0.5", "--", "sleep", "60", "{port}"),
            "the sender never connected; it was ended after 0.5 s (--timeout)", "a time limit is named, not our own signal")


def test_control_failed(tap):
    """What failed is said once, with one advice, and nothing of the faults."""
    printed = run("try", "--", "curl", "-sS", "smtp://{host}:{port}").stdout
    tap.ok(len(printed.splitlines()) < 20, "few lines", printed)
    tap.equal(printed.count("Controls: "), 1, "the controls are told once")


frame.main({name[len("test_"):]: test for name, test in list(globals().items()) if name.startswith("test_")})
