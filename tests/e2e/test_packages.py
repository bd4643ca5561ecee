#!/usr/bin/env python3
"""The Debian package and the container say what tools/setup, the Makefile and VERSION say.  `make deb`, `tools/bare deb` and
`tools/container` build and run them."""

import os
import re
import subprocess

import frame
from frame import ROOT


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read()


def libraries_to_build():
    """What setup installs of libraries for the build itself; that of C comes with the compiler."""
    table = read("tools/setup").split("needs='\n", 1)[1].split("'\n", 1)[0]
    rows = [line.split() for line in table.splitlines()]
    return {row[2] for row in rows if row[0] == "base" and row[2].endswith("-dev")} - {"libc6-dev"}


def field(text, name):
    value = re.search(rf"^{name}: (.*(?:\n .*)*)", text, re.MULTILINE).group(1)
    return {re.split(r"[ (]", word.strip())[0] for word in value.split(",") if word.strip()}


def test_version(tap):
    first = read("debian/changelog").splitlines()[0]
    tap.equal(re.match(r"doormat \((.*)\)", first).group(1), read("VERSION").strip(), "debian/changelog has the version of VERSION")


def test_build_depends(tap):
    wanted = field(read("debian/control"), "Build-Depends") - {"debhelper-compat", "pkg-config"}
    tap.equal(wanted, libraries_to_build(), "debian/control wants to build with what tools/setup installs")


def test_recommends(tap):
    said = field(read("debian/control"), "Recommends")
    tap.ok(all(f" {name} " in read("tools/setup") for name in said) and said, "what the package recommends, tools/setup installs too")


def test_documents(tap):
    lacking = [name for name in read("debian/doormat.docs").split() if not os.path.exists(os.path.join(ROOT, name))]
    tap.equal(lacking, [], "the documents of the package are there")


def test_container(tap):
    text = read("Containerfile").replace("\\\n", " ")
    copied = [word for line in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE) for word in line.split()]
    tap.equal([name for name in copied if not os.path.exists(os.path.join(ROOT, name))], [], "what it copies is there")
    installed = set(re.search(r"--no-install-recommends (.*?) &&", text).group(1).split())
    owners = set()
    linked = subprocess.run(["objdump", "-p", frame.DOORMAT], capture_output=True, text=True, check=True).stdout
    where = dict(re.findall(r"(\S+) => (\S+)", subprocess.run(["ldd", frame.DOORMAT], capture_output=True, text=True, check=True).stdout))
    for library in re.findall(r"NEEDED +(\S+)", linked):
        path = "/".join(where.get(library, library).split("/")[-2:])  # below /lib or /usr/lib
        found = subprocess.run(["dpkg-query", "-S", "*/" + path], capture_output=True, text=True, check=False).stdout
        owners.update(line.split(":")[0] for line in found.splitlines())
    ours = {"libc6", "libasan8", "libubsan1", "libgcc-s1"}  # always there, and the sanitizers
    tap.ok(len(owners) > 5, "the libraries that it is linked with are known", owners)
    tap.ok(owners - ours <= installed, "it installs what doormat is linked with", f"lacks {owners - ours - installed}")
    users = re.findall(r"^USER (\S+)$", text, re.MULTILINE)
    tap.ok(users and users[-1] not in ("root", "0"), "it does not run as root", users)


frame.main({name[len("test_"):]: test for name, test in list(globals().items()) if name.startswith("test_")})
