#!/usr/bin/env python3
"""tools/setup: says what it would install, asks, removes nothing.  It runs as a copy, and finds an apt-get, a sudo and an id
of the test's on its PATH, and neither compiler nor make."""

import contextlib
import os
import pty
import shutil
import subprocess

import frame
from frame import ROOT, TempDir

TOOLS = ("awk", "sh", "cat", "cut", "dirname", "grep", "head", "ldconfig", "mktemp", "rm", "sed", "sort", "tail", "tr", "uname", "chmod")
# What it finds missing, and what each becomes once it is installed.
MISSING = ("gcc", "make", "pkg-config", "curl", "msmtp")
APT_GET = """#!/bin/sh
case " $* " in
*" -s "*) echo "Inst gcc (12.2.0 Debian)"; exit 0 ;;
*" update "*) exit 0 ;;
esac
echo "apt-get $*" >>{dir}/log
sh {dir}/policy-rc.d
echo "policy $?" >>{dir}/log
{outcome}
"""
INSTALLS = "for name in gcc make pkg-config curl msmtp; do printf '#!/bin/sh\\n' >{dir}/bin/$name; chmod 755 {dir}/bin/$name; done"
REFUSES = "echo 'E: Packages need to be removed but remove is disabled.' >&2; exit 100"
SUDO = '#!/bin/sh\necho "sudo $*" >>{dir}/log\nexit 1\n'


