"""Speaks SMTP through a program that only carries bytes (openssl s_client, gnutls-cli), reading each reply before it goes on.

usage: send_dialogue.py READY COMMAND [ARG...], in the environment of `doormat try`.  READY: words that the command prints
before it passes lines on.  STARTTLS is the command's own business.
"""

import os
import re
import subprocess
import sys

FINAL_REPLY = re.compile(rb"(\d{3})(?: |\r?$)")


def read_until(program, matches):
    """The first line for which matches() is true; b"" when the program has closed its output."""
    for line in program.stdout:
        sys.stdout.buffer.write(line)
        if matches(line):
            return line
    return b""


def say(program, line, wanted):
    """Sends a line and reads replies until the wanted one; False when it does not come."""
    try:
        program.stdin.write(line.encode() + b"\r\n")
        program.stdin.flush()
    except BrokenPipeError:
        return False
    reply = read_until(program, FINAL_REPLY.match)
    return reply.startswith(wanted)


def talk(program, env):
    # In lower case "rcpt": s_client takes a line that begins with R for a command of its own.
    dialogue = [("EHLO " + env["DOORMAT_HELO"], b"250"), (f"MAIL FROM:<{env['DOORMAT_FROM']}>", b"250"),
                (f"rcpt TO:<{env['DOORMAT_TO']}>", b"25"), ("DATA", b"354"),
                ("Subject: probe\r\n\r\nhello\r\n.", b"250"), ("QUIT", b"221")]
    return all(say(program, line, wanted) for line, wanted in dialogue)


def main():
    ready, command = sys.argv[1].encode(), sys.argv[2:]
    program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    good = read_until(program, lambda line: ready in line) and talk(program, os.environ)
    if not good:
        program.terminate()  # s_client waits for the server's end, whatever comes from here
    try:
        program.stdin.close()
    except BrokenPipeError:
        pass
    read_until(program, lambda line: False)
    return program.wait() or (0 if good else 1)


sys.exit(main())
