"""attacked - `doormat serve` for those who mean it ill: the server, connections to it, and crowds and floods of them."""

import contextlib
import json
import socket
import ssl
import subprocess
import threading
import time

from frame import DOORMAT, TempDir, clean_environment

PATIENCE_S = 30  # the server's own idle limit is a minute: what waits for that is too late
PER_PORT = 64  # connections of one peer at one endpoint


class Server:
    """`doormat serve` on free ports until the context ends; `ports` and `tls_ports` are {fault: port}."""

    def __init__(self, faults):
        self.faults = faults

    def __enter__(self):
        self.home = TempDir()
        path = self.home.__enter__()
        self.process = subprocess.Popen([DOORMAT, "serve", "--json", "--quiet", "--listen", "127.0.0.1", "--base-port", "0",
                                         "--web-port", "0", "--faults", self.faults], env=clean_environment(path),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.ports, self.tls_ports = {}, {}
        for line in self.process.stdout:
            entry = json.loads(line)
            if entry.get("ready"):
                self.web_port = entry.get("web_port")
                return self
            self.ports[entry["fault"]] = entry["port"]
            self.tls_ports[entry["fault"]] = entry["tls_port"]
        raise SystemExit("Bail out! serve does not start")

    def __exit__(self, kind, error, trace):
        self.process.terminate()
        self.process.communicate(timeout=60)
        self.home.__exit__(kind, error, trace)

    def memory_kib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))


def connect(port, source="127.0.0.1"):
    sock = socket.socket()
    sock.bind((source, 0))
    sock.settimeout(PATIENCE_S)
    sock.connect(("127.0.0.1", port))
    return sock


def first_line(sock):
    data = b""
    while not data.endswith(b"\n"):
        more = sock.recv(1)
        if not more:
            return data.decode() + "(end)"
        data += more
    return data.decode().strip()


def greeting(port, source="127.0.0.1"):
    """(what the server says first, after how many seconds)"""
    started = time.monotonic()
    with connect(port, source) as sock:
        return first_line(sock), time.monotonic() - started


def crowd(port, count, source):
    """That many silent connections, all greeted."""
    socks = [connect(port, source) for _ in range(count)]
    for sock in socks:
        first_line(sock)
    return socks


def close_all(socks):
    for sock in socks:
        sock.close()


def flood(port, stop, play):
    """Plays on connections of its own until told to stop."""
    while not stop.is_set():
        try:
            with connect(port, "127.0.0.3") as sock:
                play(sock, stop)
        except OSError:
            pass


def while_flooded(port, play, threads, look):
    stop = threading.Event()
    floods = [threading.Thread(target=flood, args=(port, stop, play), daemon=True) for _ in range(threads)]
    for thread in floods:
        thread.start()
    try:
        return look()
    finally:
        stop.set()
        for thread in floods:
            thread.join()


def first_flight(suites="", version=ssl.TLSVersion.TLSv1_2):
    """A ClientHello, to be sent again and again: it costs the client nothing."""
    context = ssl.create_default_context()
    context.maximum_version = version
    if suites:
        context.set_ciphers(suites)
    outgoing = ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost").do_handshake()
    return outgoing.read()
