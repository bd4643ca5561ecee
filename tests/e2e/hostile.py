"""hostile - servers that mean `doormat check` ill, one of each kind, and how long the good ones take beside them."""

import contextlib
import json
import os
import subprocess
import time

from mailserver import MailServer, Peer, begin_tls, greet, offer

TARPIT = 200  # servers at one address that never say a word
FLOOD_B_S = 10e6  # of each flood: the attacker has a line of 80 Mbit/s, and this machine has other things to do


def stall(peer):
    peer.wait_for_end()


def forever(data):
    def play(peer):
        while True:
            peer.say(data)
            time.sleep(len(data) / FLOOD_B_S)

    return play


def after(*plays):
    def play(peer):
        for part in plays:
            part(peer)

    return play


def say(data):
    return lambda peer: peer.say(data)


def drip(data):
    def play(peer):
        for i in range(len(data)):
            peer.say(data[i:i + 1])
            time.sleep(0.2)
        stall(peer)

    return play


def take_client_hello(peer):
    offer(peer)
    peer.say("220 go ahead\r\n")
    peer.sock.recv(65536)


def record(kind, body):
    return bytes((kind, 3, 3)) + len(body).to_bytes(2, "big") + body


def kinds(context):
    """{name: play}; those that go as far as TLS have the context's certificate."""
    hello_requests = record(22, 4 * b"\0") * 1000
    return {
        "silent": stall,
        "closes": lambda peer: None,
        "resets": Peer.reset,
        "half a greeting": after(say("220-mx.doormat.test\r\n220 ESM"), stall),
        "a greeting in drips": drip(b"220 mx.doormat.test ESMTP and a long way to go until the line ends\r\n"),
        "endless banner": forever(b"220-" + 60 * b"hello " + b"\r\n"),
        "endless line": forever(65536 * b"x"),
        "endless NULs": forever(65536 * b"\0"),
        "reply of 10 MB": after(greet, say(10240 * (b"250-" + 1018 * b"x" + b"\r\n")), stall),
        "HTTP": after(say("HTTP/1.1 400 Bad Request\r\n\r\n"), stall),
        "421": after(say("421 busy\r\n"), stall),
        "no reply to EHLO": after(greet, stall),
        "no reply to STARTTLS": after(offer, stall),
        "no ServerHello": after(take_client_hello, stall),
        "half a record": after(take_client_hello, say(b"\x16\x03\x03\x40\x00\x02\x00"), stall),
        "endless garbage": after(take_client_hello, forever(bytes(range(256)) * 64)),
        "empty records": after(take_client_hello, forever(record(22, b"") * 1000)),
        "HelloRequests": after(take_client_hello, forever(hello_requests)),
        "warnings": after(take_client_hello, forever(record(21, b"\1\x5a") * 1000)),
        "endless ServerHello": after(take_client_hello, say(b"\x16\x03\x03\x40\x00\x02\xff\xff\xff"), forever(16384 * b"\0")),
        "silent within TLS": lambda peer: (begin_tls(peer, context), stall(peer)),
        "endless within TLS": lambda peer: (begin_tls(peer, context), forever(65536 * b"x")(peer)),
        "a reply in drips within TLS": lambda peer: (begin_tls(peer, context), drip(b"250-" + 100 * b"x")(peer)),
    }


class Hostile:
    """One server of each kind, each at an address of its own, and a tarpit; `targets` is where."""

    def __init__(self, context):
        self.servers = [MailServer(play, address=f"127.0.3.{i + 1}") for i, play in enumerate(kinds(context).values())]
        tarpit = MailServer(stall, count=TARPIT, address="127.0.3.200")
        self.targets = [f"127.0.3.{i + 1}:{server.port}" for i, server in enumerate(self.servers)]
        self.targets += [f"127.0.3.200:{port}" for port in tarpit.ports]
        self.servers.append(tarpit)

    def __enter__(self):
        """In a process of its own that gives way: on a real network the attackers have computers of their own."""
        self.stop_read, self.stop_write = os.pipe()
        self.child = os.fork()
        if self.child == 0:
            try:
                os.close(self.stop_write)
                os.nice(19)
                with contextlib.ExitStack() as stack:
                    for server in self.servers:
                        stack.enter_context(server)
                    os.read(self.stop_read, 1)  # its end
            finally:
                os._exit(0)
        return self

    def __exit__(self, *_):
        os.close(self.stop_write)
        os.waitpid(self.child, 0)
        os.close(self.stop_read)
        for server in self.servers:
            server.close()


def good_seconds(command, env, good, hostile):
    """How long it takes until all good targets are known to be met; the hostile ones stand before them."""
    wanted = set(good)
    start = time.monotonic()
    with subprocess.Popen([*command, "-"], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        process.stdin.write("\n".join([*hostile, *good]) + "\n")
        process.stdin.close()
        for line in process.stdout:
            result = json.loads(line)
            if result["target"] in wanted and not result["reached"]:
                raise RuntimeError(f"{result['target']} is not reached: {result['error']}")
            wanted.discard(result["target"])
            if not wanted:
                break
        seconds = time.monotonic() - start
        process.kill()
    return seconds


def ratio(command, env, good, hostile, rounds):
    """(seconds beside hostile servers, seconds without them), each the least of some rounds, which take turns."""
    beside, alone = [], []
    for _ in range(rounds):
        alone.append(good_seconds(command, env, good, []))
        beside.append(good_seconds(command, env, good, hostile))
    return min(beside), min(alone)
