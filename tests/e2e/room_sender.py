#!/usr/bin/env python3
"""Two mail senders that find their way by DNS, scripted: for a room of `doormat try`, and its world.

usage: room_sender.py sound|careless|unchecked, in the environment of `doormat try --room`.

sound: looks for the host as RFC 5321 5.1 and 7505 say, believes the resolver's AD bit, and holds to RFC 7672 where there are TLSA
records; where there are none, the certificate has to be right for the host.
careless: asks the world's name server itself, or else the resolver with checking disabled, so that nothing is validated.  A look-up
that fails has found nothing.  It takes the address that an MX answer brings along, an address for a name, and the domain's own address
where no MX host can be had; asks for TLSA records and looks at none of them; and does without TLS where it cannot have it.
unchecked: is careless, and asks the resolver alone.
"""

import hashlib
import os
import secrets
import socket
import ssl
import struct
import subprocess
import sys
import tempfile

A, CNAME, MX, AAAA, OPT, TLSA = 1, 5, 15, 28, 41, 52
NOERROR, NXDOMAIN = 0, 3
QR, TC, RD, AD, CD = 0x8000, 0x0200, 0x0100, 0x0020, 0x0010
WORLD_SERVER = "198.18.0.53"  # src/harness/stage.c
PATIENCE_S = 30  # more than the room's resolver takes
HASTE_S = 3
CHAIN_MAX = 8


class Failed(Exception):
    """Not here, or not now."""


class Returned(Failed):
    """Never."""


# ---- DNS ----

def encode_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label) + b"\0"


def read_name(message, at):
    labels, end, jumps = [], None, 0
    while message[at]:
        if message[at] >= 0xc0:
            end, at = end or at + 2, struct.unpack(">H", message[at:at + 2])[0] & 0x3fff
            jumps += 1
            if jumps > 50:
                raise Failed("a name without end")
        else:
            labels.append(message[at + 1:at + 1 + message[at]].decode("latin-1").lower())
            at += 1 + message[at]
    return ".".join(labels), end or at + 1


def read_data(message, at, length, kind):
    data = message[at:at + length]
    if kind in (A, AAAA):
        return socket.inet_ntop(socket.AF_INET if kind == A else socket.AF_INET6, data)
    if kind == CNAME:
        return read_name(message, at)[0]
    if kind == MX:
        return struct.unpack(">H", data[:2])[0], read_name(message, at + 2)[0]
    return (*data[:3], data[3:]) if kind == TLSA else data


class Message:
    """What came back: `answer` and `beside` (the additional section) are [(name, type, data)]."""

    def __init__(self, data):
        self.flags, _, answers, authority, additional = struct.unpack(">HHHHH", data[2:12])
        self.code = self.flags & 15
        self.is_secure = bool(self.flags & AD)
        at = read_name(data, 12)[1] + 4
        records = []
        for _ in range(answers + authority + additional):
            name, at = read_name(data, at)
            kind, _, _, length = struct.unpack(">HHIH", data[at:at + 10])
            records.append((name, kind, read_data(data, at + 10, length, kind)))
            at += 10 + length
        self.answer, self.beside = records[:answers], records[answers + authority:]

    def find(self, name, kind):
        """(records, the name that has them), by way of aliases."""
        for _ in range(CHAIN_MAX):
            found = [data for owner, what, data in self.answer if (owner, what) == (name, kind)]
            alias = [data for owner, what, data in self.answer if (owner, what) == (name, CNAME)]
            if found or not alias:
                return found, name
            name = alias[0]
        raise Failed(f"{name}: aliases without end")


def receive(sock, length):
    data = b""
    while len(data) < length:
        more = sock.recv(length - len(data))
        if not more:
            raise Failed("DNS: the connection has ended")
        data += more
    return data


def exchange(server, query, patience_s, by_tcp):
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if by_tcp else socket.SOCK_DGRAM) as sock:
        sock.settimeout(patience_s)
        sock.connect((server, 53))
        if not by_tcp:
            sock.send(query)
            return sock.recv(65535)
        sock.sendall(struct.pack(">H", len(query)) + query)
        return receive(sock, struct.unpack(">H", receive(sock, 2))[0])


def ask(server, name, kind, flags, patience_s):
    number = secrets.token_bytes(2)
    edns = b"\0" + struct.pack(">HHIH", OPT, 1232, 0, 0)
    query = number + struct.pack(">HHHHH", flags, 1, 0, 0, 1) + encode_name(name) + struct.pack(">HH", kind, 1) + edns
    try:
        data = exchange(server, query, patience_s, False)
        if struct.unpack(">H", data[2:4])[0] & TC:
            data = exchange(server, query, patience_s, True)
        if data[:2] != number:
            raise Failed(f"{name}: another's answer")
        return Message(data)
    except (OSError, struct.error, IndexError) as error:
        raise Failed(f"{name}: no answer: {error}") from None


