#!/usr/bin/env python3
"""`doormat serve` under attack: who sends or connects without end does not keep others from being served."""

import json
import socket
import ssl
import statistics
import subprocess
import threading
import time

import frame
from frame import DOORMAT, TempDir, clean_environment

PATIENCE_S = 30  # the server's own idle limit is a minute: what waits for that is too late
PER_PORT = 64  # connections of one peer at one endpoint
PORT_FULL = 256
PER_PEER = 256  # ... and at all of them
WEB_PER_PEER = 32


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


def test_one_peer_at_one_port(tap):
    with Server("control") as server:
        port = server.ports["control"]
        socks = crowd(port, PER_PORT, "127.0.0.1")
        line, _ = greeting(port)
        tap.ok(line.startswith("421 "), "who has too many connections is told so", line)
        with connect(server.tls_ports["control"]) as sock:
            tap.equal(first_line(sock), "(end)", "with implicit TLS nothing can be said")
        tap.has(greeting(port, "127.0.0.2")[0], "220 ", "another is served")
        socks.pop().close()
        lines = []
        deadline = time.monotonic() + PATIENCE_S
        while not (lines and lines[-1].startswith("220 ")) and time.monotonic() < deadline:
            lines.append(greeting(port)[0])
        tap.has(lines[-1], "220 ", "and whoever closes one may open another")
        close_all(socks)


def test_a_port_full_of_silence(tap):
    with Server("control") as server:
        port = server.ports["control"]
        socks = []
        for i in range(PORT_FULL // PER_PORT):
            socks += crowd(port, PER_PORT, f"127.0.1.{i + 1}")
        line, _ = greeting(port, "127.0.2.1")
        tap.has(line, "220 ", "a newcomer is greeted")
        told = first_line(socks[0])
        tap.ok(told.startswith("421 "), "and who was silent longest of those that have most is told to go", told)
        close_all(socks)


def test_one_peer_at_all_ports(tap):
    faults = ["control", "expired", "wrong-host", "self-signed", "tls10", "greeting-421"]
    with Server(",".join(faults)) as server:
        socks = []
        for fault in faults[:PER_PEER // PER_PORT]:
            socks += crowd(server.ports[fault], PER_PORT, "127.0.0.1")
        line, _ = greeting(server.ports["tls10"])
        tap.ok(line.startswith("421 ") and "Too many connections" in line, "the bound is for all ports together", line)
        tap.has(greeting(server.ports["tls10"], "127.0.0.2")[0], "220 ", "another is served")
        close_all(socks)


def request(port, text, source="127.0.0.1"):
    with connect(port, source) as sock:
        sock.sendall(text)
        data = b""
        while more := sock.recv(65536):
            data += more
    return data


def test_the_web_port(tap):
    with Server("revoked-crl") as server:
        port = server.web_port
        get = b"GET /crl/revoked-crl.crl HTTP/1.1\r\nHost: x\r\n\r\n"
        whole = request(port, get)
        head = request(port, get.replace(b"GET", b"HEAD"))
        tap.ok(head.startswith(b"HTTP/1.1 200 ") and head.endswith(b"\r\n\r\n"), "HEAD is answered", head)
        tap.ok(whole.startswith(head[:head.index(b"Date")]) and len(whole) > len(head), "as GET without the list", whole[:300])
        socks = [connect(port) for _ in range(WEB_PER_PEER)]
        answer = request(port, get)
        tap.ok(answer.startswith(b"HTTP/1.1 503 "), "a peer with many open requests is told so", answer)
        tap.equal(request(port, get, "127.0.0.2")[:15], b"HTTP/1.1 200 OK", "another is served")
        for sock in socks:
            sock.sendall(b"GET /")
        ends = [sock.recv(1) for sock in socks[:2]]  # within the patience of connect(): who asks slowly is dropped
        tap.equal(ends, [b"", b""], "and who never ends its request is dropped")
        close_all(socks)


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


def first_flight(suites):
    """A ClientHello of TLS 1.2, to be sent again and again: it costs the client nothing."""
    context = ssl.create_default_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(suites)
    outgoing = ssl.MemoryBIO()
    try:
        context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def seconds(act):
    started = time.monotonic()
    act()
    return time.monotonic() - started


def handshake(port):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("DHE:@SECLEVEL=0")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with connect(port) as sock, context.wrap_socket(sock) as tls:
        return first_line(tls)


def test_hellos_where_keys_are_slow(tap):
    hello = first_flight("DHE:@SECLEVEL=0")

    def play(sock, _):
        sock.sendall(hello)
        sock.recv(1)

    with Server("control,dhe-own-prime") as server:
        slow = server.tls_ports["dhe-own-prime"]
        tap.has(handshake(slow), "220 ", "a sender gets its handshake where each takes long")
        alone_s = min(seconds(lambda: handshake(slow)) for _ in range(5))
        seen = while_flooded(slow, play, 12, lambda: [greeting(server.ports["control"]) for _ in range(100)])
        mean_s = statistics.mean(s for _, s in seen)
        tap.equal({line[:4] for line, _ in seen}, {"220 "}, "others are greeted while ClientHellos pour in there")
        tap.ok(mean_s < alone_s / 4, "and wait, on an average, for much less than such a handshake",
               f"{mean_s:.4f} s; a handshake takes {alone_s:.4f} s")
        tap.has(handshake(slow), "220 ", "behind the flood a sender gets its handshake as before")


frame.main({name[len("test_"):]: test for name, test in list(globals().items()) if name.startswith("test_")})
