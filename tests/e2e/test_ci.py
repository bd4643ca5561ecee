#!/usr/bin/env python3
"""deploy/ci: the steps of the GitHub Action and the lines of the GitLab template, run as a runner runs them."""

import json
import os
import re
import shlex
import subprocess
import xml.etree.ElementTree

import frame
from frame import CARELESS_SENDER, PLAIN_SENDER, ROOT, TempDir, clean_environment

ACTION = "deploy/ci/github/action.yml"
TEMPLATE = "deploy/ci/gitlab/try.yml"
# One fault is enough for what is shown here.
FEW = "self-signed"
# What the yaml of Debian's own interpreter makes of a file, as JSON.
READER = "import json, sys, yaml; json.dump(list(yaml.safe_load_all(sys.stdin)), sys.stdout)"


def parse(text):
    done = subprocess.run(["/usr/bin/python3", "-c", READER], input=text, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read()


def read_or_nothing(path):
    return open(path, encoding="utf-8").read() if os.path.exists(path) else ""


def link_doormat(directory):
    os.mkdir(directory + "/bin")
    os.symlink(frame.DOORMAT, directory + "/bin/doormat")


def write_program(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\n" + text)
    os.chmod(path, 0o755)


class Runner:
    """Runs the steps of a composite action one after the other, until one fails."""

    def __init__(self, directory, action_path=ROOT + "/deploy/ci/github"):
        self.dir = directory
        self.action = parse(read(ACTION))[0]
        self.action_path = action_path
        self.path = f"{directory}/bin:{frame.SEARCH_PATH}"
        self.outputs = {}

    def resolve(self, text, given):
        def value(match):
            word = match.group(1)
            if word == "github.action_path":
                return self.action_path
            step = re.fullmatch(r"steps\.(\w+)\.outputs\.(\w+)", word)
            return self.outputs[step.group(1)][step.group(2)] if step else given[re.fullmatch(r"inputs\.([\w-]+)", word).group(1)]
        return re.sub(r"\$\{\{ *(.*?) *\}\}", value, text)

    def run(self, **inputs):
        """Returns (exit status, summary, outputs of the action, what was printed)."""
        inputs = {name.replace("_", "-"): value for name, value in inputs.items()}
        given = {name: inputs.get(name, about.get("default")) for name, about in self.action["inputs"].items()}
        assert inputs.keys() <= given.keys() and None not in given.values()
        status, printed = 0, ""
        for number, step in enumerate(self.action["runs"]["steps"]):
            assert step["shell"] == "bash" and not step.keys() - {"name", "id", "shell", "env", "run"}
            files = {name: f"{self.dir}/{name}.{number}" for name in ("GITHUB_OUTPUT", "GITHUB_PATH")}
            env = {name: self.resolve(text, given) for name, text in step["env"].items()}
            with open(f"{self.dir}/step.sh", "w", encoding="utf-8") as file:
                file.write(step["run"])
            done = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", self.dir + "/step.sh"], cwd=self.dir,
                                  env={**clean_environment(self.dir), **env, **files, "PATH": self.path,
                                       "GITHUB_STEP_SUMMARY": self.dir + "/summary"},
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  check=False, timeout=250)
            printed += done.stdout
            self.path = "".join(line + ":" for line in read_or_nothing(files["GITHUB_PATH"]).splitlines()) + self.path
            self.outputs[step.get("id")] = dict(line.split("=", 1) for line in read_or_nothing(files["GITHUB_OUTPUT"]).splitlines())
            if done.returncode != 0:
                status = done.returncode
                break
        outputs = {name: self.resolve(about["value"], given) for name, about in self.action["outputs"].items()}
        return status, read_or_nothing(self.dir + "/summary"), outputs, printed


def test_github(tap):
    for sender, wanted, words in ((PLAIN_SENDER, 0, "1 of 1 fault noticed"), (CARELESS_SENDER, 1, "0 of 1 fault noticed")):
        with TempDir() as directory:
            link_doormat(directory)
            status, summary, outputs, printed = Runner(directory).run(command=shlex.join(sender), faults=FEW)
            tap.ok(status == wanted, f"{shlex.join(sender)}: exit status {wanted}", f"{status}: {printed}")
            tap.has(summary, words, "the summary tells")
            tap.equal(read_or_nothing(f"{directory}/{outputs['report']}"), summary, "and is the report, whose path is an output")


def test_github_inputs(tap):
    with TempDir() as directory:
        link_doormat(directory)
        runner = Runner(directory)
        careless = shlex.join(CARELESS_SENDER)
        status, summary, outputs, printed = runner.run(command=careless, faults=FEW, format="json", output="today.json")
        tap.ok(status == 1, "format json, a careless sender: exit status 1", printed)
        tap.equal((outputs["report"], summary), ("today.json", ""), "the output is where it was wanted, the summary empty")
        status, _, _, printed = runner.run(command=careless, faults=FEW, baseline="today.json")
        tap.ok(status == 0, "no worse than the baseline: exit status 0", printed)
        status, _, _, printed = runner.run(command=careless, faults="rsa1024")
        tap.ok(status == 0, "a warning is no failure", printed)
        status, _, _, printed = runner.run(command=careless, faults="rsa1024", fail_on="medium")
        tap.ok(status == 1, "with fail-on it is", printed)
        status, _, _, printed = runner.run(command=careless, faults="no-such-fault")
        tap.ok(status == 2 and "no-such-fault" in printed, "an unknown fault: exit status 2, and it is named", printed)
        status, _, _, printed = runner.run(command="touch 'it is here' $(echo and-here) #", faults=FEW)
        tap.ok({"it is here", "and-here"} <= set(os.listdir(directory)), "the command is for the shell, as it was written", printed)


def test_github_install(tap):
    """Where there is no doormat, the action's own checkout is built."""
    with TempDir() as directory:
        checkout = directory + "/checkout"
        write_program(checkout + "/tools/setup", f'echo "setup $SETUP" >>{directory}/log\n')
        write_program(directory + "/bin/make", f'echo make >>{directory}/log\nmkdir -p build/release\n'
                                               f"ln -s {frame.DOORMAT} build/release/doormat\n")
        os.makedirs(checkout + "/deploy/ci/github")
        runner = Runner(directory, checkout + "/deploy/ci/github")
        runner.path = ":".join([directory + "/bin"] + [d for d in runner.path.split(":") if not os.path.exists(d + "/doormat")])
        status, _, _, printed = runner.run(command=shlex.join(PLAIN_SENDER), faults=FEW)
        tap.ok(status == 0, "it is built, found, and runs", printed)
        tap.equal(read_or_nothing(directory + "/log"), "setup yes\nmake\n", "after what it needs was installed")


def gitlab_job(**inputs):
    spec, body = read(TEMPLATE).split("\n---\n")
    known = parse(spec)[0]["spec"]["inputs"]
    inputs = {name.replace("_", "-"): value for name, value in inputs.items()}
    given = {name: inputs.get(name, (about or {}).get("default")) for name, about in known.items()}
    assert inputs.keys() <= given.keys() and None not in given.values()

    def fill(node):
        if isinstance(node, dict):
            return {fill(key): fill(value) for key, value in node.items()}
        if isinstance(node, list):
            return [fill(value) for value in node]
        return re.sub(r"\$\[\[ *inputs\.([\w-]+) *\]\]", lambda m: given[m.group(1)], node) if isinstance(node, str) else node
    return fill(parse(body)[0])


def run_gitlab(job, directory, path=None):
    env = {name: value["value"] if isinstance(value, dict) else value for name, value in job["variables"].items()}
    return subprocess.run(["bash", "-eo", "pipefail", "-c", "\n".join(job["before_script"] + job["script"])], cwd=directory,
                          env={**clean_environment(directory), **env, "PATH": path or f"{directory}/bin:{frame.SEARCH_PATH}"},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          timeout=250)


def test_gitlab(tap):
    for sender, wanted in ((PLAIN_SENDER, 0), (CARELESS_SENDER, 1)):
        with TempDir() as directory:
            link_doormat(directory)
            job = gitlab_job(command=shlex.join(sender), source="unused", faults=FEW)["mail"]
            done = run_gitlab(job, directory)
            tap.ok(done.returncode == wanted, f"{shlex.join(sender)}: exit status {wanted}", done.stdout)
            suite = xml.etree.ElementTree.parse(f"{directory}/{job['artifacts']['reports']['junit']}").getroot()
            tap.equal(len(list(suite.iter("failure"))), wanted, "and as many failures in the report")
    with TempDir() as directory:
        link_doormat(directory)
        job = gitlab_job(command=shlex.join(CARELESS_SENDER), source="unused", faults="rsa1024", fail_on="medium", job="post")
        tap.equal(run_gitlab(job["post"], directory).returncode, 1, "fail-on and the name of the job are inputs")


def test_gitlab_install(tap):
    with TempDir() as directory:
        log = f'echo "$(basename "$0") $*" >>{directory}/log\n'
        write_program(directory + "/bin/apt-get", log)
        write_program(directory + "/bin/git", log + "mkdir -p doormat-source/tools\n"
                      f"printf '#!/bin/sh\\necho setup $SETUP >>{directory}/log\\n' >doormat-source/tools/setup\n"
                      "chmod 755 doormat-source/tools/setup\n")
        write_program(directory + "/bin/make", log + f"ln -s {frame.DOORMAT} {directory}/bin/doormat\n")
        path = ":".join([directory + "/bin"] + [d for d in frame.SEARCH_PATH.split(":") if not os.path.exists(d + "/doormat")])
        job = gitlab_job(command=shlex.join(PLAIN_SENDER), source="https://git.example.org/doormat.git", faults=FEW)["mail"]
        done = run_gitlab(job, directory, path)
        tap.ok(done.returncode == 0, "it is cloned, built, installed, and runs", done.stdout)
        lines = read_or_nothing(directory + "/log").splitlines()
        tap.has(" ".join(lines), "git clone --quiet --depth 1 https://git.example.org/doormat.git", "from the address that was given")
        tap.ok("setup yes" in lines, "with what it needs", lines)


def examples(name):
    text = read(name)
    return dict(re.findall(r"<!-- example: (\w+) -->\n```yaml\n(.*?)```\n<!-- end of example -->", text, re.DOTALL))


def test_examples(tap):
    here, readme = examples("deploy/ci/README.md"), examples("README.md")
    tap.equal(sorted(here), ["github", "gitlab"], "two examples")
    tap.equal(readme, here, "README.md shows the same")
    step = parse(here["github"])[0][0]
    action = parse(read(ACTION))[0]
    tap.equal(step["uses"].split("@")[0].split("/", 2)[2], os.path.dirname(ACTION), "GitHub: the path of the action")
    required = {name for name, about in action["inputs"].items() if about.get("required")}
    tap.ok(required <= step["with"].keys() <= action["inputs"].keys(), "its inputs are those of the action", step["with"])
    include = parse(here["gitlab"])[0]["include"][0]
    tap.equal(include["file"], TEMPLATE, "GitLab: the path of the template")
    with TempDir() as directory:
        link_doormat(directory)
        with open(directory + "/send.py", "w", encoding="utf-8") as file:
            file.write(SEND)
        step["with"]["faults"] = include["inputs"]["faults"] = FEW
        status, _, _, printed = Runner(directory).run(**step["with"])
        tap.ok(status == 0, "GitHub's example runs, with a sound send.py", printed)
        done = run_gitlab(gitlab_job(**include["inputs"])["mail"], directory)
        tap.ok(done.returncode == 0, "GitLab's too", done.stdout)


SEND = """
import smtplib, ssl, sys
host, port, ca = sys.argv[1:]
with smtplib.SMTP(host, int(port), timeout=20) as server:
    server.starttls(context=ssl.create_default_context(cafile=ca))
    server.sendmail("sender@doormat.test", "recipient@doormat.test", "Subject: hello\\n\\nhello\\n")
"""

frame.main({name[len("test_"):]: test for name, test in list(globals().items()) if name.startswith("test_")})
