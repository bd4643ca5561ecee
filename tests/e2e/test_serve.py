#!/usr/bin/env python3
"""`doormat serve`: its table, its ports, delivery to the control, and its end."""

import json
import signal
import smtplib
import socket
import ssl
import subprocess

import frame
import pairs
from frame import DOORMAT, TempDir, clean_environment, run_json


def find_base_port():
    """A port P such that, as likely as not, P ... P+9999 are free: the kernel picks the middle."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return 10000 + port % 8000


class Server:
    """`doormat serve` until the context ends; `endpoints` is {fault: its line}."""

    def __init__(self, home, *words):
        self.home = home
        self.words = words

    def start(self):
        self.base = find_base_port()
        ports = [] if "--base-port" in self.words else ["--base-port", str(self.base)]
        self.process = subprocess.Popen([DOORMAT, "serve", "--json", *ports, *self.words],
                                        env=clean_environment(self.home), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.endpoints = {}
        for line in self.process.stdout:
            entry = json.loads(line)
            if entry.get("ready"):
                return True
            self.endpoints[entry["fault"]] = entry
        self.process.wait()
        return False

    def __enter__(self):
        if not any(self.start() for _ in range(5)):  # another program may sit on one of the ports
            raise SystemExit("Bail out! serve does not start: " + self.process.stderr.read())
        return self

    def __exit__(self, kind, error, trace):
        self.process.terminate()
        self.process.communicate(timeout=60)


def deliver(entry, implicit=False):
    context = ssl.create_default_context(cafile=entry["ca"])
    if implicit:
        server = smtplib.SMTP_SSL(entry["host"], entry["tls_port"], "sender.doormat.test", timeout=20, context=context)
    else:
        server = smtplib.SMTP(entry["host"], entry["port"], "sender.doormat.test", timeout=20)
        server.starttls(context=context)
    with server:
        return server.sendmail("a@doormat.test", ["b@doormat.test"], "Subject: x\r\n\r\nhello\r\n")


def test_ports(tap):
    numbers = {fault["name"]: fault["number"] for fault in run_json("faults", "--json")[0]}
    with TempDir() as home, Server(home) as server:
        tap.equal(set(server.endpoints), set(numbers), "an endpoint for every fault")
        for name, entry in server.endpoints.items():
            tap.equal(entry["port"], server.base + numbers[name], f"{name} is at base + number")
        ports = [p for e in server.endpoints.values() for p in (e["port"], e["tls_port"])]
        tap.equal(len(set(ports)), len(ports), "no port twice")


def test_delivery(tap):
    with TempDir() as home, Server(home, "--faults", "@control,expired,starttls-not-offered") as server:
        for name in ("control", "control-tls12", "control-tls13", "control-rsa3072"):
            tap.equal(deliver(server.endpoints[name]), {}, f"{name} takes a message through STARTTLS")
            tap.equal(deliver(server.endpoints[name], implicit=True), {}, f"{name} takes a message through implicit TLS")
        for implicit in (False, True):
            try:
                deliver(server.endpoints["expired"], implicit)
                tap.ok(False, "expired is refused by a sound sender")
            except ssl.SSLCertVerificationError as error:
                tap.has(str(error), "expired", f"expired is refused (implicit TLS: {implicit})")
        entry = server.endpoints["starttls-not-offered"]
        with smtplib.SMTP(entry["host"], entry["port"], timeout=20) as client:
            client.ehlo()
            tap.ok(not client.has_extn("starttls"), "starttls-not-offered offers none")


def test_loopback(tap):
    with TempDir() as home, Server(home, "--faults", "control") as server:
        tap.ok(server.endpoints["control"]["address"] in ("127.0.0.1", "::1"), "listens on loopback unless told otherwise",
               server.endpoints["control"])


def test_taken_port(tap):
    with TempDir() as home, Server(home, "--faults", "control") as server:
        again = frame.run("serve", "--faults", "control", "--base-port", str(server.base))
        tap.equal(again.returncode, 2, "a port that is taken: exit status 2")
        tap.has(again.stderr, str(server.endpoints["control"]["port"]), "and the message names the port")


def test_many_recipes(tap):
    faults, _ = run_json("faults", "--json")
    recipes = pairs.composing([f"{below}+{fault['name']}" for below in ("expired", "wrong-host") for fault in faults
                               if fault["layer"] in ("smtp", "starttls")])
    with TempDir() as home, Server(home, "--base-port", "0", "--faults", ",".join(recipes)) as server:
        ports = [p for e in server.endpoints.values() for p in (e["port"], e["tls_port"])]
        tap.equal(set(server.endpoints), set(recipes), "on free ports there are as many recipes as one likes")
        tap.ok(0 not in ports and len(set(ports)) == 2 * len(recipes), "each with two ports of its own", ports)
    fixed = frame.run("serve", "--faults", ",".join(recipes))
    tap.equal(fixed.returncode, 2, "numbered ports are fewer: exit status 2")
    tap.has(fixed.stderr, "--base-port 0", "and the message says what to do")


def test_end(tap):
    for signo in (signal.SIGTERM, signal.SIGINT):
        with TempDir() as home, Server(home, "--faults", "control") as server:
            entry = server.endpoints["control"]
            with smtplib.SMTP(entry["host"], entry["port"], timeout=20):
                server.process.send_signal(signo)
                _, errors = server.process.communicate(timeout=60)
            tap.ok(server.process.returncode in (0, -signo), f"{signo.name} ends it", f"{server.process.returncode}\n{errors}")


frame.main({name[len("test_"):]: test for name, test in list(globals().items()) if name.startswith("test_")})
