"""mailserver - a receiving mail server for tests, which does whatever a function tells it to, and a DNS server beside it.

A `play` is a function of a Peer: it talks, and its return closes the connection.  Every wait has a limit.
"""

import os
import selectors
import socket
import ssl
import struct
import subprocess
import threading

PATIENCE_S = 60  # more than any test lasts
# What Python offers where nobody has built it otherwise; Debian's takes the system's choice.
CIPHERS = "@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM"


class Gone(Exception):
    """The client has closed."""


class Peer:
    """The server's end of one connection."""

    def __init__(self, sock, server):
        self.sock = sock
        self.server = server
        self.heard = []
        self.rest = b""
        sock.settimeout(PATIENCE_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def say(self, data):
        self.sock.sendall(data if isinstance(data, bytes) else data.encode())

    def hear(self):
        """The next line, without its end."""
        while b"\n" not in self.rest:
            data = self.sock.recv(65536)
            if not data:
                raise Gone
            self.rest += data
        line, self.rest = self.rest.split(b"\n", 1)
        self.heard.append(line.decode("latin-1").rstrip("\r"))
        return self.heard[-1]

    def wait_for_end(self):
        while self.sock.recv(65536):
            pass

    def secure(self, context):
        self.sock = context.wrap_socket(self.sock, server_side=True, suppress_ragged_eofs=True)

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()
        raise Gone


class MailServer:
    """Listens on `count` ports of an address while the context lasts; a thread per connection."""

    def __init__(self, play, count=1, address="127.0.0.1"):
        self.play = play
        self.listeners = [socket.create_server((address, 0), backlog=64) for _ in range(count)]
        self.ports = [listener.getsockname()[1] for listener in self.listeners]
        self.port = self.ports[0]
        self.lock = threading.Lock()
        self.now = self.peak = 0
        self.visits = []  # of each connection: (port, what was heard)

    def __enter__(self):
        self.stop_read, self.stop_write = os.pipe()
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, kind, error, trace):
        os.write(self.stop_write, b".")
        self.thread.join()
        self.close()
        os.close(self.stop_read)
        os.close(self.stop_write)

    def close(self):
        for listener in self.listeners:
            listener.close()

    def accept(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self.stop_read, selectors.EVENT_READ)
            for listener in self.listeners:
                selector.register(listener, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj == self.stop_read:
                        return
                    sock, _ = key.fileobj.accept()
                    threading.Thread(target=self.serve, args=(sock, key.fileobj.getsockname()[1]), daemon=True).start()

    def serve(self, sock, port):
        peer = Peer(sock, self)
        with self.lock:
            self.now += 1
            self.peak = max(self.peak, self.now)
            self.visits.append((port, peer.heard))
        try:
            self.play(peer)
        except (Gone, OSError):
            pass
        with self.lock:  # before the client can see the end, and come again
            self.now -= 1
        peer.sock.close()


def greet(peer):
    peer.say("220 mx.doormat.test ESMTP\r\n")
    peer.hear()


def offer(peer):
    greet(peer)
    peer.say("250-mx.doormat.test\r\n250-SIZE 1000000\r\n250 STARTTLS\r\n")
    peer.hear()


def begin_tls(peer, context):
    offer(peer)
    peer.say("220 go ahead\r\n")
    peer.secure(context)


def end_politely(peer):
    peer.hear()
    peer.say("250 mx.doormat.test\r\n")
    peer.hear()
    peer.say("221 bye\r\n")


def sound(context):
    """The play of a server without fault."""

    def play(peer):
        begin_tls(peer, context)
        end_politely(peer)

    return play


def context_of(directory, chain="chain.pem", key="key.pem"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{directory}/{chain}", f"{directory}/{key}")
    context.set_ecdh_curve("prime256v1")
    context.set_ciphers(CIPHERS)
    return context


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.PIPE)


# ---- DNS ----

TYPES = {"A": 1, "SOA": 6, "MX": 15, "AAAA": 28}
NOERROR, SERVFAIL, NXDOMAIN = 0, 2, 3


def encode_name(name):
    labels = [label.encode() for label in name.split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def encode_data(kind, data):
    if kind == "MX":
        preference, name = data
        return struct.pack(">H", preference) + encode_name(name)
    return socket.inet_pton(socket.AF_INET if kind == "A" else socket.AF_INET6, data)


def read_question(message):
    labels, at = [], 12
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode("latin-1").lower())
        at += 1 + message[at]
    return ".".join(labels), struct.unpack(">H", message[at + 1:at + 3])[0], message[12:at + 5]


class DnsServer:
    """zone: {name: {type: [data]}}, or {name: a response code}.  A name that is not in it does not exist."""

    def __init__(self, zone):
        self.zone = zone
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1@{self.sock.getsockname()[1]}"

    def __enter__(self):
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, kind, error, trace):
        self.sock.close()

    def serve(self):
        while True:
            try:
                message, peer = self.sock.recvfrom(4096)
                self.sock.sendto(self.answer(message), peer)
            except OSError:
                return

    def answer(self, message):
        name, asked, question = read_question(message)
        entry = self.zone.get(name, NXDOMAIN)
        code = entry if isinstance(entry, int) else NOERROR
        records = [] if code else [(kind, data) for kind, rows in entry.items() if TYPES[kind] == asked for data in rows]
        head = message[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(records), 0, 0)
        return head + question + b"".join(self.record(kind, data) for kind, data in records)

    @staticmethod
    def record(kind, data):
        encoded = encode_data(kind, data)
        return b"\xc0\x0c" + struct.pack(">HHIH", TYPES[kind], 1, 60, len(encoded)) + encoded
