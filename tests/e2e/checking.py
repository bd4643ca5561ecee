"""checking - `doormat check` against a server of the test, and what it said of it."""

import json
import subprocess

from frame import DOORMAT, TempDir, clean_environment


def check(home, *words, stdin=""):
    """The servers of the tests are on loopback, which a list names at its own risk."""
    return check_public(home, "--allow-private", *words, stdin=stdin)


def check_public(home, *words, stdin=""):
    return subprocess.run([DOORMAT, "check", "--quiet", "--no-dnssec", *words], env=clean_environment(home), input=stdin,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=240)


def look(home, port, *words):
    """(exit status, the host's result, the target's result) of a server on this machine."""
    ca = () if "--ca" in words else ("--ca", home + "/root.pem")
    done = check(home, "--jsonl", *ca, *words, f"127.0.0.1:{port}")
    try:
        result = json.loads(done.stdout)
    except ValueError:
        raise SystemExit(f"Bail out! no JSON: {done.stdout[:500]} {done.stderr[-3000:]}") from None
    return done.returncode, result["hosts"][0] if result["hosts"] else {}, result


def rules(host):
    return [finding["rule"] for finding in host["findings"] if finding["severity"] == "fail"]


class Home(TempDir):
    """A directory with the certificate of a recipe in it, which is for 127.0.0.1 (localhost may have more addresses)."""

    def __init__(self, recipe="control", host="127.0.0.1"):
        self.recipe = recipe
        self.host = host

    def __enter__(self):
        super().__enter__()
        subprocess.run([DOORMAT, "mint", self.recipe, "--host", self.host, "--out", self.path], env=clean_environment(self.path), check=True,
                       stdout=subprocess.DEVNULL)
        return self.path
