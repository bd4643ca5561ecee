"""frame - what the end-to-end tests share: TAP, the program under test, and an environment that holds no surprises."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
DOORMAT = os.environ.get("DOORMAT_BIN", os.path.join(ROOT, "build/release/doormat"))
CACHE = os.path.join(ROOT, "build/e2e-cache")  # keys of shame, shared by the tests
SEARCH_PATH = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
SANITIZERS = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")
PLAIN_SENDER = ["curl", "-sS", "--ssl-reqd", "--cacert", "{ca}", "--mail-from", "{from}", "--mail-rcpt", "{to}",
                "-T", "{message}", "smtp://{host}:{port}"]
CARELESS_SENDER = [word.replace("--cacert", "-k") for word in PLAIN_SENDER if word != "{ca}"]
PLAINTEXT_SENDER = [word for word in CARELESS_SENDER if word != "--ssl-reqd"]


# What started us may ignore them, as nohup(1) and shells do in the background; the programs under test are not to inherit that.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)


class Tap:
    """Counts and prints results; use as a context manager, which prints the plan."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            print(f"1..{self.count}", flush=True)

    def ok(self, good, name, details=""):
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}", flush=True)
        if not good and str(details):
            print("# " + str(details).replace("\n", "\n# "), flush=True)
        return good

    def equal(self, seen, wanted, name):
        return self.ok(seen == wanted, name, f"wanted {wanted!r}\nsaw    {seen!r}")

    def has(self, text, words, name):
        return self.ok(words in text, name, f"wanted {words!r} in\n{text}")

    def skip(self, name, why):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {why}", flush=True)


class TempDir:
    """A temporary directory that others may enter (Postfix drops its privileges)."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="doormat-e2e-")
        os.chmod(self.path, 0o755)
        return self.path

    def __exit__(self, kind, error, trace):
        shutil.rmtree(self.path, ignore_errors=True)


def clean_environment(home, **more):
    """No variable of the machine's changes what a sender trusts or offers (SSL_CERT_FILE, CURL_CA_BUNDLE, OPENSSL_CONF,
    NODE_EXTRA_CA_CERTS ... are set on some)."""
    env = {"PATH": SEARCH_PATH, "HOME": home, "TMPDIR": os.environ.get("TMPDIR", "/tmp"), "LC_ALL": "C.UTF-8",
           "XDG_CACHE_HOME": CACHE, "MAILRC": "/dev/null"}
    env.update({name: os.environ[name] for name in SANITIZERS if name in os.environ})
    env.update(more)
    return env


def find_program(name):
    return shutil.which(name, path=SEARCH_PATH)


def run(*words, env=None, **options):
    """Runs doormat to its end; the result has returncode, stdout and stderr as text."""
    with TempDir() as home:
        return subprocess.run([DOORMAT, *words], env=env or clean_environment(home), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                              check=False, timeout=280, **options)


def run_json(*words, **options):
    result = run(*words, **options)
    try:
        return json.loads(result.stdout), result
    except ValueError:
        raise SystemExit(f"Bail out! doormat {' '.join(words)}: no JSON (exit status {result.returncode})\n"
                         f"{result.stdout[:2000]}\n{result.stderr[:2000]}") from None


def main(cases):
    """cases: {name: function(tap)}.  With --list prints the names; with names runs those, else all."""
    if sys.argv[1:] == ["--list"]:
        print("\n".join(cases))
        return
    signal.signal(signal.SIGTERM, lambda signo, frame: sys.exit(128 + signo))  # so that what was started is ended
    with Tap() as tap:
        for name in sys.argv[1:] or cases:
            cases[name](tap)
    sys.exit(1 if tap.failed else 0)
