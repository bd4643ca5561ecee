#!/usr/bin/env python3
"""`doormat check` against servers that make it work: each gets its finding, and the others their answers meanwhile."""

import json
import ssl

import frame
from checking import Home, check, look
from mailserver import MailServer, begin_tls, context_of, end_politely, offer, openssl, sound

FLOODED = "the handshake broke off (the server sends records or messages without end)"
TOO_LONG = "the handshake broke off (the Diffie-Hellman modulus is longer than 8192 bits)"
NAMES, CONSTRAINTS, AUTHORITIES = 20000, 25, 25  # libcrypto goes through their product
GOOD = 30


def number(value, size_b):
    return value.to_bytes(size_b, "big")


def record(body):
    return b"\x16\x03\x03" + number(len(body), 2) + body


def message(kind, body):
    return number(kind, 1) + number(len(body), 3) + body


def vector(body, size_b):
    return number(len(body), size_b) + body


def hear_hello(peer):
    offer(peer)
    peer.say("220 go ahead\r\n")
    peer.sock.recv(65536)


def hello_requests(peer):
    hear_hello(peer)
    while True:
        peer.say(record(message(0, b"") * 1000))


SERVER_HELLO = message(2, b"\x03\x03" + b"r" * 32 + b"\0" + b"\x00\x9e" + b"\0")  # TLS_DHE_RSA_WITH_AES_128_GCM_SHA256


def tiny_records(peer):
    """A chain of 200 KB, a byte in each record."""
    hear_hello(peer)
    peer.say(record(SERVER_HELLO) + record(b"\x0b" + number(200000, 3)))
    while True:
        peer.say(record(b"\x00") * 1000)


def long_modulus(home):
    """A ServerKeyExchange with 10,000 bits: libssl would go on with it, for a second and more."""
    with open(home + "/chain.pem") as file:
        leaf = ssl.PEM_cert_to_DER_cert(file.read().split("-----END")[0] + "-----END CERTIFICATE-----\n")
    prime = vector(b"\xff" * 1250, 2)
    certificate = message(11, vector(vector(leaf, 3), 3))
    exchange = message(12, prime + vector(b"\x02", 2) + prime[:2] + b"\x7f" + prime[3:] + b"\x04\x01" + vector(b"s" * 256, 2))

    def play(peer):
        hear_hello(peer)
        peer.say(record(SERVER_HELLO) + record(certificate) + record(exchange))
        peer.wait_for_end()

    return play


def seen(host, rule):
    return [finding["seen"] for finding in host["findings"] if finding["rule"] == rule]


def test_floods(tap):
    with Home("rsa2048") as home:
        plays = {"HelloRequests": (hello_requests, FLOODED), "records of a byte": (tiny_records, FLOODED),
                 "a modulus of 10,000 bits": (long_modulus(home), TOO_LONG)}
        for name, (play, text) in plays.items():
            with MailServer(play) as server:
                status, host, _ = look(home, server.port, "--tries", "1")
            tap.equal((status, seen(host, "tls-handshake")), (1, [text]), name)


def many_names(home):
    """A leaf with many names below many authorities that forbid some each: into chain2.pem and key2.pem."""
    with open(home + "/names.cnf", "w") as file:
        file.write("[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN=x\n[leaf]\nsubjectAltName=@names\n[names]\n"
                   + "".join(f"DNS.{i}=a0\n" for i in range(NAMES))
                   + "[ca]\nbasicConstraints=critical,CA:true\nnameConstraints="
                   + ",".join(f"excluded;DNS:z{i}" for i in range(CONSTRAINTS)) + "\n")
    config = ["-config", home + "/names.cnf"]
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", home + "/key2.pem")
    openssl("req", "-x509", "-key", home + "/key2.pem", *config, "-subj", "/CN=n0", "-extensions", "ca", "-out", home + "/n0.pem")
    for i in range(1, AUTHORITIES + 1):
        subject, section = (f"/CN=n{i}", "ca") if i < AUTHORITIES else ("/CN=leaf", "leaf")
        openssl("req", "-new", "-key", home + "/key2.pem", *config, "-subj", subject, "-out", home + "/csr.pem")
        openssl("x509", "-req", "-in", home + "/csr.pem", "-CA", f"{home}/n{i - 1}.pem", "-CAkey", home + "/key2.pem",
                "-set_serial", str(i), "-extfile", home + "/names.cnf", "-extensions", section, "-out", f"{home}/n{i}.pem")
    with open(home + "/chain2.pem", "w") as out:
        for i in reversed(range(AUTHORITIES + 1)):
            with open(f"{home}/n{i}.pem") as file:
                out.write(file.read())


def test_name_constraints(tap):
    with Home() as home:
        many_names(home)

        def costly(peer):
            begin_tls(peer, context_of(home, "chain2.pem", "key2.pem"))
            end_politely(peer)

        with MailServer(costly) as bad, MailServer(sound(context_of(home)), count=GOOD) as good:
            targets = [f"127.0.0.1:{port}" for port in bad.ports + good.ports]
            done = check(home, "--jsonl", "--ca", home + "/root.pem", "--jobs", str(len(targets)), *targets)
        hosts = [json.loads(line)["hosts"][0] for line in done.stdout.splitlines()]
        took = {host["port"]: host["seconds"] for host in hosts if not seen(host, "tls-handshake")}
        tap.equal(sorted(took), sorted(bad.ports + good.ports), "all are answered")
        longest = max(took.get(port, 0) for port in good.ports)
        tap.ok(longest < took.get(bad.port, 0) / 2, "and the good ones do not wait until the costly chain is judged",
               f"{longest} s, {took.get(bad.port)} s")


def test_no_way_there(tap):
    """TCP to a multicast address: the kernel has no way, whatever the machine's network is."""
    with Home() as home:
        result = json.loads(check(home, "--jsonl", "--tries", "3", "224.0.0.1:25").stdout)
    host = result["hosts"][0]
    tap.has(host["error"], "this machine has no way to the address", "the finding is about this machine")
    tap.equal(host["connections"], 1, "and it is not tried again")


frame.main({name[len("test_"):]: test for name, test in list(globals().items()) if name.startswith("test_")})
