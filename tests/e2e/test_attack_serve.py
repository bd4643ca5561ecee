#!/usr/bin/env python3
"""`doormat serve` under attack: who sends or connects without end does not keep others from being served."""

import ssl
import statistics
import time

import frame
from attacked import PATIENCE_S, PER_PORT, Server, close_all, connect, crowd, first_flight, first_line, greeting, while_flooded

PORT_FULL = 256
PER_PEER = 256  # ... and at all of them
WEB_PER_PEER = 32


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
