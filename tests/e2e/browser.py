"""browser - Chromium without a window, spoken to through a pipe (the DevTools protocol), for the tests of HTML pages.  It loads
files alone: each page is one that needs nothing else."""

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile

import frame

AXE = os.path.join(frame.ROOT, "build/node/node_modules/axe-core/axe.min.js")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
         "--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-pipe")
SPARE_FD = 10


def why_not():
    """What is missing here; None if nothing is."""
    if frame.find_program("chromium") is None:
        return "there is no chromium"
    return None if os.path.exists(AXE) else "there is no axe-core in build/node"


class Browser:
    def __enter__(self):
        self.profile = tempfile.mkdtemp(prefix="doormat-e2e-")
        commands, self.commands = os.pipe()
        self.answers, answers = os.pipe()
        ends = [os.dup(fd) if fd > SPARE_FD else self.move(fd) for fd in (commands, answers)]

        def place_pipes():
            os.setsid()
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        self.process = subprocess.Popen(
            [frame.find_program("chromium"), *FLAGS, "--user-data-dir=" + self.profile, "about:blank"],
            env=frame.clean_environment(self.profile), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, preexec_fn=place_pipes, pass_fds=(3, 4))
        for fd in {commands, answers, *ends}:
            os.close(fd)
        self.number = 0
        self.pending = b""
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")
        return self

    @staticmethod
    def move(fd):
        """Beyond the numbers that the pipes get in the browser."""
        import fcntl
        return fcntl.fcntl(fd, fcntl.F_DUPFD, SPARE_FD)

    def __exit__(self, kind, error, trace):
        os.close(self.commands)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        os.close(self.answers)
        shutil.rmtree(self.profile, ignore_errors=True)

    def read_message(self):
        while b"\0" not in self.pending:
            chunk = os.read(self.answers, 1 << 20)
            if not chunk:
                raise SystemExit("Bail out! the browser has ended")
            self.pending += chunk
        message, self.pending = self.pending.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        command = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            command["sessionId"] = self.session
        os.write(self.commands, json.dumps(command).encode() + b"\0")
        while True:
            message = self.read_message()
            if message.get("id") == self.number:
                if "error" in message:
                    raise SystemExit(f"Bail out! {method}: {message['error']}")
                return message["result"]

    def wait_for(self, event):
        while self.read_message().get("method") != event:
            pass

    def open(self, path):
        self.call("Page.navigate", url="file://" + path)
        self.wait_for("Page.loadEventFired")

    def show(self, width, scheme="light", media="screen"):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}])

    def run(self, script):
        """The value of an expression, or what its promise comes to."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise SystemExit(f"Bail out! {script[:200]}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def load_axe(self):
        with open(AXE, encoding="utf-8") as file:
            self.run(file.read() + "; 0")

    def find_violations(self):
        """What axe-core finds: a line for each rule."""
        return self.run("""axe.run(document, {resultTypes: ["violations"], iframes: false}).then(found => found.violations.map(
            v => v.id + ": " + v.help + " (" + v.nodes.length + ") " + v.nodes[0].html.slice(0, 200)))""")

    def print_page(self):
        """How many sheets of A4 the page takes on paper."""
        self.call("Emulation.setEmulatedMedia", media="", features=[])
        sheet = base64.b64decode(self.call("Page.printToPDF", preferCSSPageSize=True)["data"])
        return len(re.findall(rb"/Type\s*/Page\b", sheet))