def own_resolver():
    with open("/etc/resolv.conf", encoding="ascii") as file:
        return next(line.split()[1] for line in file if line.startswith("nameserver"))


# ---- SMTP ----

class Smtp:
    def __init__(self, address):
        self.sock = socket.create_connection((address, 25), timeout=PATIENCE_S)
        self.file = self.sock.makefile("rwb")

    def close(self):
        self.file.close()
        self.sock.close()

    def reply(self):
        lines = []
        while not lines or lines[-1][3:4] == "-":
            lines.append(self.file.readline(4096).decode("latin-1").rstrip())
            if not lines[-1]:
                raise Failed("SMTP: the connection has ended")
        return lines

    def command(self, line, wanted=None):
        if line:
            self.file.write(line.encode() + b"\r\n")
            self.file.flush()
        lines = self.reply()
        if wanted and not lines[-1].startswith(wanted):
            raise Failed(f"{line or 'greeting'}: {lines[-1]}")
        return lines

    def greet(self):
        self.command("", "220")
        return self.ehlo()

    def ehlo(self):
        return [line[4:].split(" ")[0].upper() for line in self.command("EHLO " + os.environ["DOORMAT_HELO"], "250")[1:]]

    def secure(self, context, name):
        self.sock = context.wrap_socket(self.sock, server_hostname=name)
        self.file = self.sock.makefile("rwb")

    def chain(self):
        """The certificates as they were sent."""
        return [ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in self.sock._sslobj.get_unverified_chain()]

    def deliver(self):
        self.ehlo()
        self.command(f"MAIL FROM:<{os.environ['DOORMAT_FROM']}>", "250")
        self.command(f"RCPT TO:<{os.environ['DOORMAT_TO']}>", "250")
        self.command("DATA", "354")
        with open(os.environ["DOORMAT_MESSAGE"], "rb") as file:
            lines = file.read().splitlines()
        self.command("\r\n".join(b.decode("latin-1") for b in lines) + "\r\n.", "250")
        self.quit()

    def quit(self):
        try:
            self.command("QUIT")
        except (Failed, OSError):
            pass  # nothing depends on it


def unverified():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


# ---- TLSA ----