class Machine:
    """A directory with the script, and what it finds."""

    def __init__(self, directory, user=0, sudo=False, outcome=INSTALLS):
        self.dir = directory
        os.makedirs(directory + "/tools")
        os.makedirs(directory + "/bin")
        with open(ROOT + "/tools/setup", encoding="utf-8") as file:
            script = file.read()
        assert "/usr/sbin/policy-rc.d" in script
        self.program("tools/setup", script.replace("/usr/sbin/policy-rc.d", directory + "/policy-rc.d"))
        for tool in TOOLS:
            os.symlink(frame.find_program(tool), f"{directory}/bin/{tool}")
        self.program("bin/id", f"#!/bin/sh\necho {user}\n")
        self.program("bin/apt-get", APT_GET.format(dir=directory, outcome=outcome.format(dir=directory)))
        if sudo:
            self.program("bin/sudo", SUDO.format(dir=directory))

    def program(self, name, text):
        with open(f"{self.dir}/{name}", "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(f"{self.dir}/{name}", 0o755)

    def environment(self, more):
        return {"PATH": self.dir + "/bin", "TMPDIR": self.dir, "LC_ALL": "C", **more}

    def setup(self, *words, **more):
        """Without a terminal.  Returns (exit status, what it said)."""
        result = subprocess.run([self.dir + "/tools/setup", *words], env=self.environment(more), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=60)
        return result.returncode, result.stdout

    def setup_on_terminal(self, answer):
        master, terminal = pty.openpty()
        os.write(master, answer.encode())
        process = subprocess.Popen([self.dir + "/tools/setup"], env=self.environment({}), stdin=terminal, stdout=terminal,
                                   stderr=terminal, start_new_session=True)
        os.close(terminal)
        said = b""
        with contextlib.suppress(OSError):  # how a terminal without the other side ends
            while data := os.read(master, 65536):
                said += data
        os.close(master)
        return process.wait(60), said.decode().replace("\r\n", "\n")

    def log(self):
        with contextlib.suppress(FileNotFoundError), open(self.dir + "/log", encoding="utf-8") as file:
            return file.read().splitlines()
        return []


@contextlib.contextmanager
def machine(**options):
    with TempDir() as directory:
        yield Machine(directory, **options)


def nothing_was_installed(tap, log, name):
    tap.equal([line for line in log if line.startswith("apt-get")], [], name)


def prints_the_line(tap, said, name):
    lines = [line.strip() for line in said.splitlines() if line.strip().startswith("sudo apt-get install --no-install-recommends ")]
    tap.ok(len(lines) == 1 and set(MISSING) <= set(lines[0].split()[4:]), name, said)


def test_yes(tap):
    for how in ({"SETUP": "yes"}, {"CI": "true"}):
        with machine() as here:
            status, said = here.setup(**how)
            tap.equal(status, 0, f"{how}: exit status 0")
            call, policy = here.log()
            tap.ok({"install", "--no-remove", "--no-install-recommends", "-y", *MISSING} <= set(call.split()),
                   "installs what is missing, and lets apt-get remove nothing", call)
            tap.equal(policy, "policy 101", "no daemon may start meanwhile")
            tap.ok(not os.path.exists(here.dir + "/policy-rc.d"), "what forbids it is gone afterwards")
            tap.has(said, "gcc                      the compiler\n", "says before what for")
            tap.has(said, "apt-get installs 1 package,", "and how much it is")
            tap.equal(here.setup(), (0, ""), "a second time it says nothing")


def test_no(tap):
    for how in ({"SETUP": "no"}, {}, {"SETUP": "no", "CI": "true"}):
        with machine() as here:
            status, said = here.setup(**how)
            tap.equal(status, 1, f"{how}, no terminal: exit status 1")
            nothing_was_installed(tap, here.log(), "nothing is installed")
            prints_the_line(tap, said, "prints the line that does")


def test_terminal(tap):
    for answer, wanted in (("y\n", True), ("YES\n", True), ("n\n", False), ("\n", False), ("\x04", False)):
        with machine() as here:
            status, said = here.setup_on_terminal(answer)
            tap.equal(status, 0 if wanted else 1, f"answer {answer!r}: exit status")
            tap.has(said, "[y/N]", "it asks")
            tap.equal(len(here.log()) > 0, wanted, "and does as told")


def test_rights(tap):
    with machine(user=1000) as here:
        status, said = here.setup(SETUP="yes")
        tap.equal(status, 1, "neither root nor sudo: exit status 1")
        nothing_was_installed(tap, here.log(), "nothing is tried")
        prints_the_line(tap, said, "prints the line to copy")
    with machine(user=1000, sudo=True) as here:
        status, said = here.setup(SETUP="yes")
        call = (here.log() or [""])[0].split()
        tap.equal(call[:2], ["sudo", "-n"], "without a terminal sudo asks for no password")
        tap.ok({"--install-packages", *MISSING} <= set(call), "and gets the packages", call)
        tap.equal(status, 1, "sudo refuses: exit status 1")
        prints_the_line(tap, said, "prints the line to copy")


def test_removal(tap):
    with machine(outcome=REFUSES) as here:
        status, said = here.setup(SETUP="yes")
        tap.equal(status, 1, "apt-get would have to remove something: exit status 1")
        tap.has(said, "remove is disabled", "apt-get's words are shown")
        tap.has(said, "it removed nothing", "and what that means")


def test_wishes(tap):
    with machine() as here:
        for name in MISSING[:3]:
            here.program("bin/" + name, "#!/bin/sh\n")
        status, said = here.setup(SETUP="no")
        tap.equal(status, 0, "what can be done without is no failure")
        tap.has(said, "msmtp", "and is named")
        tap.equal(here.setup(SETUP="perhaps")[0], 2, "SETUP=perhaps: exit status 2")
        tap.equal(here.setup("--nonsense")[0], 2, "an unknown option: exit status 2")


def test_bare(tap):
    """Where tools/bare cannot be run it says why; it is no failure for who can do without."""
    for user, why in ((1000, "only root may"), (0, "debootstrap is missing")):
        with machine(user=user) as here:
            def bare(*words):
                return subprocess.run([ROOT + "/tools/bare", *words], env=here.environment({}), capture_output=True, text=True,
                                      check=False, timeout=60)

            done = bare("demo")
            tap.equal(done.returncode, 2, f"{why}: exit status 2")
            tap.has(done.stderr, why, "and says so")
            done = bare("--if-possible", "demo")
            tap.equal(done.returncode, 0, "with --if-possible it is 0")
            tap.has(done.stderr, why, "and says so too")
            tap.equal(bare("nonsense").returncode, 2, "a wrong word: exit status 2")


def test_list(tap):
    """What the list installs displaces no mail server and is no service."""
    with open(ROOT + "/tools/setup", encoding="utf-8") as file:
        table = file.read().split("needs='\n", 1)[1].split("'\n", 1)[0]
    packages = {line.split()[2] for line in table.splitlines()}
    services = {"postfix", "nginx", "exim4-daemon-light", "exim4-base", "opensmtpd", "sendmail-bin", "msmtp-mta", "nullmailer"}
    tap.ok(len(packages) > 30, "the list is read")
    tap.equal(packages & services, set(), "no mail server is installed, and no service")
    if shutil.which("apt-cache"):
        shown = subprocess.run(["apt-cache", "show", "--no-all-versions", *sorted(packages)], capture_output=True, text=True, check=False)
        tap.ok("mail-transport-agent" not in "".join(line for line in shown.stdout.splitlines() if line.startswith(("Provides", "Conflicts"))),
               "none of the packages provides a mail server, or conflicts with one")


def test_demo(tap):
    """Without its senders the demo says how to get them."""
    with machine() as here:
        here.program("doormat", "#!/bin/sh\necho ran\n")
        script = [ROOT + "/tools/demo", here.dir + "/doormat"]

        def demo():
            done = subprocess.run(script, env=here.environment({}), capture_output=True, text=True, check=False, timeout=60)
            return done.returncode, done.stdout

        status, said = demo()
        tap.equal(status, 2, "no sender is there: exit status 2")
        for sender in ("curl", "msmtp"):
            tap.has(said, f"sudo apt-get install --no-install-recommends {sender}\n", f"and how to get {sender}")
        here.program("bin/msmtp", "#!/bin/sh\n")
        status, said = demo()
        tap.equal((status, said.count("\nran\n")), (0, 1), "with one of them it shows that one")


frame.main({name[len("test_"):]: test for name, test in list(globals().items()) if name.startswith("test_")})
