"""Senders, scripted byte by byte, for what no real one does so reliably.

usage: send_scripted.py strict|lenient|eager|timid, in the environment of `doormat try`.

strict: reads each reply whole, compares all three digits, never sends without TLS, and leaves at the first surprise.
lenient: sends whatever it is answered, keeps what it read before TLS, passes the message on as it stands, and does without TLS
where it cannot have it; then it gives its password to whoever offers AUTH.
eager: is lenient, and logs in as soon as AUTH is offered, before STARTTLS too.
timid: is strict, and comes back in plaintext at the first surprise.
"""

import os
import re
import socket
import ssl
import sys

LAST_LINE = re.compile(rb"(\d{3})(?: [^\r\n]*)?\r?\n")
MORE_LINE = re.compile(rb"(\d{3})-[^\n]*\n")
MAX_REPLY_B = 64 * 1024
MAX_LINES = 100
TIMEOUT_S = 20


class Surprise(Exception):
    pass


class Wire:
    """A connection that can be asked for lines; what was read too early is kept, or forgotten at STARTTLS."""

    def __init__(self, env, forgets):
        self.env, self.forgets = env, forgets
        self.kept = b""
        self.socket = socket.create_connection((env["DOORMAT_HOST"], int(env["DOORMAT_PORT"])), timeout=TIMEOUT_S)

    def line(self):
        while b"\n" not in self.kept:
            data = self.socket.recv(65536)
            if not data:
                raise Surprise("the end of the connection")
            self.kept += data
            if len(self.kept) > 256 * 1024:
                raise Surprise("no end of line")
        line, self.kept = self.kept.split(b"\n", 1)
        return line + b"\n"

    def secure(self):
        if self.kept and self.forgets:
            raise Surprise("words behind the 220")
        context = ssl.create_default_context(cafile=self.env["DOORMAT_CA"])
        self.socket = context.wrap_socket(self.socket, server_hostname=self.env["DOORMAT_HOST"])

    def send(self, data):
        self.socket.sendall(data)


class Strict:
    def __init__(self, env):
        self.env = env
        self.wire = Wire(env, forgets=True)

    def reply(self, wanted):
        text, codes = b"", set()
        while True:
            line = self.wire.line()
            text += line
            if not line.endswith(b"\r\n") or len(text) > MAX_REPLY_B or text.count(b"\n") > MAX_LINES:
                raise Surprise(f"reply {line[:60]!r}")
            if not line.isascii():
                raise Surprise(f"no ASCII: {line[:60]!r}")
            more, last = MORE_LINE.fullmatch(line), LAST_LINE.fullmatch(line)
            if not more and not last:
                raise Surprise(f"no reply: {line[:60]!r}")
            codes.add(int((more or last)[1]))
            if last:
                break
        if len(codes) > 1 or codes.pop() not in wanted:
            raise Surprise(f"reply {text[:60]!r}")
        return text

    def command(self, line, *wanted):
        self.wire.send(line.encode() + b"\r\n")
        return self.reply(wanted)

    def ehlo(self):
        listed = self.command("EHLO " + self.env["DOORMAT_HELO"], 250).decode("latin-1").upper()
        words = [line[4:].split() for line in listed.splitlines()[1:]]
        return {line[0]: line[1:] for line in words if line}

    def deliver(self, message):
        if len(self.reply([220])) < len(b"220 a.b\r\n"):
            raise Surprise("a greeting without a name")
        if "STARTTLS" not in self.ehlo():
            raise Surprise("no STARTTLS")
        self.command("STARTTLS", 220)
        self.wire.secure()
        listed = self.ehlo()
        if "AUTH" in listed:
            self.command("AUTH PLAIN AHVzZXIAcGFzcw==", 235)
        limit = "".join(listed.get("SIZE", []))
        if limit.isdigit() and 0 < int(limit) < len(message):
            raise Surprise("a limit below the message's size")
        self.command(f"MAIL FROM:<{self.env['DOORMAT_FROM']}>", 250)
        self.command(f"RCPT TO:<{self.env['DOORMAT_TO']}>", 250, 251)
        if "CHUNKING" in listed:
            self.wire.send(b"BDAT 0 LAST\r\n")
            self.reply([250])
        self.command("DATA", 354)
        lines = re.split(rb"\r\n|\r|\n", message)
        self.wire.send(b"".join(b"." * line.startswith(b".") + line + b"\r\n" for line in lines) + b".\r\n")
        self.reply([250])
        try:
            self.command("QUIT", 221)
        except (Surprise, OSError):
            pass  # the message is delivered


class Lenient(Strict):
    """Takes any line for a reply, any reply for a yes, and any failure for a reason to do without TLS."""

    def __init__(self, env, tls, eager=False):
        self.env, self.tls, self.eager, self.secured = env, tls, eager, False
        self.wire = Wire(env, forgets=False)

    def reply(self, _wanted):
        text = line = self.wire.line()
        while MORE_LINE.match(line) and len(text) < 1024 * 1024:
            line = self.wire.line()
            text += line
        return text

    def hello(self):
        """Says EHLO, or HELO where that is not understood; returns the list, empty after HELO."""
        listed = self.command("EHLO " + self.env["DOORMAT_HELO"]) if self.tls else b""
        if not listed.startswith(b"250"):
            self.command("HELO " + self.env["DOORMAT_HELO"])
            return b""
        if b"AUTH" in listed.upper() and (self.eager or b"\n250-STARTTLS" not in listed):
            self.command("AUTH PLAIN AHVzZXIAcGFzcw==")
        return listed

    def deliver(self, message):
        self.reply([])
        if b"\n250-STARTTLS" in self.hello() and self.command("STARTTLS").startswith(b"220"):
            self.wire.secure()
            self.secured = True
            self.command("EHLO " + self.env["DOORMAT_HELO"])
        self.command(f"MAIL FROM:<{self.env['DOORMAT_FROM']}>")
        self.command(f"RCPT TO:<{self.env['DOORMAT_TO']}>")
        self.command("DATA")
        self.wire.send(message + b"\r\n.\r\n")
        answer = self.reply([])
        if not answer.startswith(b"250"):
            raise Surprise(f"reply {answer[:60]!r}")
        self.wire.send(b"QUIT\r\n")


def attempt(sender, message):
    try:
        sender.deliver(message)
        return True
    except (Surprise, OSError) as error:
        print(error)
        return False
    finally:
        sender.wire.socket.close()


def main():
    with open(os.environ["DOORMAT_MESSAGE"], "rb") as file:
        message = file.read()
    mode = sys.argv[1]
    lenient = mode in ("lenient", "eager")
    first = Lenient(os.environ, True, mode == "eager") if lenient else Strict(os.environ)
    done = attempt(first, message)
    if not done and (mode == "timid" or (lenient and not first.secured)):
        done = attempt(Lenient(os.environ, False), message)
    return 0 if done else 1


sys.exit(main())