def der_end(data, at):
    """(where the content of the value begins, where it ends)."""
    length, begin = data[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7f
        length, begin = int.from_bytes(data[begin:begin + count], "big"), begin + count
    return begin, begin + length


def public_key(certificate):
    """SubjectPublicKeyInfo: behind version, number, algorithm, issuer, dates and subject."""
    at = der_end(certificate, der_end(certificate, 0)[0])[0]
    for _ in range(6 if certificate[at] == 0xa0 else 5):
        at = der_end(certificate, at)[1]
    return certificate[at:der_end(certificate, at)[1]]


DIGESTS = {0: lambda data: data, 1: lambda data: hashlib.sha256(data).digest(), 2: lambda data: hashlib.sha512(data).digest()}
LENGTHS = {1: 32, 2: 64}


def is_usable(record):
    usage, selector, matching, data = record
    return (usage in (2, 3) and selector in (0, 1) and matching in DIGESTS and len(data) > 0
            and len(data) == LENGTHS.get(matching, len(data)))


def fits(record, certificate):
    _, selector, matching, data = record
    return DIGESTS[matching](public_key(certificate) if selector else certificate) == data


def leads_to(anchor, chain, names):
    """Whether the chain is good for one of the names, as openssl(1) sees it."""
    with tempfile.TemporaryDirectory() as directory:
        for file, certificates in (("anchor", [anchor]), ("leaf", chain[:1]), ("sent", chain)):
            with open(f"{directory}/{file}", "w", encoding="ascii") as out:
                out.write("".join(map(ssl.DER_cert_to_PEM_cert, certificates)))
        words = ["openssl", "verify", "-no-CAfile", "-no-CApath", "-no-CAstore", "-partial_chain", "-purpose", "sslserver",
                 "-trusted", directory + "/anchor", "-untrusted", directory + "/sent"]
        return any(subprocess.run([*words, "-verify_hostname", name, directory + "/leaf"], stdin=subprocess.DEVNULL, check=False,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0 for name in names)


def is_authentic(records, chain, names):
    return any(fits(record, chain[0]) if record[0] == 3 else
               any(fits(record, one) and leads_to(one, chain, names) for one in chain[1:]) for record in records)


# ---- the sound one ----

class Sound:
    def __init__(self):
        self.resolver = own_resolver()

    def look_up(self, name, kind):
        """(records, the name that has them, whether that is secure)."""
        message = ask(self.resolver, name, kind, RD | AD, PATIENCE_S)
        if message.code not in (NOERROR, NXDOMAIN):
            raise Failed(f"{name}: response code {message.code}")
        return *message.find(name, kind), message.is_secure

    def hosts(self, domain):
        """[(the MX record's name, whether it is secure)], the best first."""
        records, _, is_secure = self.look_up(domain, MX)
        if not records:
            return [(domain, is_secure)]
        names = [name for _, name in sorted(records) if name]
        if not names:
            raise Returned(f"{domain} takes no mail")
        return [(name, is_secure) for name in names]

    def addresses(self, host):
        """(addresses, the name that has them, whether that is secure)."""
        found, name, are_secure = [], host, True
        for kind in (AAAA, A):
            records, name, is_secure = self.look_up(host, kind)
            found += records
            are_secure = are_secure and is_secure
        if not found:
            raise Failed("no address")
        return found, name, are_secure

    def tlsa(self, names):
        """(records, the base domain); the first name that has any."""
        for base in names:
            records, _, is_secure = self.look_up("_25._tcp." + base, TLSA)
            if records and is_secure:
                return records, base
        return [], None

    def deliver_to(self, domain, host, is_secure):
        addresses, name, are_secure = self.addresses(host)
        records, base = self.tlsa(dict.fromkeys([name, host])) if is_secure and are_secure else ([], None)
        smtp = connect(addresses)
        try:
            if "STARTTLS" not in smtp.greet():
                raise Failed("no STARTTLS")
            smtp.command("STARTTLS", "220")
            if not records:
                smtp.secure(ssl.create_default_context(cafile=os.environ["DOORMAT_CA"]), host)
            else:
                smtp.secure(unverified(), base)
                usable = [record for record in records if is_usable(record)]
                if usable and not is_authentic(usable, smtp.chain(), [base, host, domain]):
                    smtp.quit()
                    raise Failed("no TLSA record fits")
            smtp.deliver()
        finally:
            smtp.close()

    def send(self, domain):
        """To the first host that takes it."""
        why = None
        for host, is_secure in self.hosts(domain):
            try:
                self.deliver_to(domain, host, is_secure)
                return
            except (Failed, OSError) as error:
                print(f"{host}: {error}")
                why = error
        raise Failed("no host takes it") from why


def connect(addresses):
    for address in addresses:
        try:
            return Smtp(address)
        except OSError as error:
            why = error
    raise why


# ---- the careless one ----

class Careless:
    def __init__(self, asks_world=True):
        self.ways = [(WORLD_SERVER, 0, HASTE_S)] if asks_world else []
        self.ways.append((own_resolver(), RD | CD, PATIENCE_S))
        self.brought = {}  # addresses that nobody asked for

    def look_up(self, name, kind):
        """Records, from whoever has some."""
        for server, flags, patience_s in self.ways:
            try:
                message = ask(server, name, kind, flags, patience_s)
                for owner, what, data in message.beside:
                    if what in (A, AAAA):
                        self.brought.setdefault(owner, []).append(data)
                records, name = message.find(name, kind)
                if records:
                    return records
            except Failed as error:
                print(error)
        return []

    def addresses(self, host):
        if host.replace(".", "").isdigit():
            return [host]
        return self.brought.get(host) or self.look_up(host, AAAA) + self.look_up(host, A)

    def deliver_to(self, host):
        self.look_up("_25._tcp." + host, TLSA)
        smtp = connect(self.addresses(host) or [host])
        try:
            if "STARTTLS" in smtp.greet() and smtp.command("STARTTLS")[-1].startswith("220"):
                smtp.secure(unverified(), host)
            smtp.deliver()
        finally:
            smtp.close()

    def send(self, domain):
        why = None
        for host in [name for _, name in sorted(self.look_up(domain, MX)) if name] + [domain]:
            try:
                self.deliver_to(host)
                return
            except (Failed, OSError) as error:
                print(f"{host}: {error}")
                why = error
        raise Failed("no host takes it") from why


def main():
    sender = {"sound": Sound, "careless": Careless, "unchecked": lambda: Careless(False)}[sys.argv[1]]()
    try:
        sender.send(os.environ["DOORMAT_TO"].split("@")[1])
    except (Failed, OSError) as error:
        print(error)
        return 69 if isinstance(error, Returned) else 75
    return 0


sys.exit(main())
