#!/usr/bin/env python3
"""A sender with MTA-STS (RFC 8461), for tests in the room.  Usage: send_sts.py sound|careless|zealous FROM TO MESSAGE

sound     does what the RFC says
careless  gets policies from anywhere, and delivers whatever they say
zealous   delivers only where policy, record and certificate are those of a spotless domain
"""

import http.client
import random
import re
import smtplib
import socket
import ssl
import struct
import sys
import time

TXT, MX, CNAME = 16, 15, 5
PATIENCE_S, POLICY_MAX_B = 4, 64 * 1024
DEFERRED = 75


class NoPolicy(Exception):
    """There is none, or none that counts."""


class Refused(Exception):
    """The message stays in the queue."""


# --- DNS: one question over UDP to the resolver of the machine ---

def nameserver():
    with open("/etc/resolv.conf", encoding="ascii") as file:
        return re.search(r"^nameserver\s+(\S+)", file.read(), re.MULTILINE).group(1)


def read_name(data, at):
    """The name at that place, and where it ends."""
    labels, end = [], None
    while data[at] != 0:
        if data[at] >= 192:
            end = end or at + 2
            at = struct.unpack_from(">H", data, at)[0] & 0x3FFF
            continue
        labels.append(data[at + 1:at + 1 + data[at]].decode("ascii"))
        at += 1 + data[at]
    return ".".join(labels), end or at + 1


def ask(name, kind):
    """The records as (type, message, where its data begins, how long they are)."""
    number = random.randrange(65536)
    query = struct.pack(">6H", number, 0x0100, 1, 0, 0, 0)
    query += b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.split(".")) + b"\0" + struct.pack(">2H", kind, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as talk:
        talk.settimeout(PATIENCE_S)
        talk.sendto(query, (nameserver(), 53))
        data = talk.recv(65535)
    flags, count = struct.unpack_from(">2xH2xH", data)
    if flags & 15 not in (0, 3):
        raise Refused(f"{name}: no answer of DNS")
    at = read_name(data, 12)[1] + 4
    for _ in range(count):
        at = read_name(data, at)[1]
        got, size = struct.unpack_from(">H6xH", data, at)
        if got == kind:
            yield data, at + 10, size
        at += 10 + size


def texts_of(name):
    for data, at, size in ask(name, TXT):
        end, text = at + size, b""
        while at < end:
            text += data[at + 1:at + 1 + data[at]]
            at += 1 + data[at]
        yield text.decode("utf-8", "replace")


def hosts_of(domain):
    found = [(struct.unpack_from(">H", data, at)[0], read_name(data, at + 2)[0].lower()) for data, at, _ in ask(domain, MX)]
    return [host for _, host in sorted(found)] or [domain]


# --- the policy ---

RECORD = re.compile(r"v=STSv1(?:[ \t]*;[ \t]*[a-zA-Z0-9][a-zA-Z0-9_.-]{0,31}=[\x21-\x3a\x3c\x3e-\x7e]+)+(?:[ \t]*;[ \t]*)?")
LINE = re.compile(r"([a-zA-Z0-9][a-zA-Z0-9_.-]{0,31}):[ \t]*([^ \t](?:.*[^ \t])?)[ \t]*")
HOST = re.compile(r"(?:\*\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")


def check_record(domain):
    found = [text for text in texts_of("_mta-sts." + domain) if text.startswith("v=STSv1")]
    if len(found) != 1 or not RECORD.fullmatch(found[0]):
        raise NoPolicy("no record")
    fields = [field.strip().split("=", 1) for field in found[0].split(";")[1:] if field.strip()]
    if not re.fullmatch("[a-zA-Z0-9]{1,32}", dict(reversed(fields)).get("id", "")):
        raise NoPolicy("no id")
    return found[0]


def fetch(domain, context, sound=True, path="/.well-known/mta-sts.txt", hops=3):
    deadline = time.monotonic() + PATIENCE_S
    link = http.client.HTTPSConnection("mta-sts." + domain, timeout=PATIENCE_S, context=context)
    link.request("GET", path)
    answer = link.getresponse()
    if answer.status in (301, 302) and not sound and hops > 0:
        return fetch(domain, context, sound, re.sub("https://[^/]*", "", answer.headers["Location"]), hops - 1)
    if answer.status != 200 or (sound and answer.headers.get_content_type() != "text/plain"):
        raise NoPolicy(f"{answer.status}")
    body = b""
    while True:
        part = answer.read1(4096)
        body += part
        if not part:
            return body.decode("utf-8", "replace")
        if len(body) > POLICY_MAX_B or time.monotonic() > deadline:
            raise NoPolicy("it does not end")


def parse(text):
    policy, hosts = {}, []
    for line in re.split("\r?\n", re.sub("\r?\n\\Z", "", text)):
        match = LINE.fullmatch(line)
        if match is None:
            raise NoPolicy(f"line {line!r}")
        if match[1] == "mx":
            hosts.append(match[2].lower())
        else:
            policy.setdefault(match[1], match[2])
    if policy.get("version") != "STSv1" or policy.get("mode") not in ("enforce", "testing", "none"):
        raise NoPolicy("version or mode")
    if not re.fullmatch("[0-9]{1,10}", policy.get("max_age", "")):
        raise NoPolicy("max_age")
    if not all(HOST.fullmatch(host) for host in hosts) or (policy["mode"] != "none" and not hosts):
        raise NoPolicy("mx")
    return policy["mode"], hosts


def is_listed(host, patterns):
    return host in patterns or "*." + host.partition(".")[2] in patterns


# --- delivery ---

def sound_context():
    context = ssl.create_default_context()
    context.hostname_checks_common_name = False
    return context


def loose_context():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    return context


def deliver(host, context, must, sender, to, message):
    link = smtplib.SMTP(host, 25, local_hostname="sender.doormat.test", timeout=PATIENCE_S)
    link.ehlo()
    if link.has_extn("starttls"):
        if link.starttls(context=context)[0] != 220:
            raise Refused("no STARTTLS")
    elif must:
        raise Refused("no STARTTLS")
    link.sendmail(sender, [to], message)
    link.quit()


def send_sound(domain, *mail):
    mode, patterns = "none", []
    try:
        check_record(domain)
        mode, patterns = parse(fetch(domain, sound_context()))
    except (NoPolicy, OSError, http.client.HTTPException) as error:
        print("no policy:", error, file=sys.stderr)
    for host in hosts_of(domain):
        if mode == "enforce" and not is_listed(host, patterns):
            continue
        deliver(host, sound_context() if mode == "enforce" else loose_context(), mode == "enforce", *mail)
        return
    raise Refused("no host is listed")


def send_careless(domain, *mail):
    try:
        fetch(domain, loose_context(), sound=False)
    except (NoPolicy, OSError, http.client.HTTPException) as error:
        print("no policy:", error, file=sys.stderr)
    deliver(hosts_of(domain)[0], loose_context(), False, *mail)


class ExactContext(ssl.SSLContext):
    """Names no host in its ClientHello, and takes one name in a certificate."""

    def wrap_socket(self, sock, server_hostname=None, **more):
        wrapped = super().wrap_socket(sock, **more)
        if wrapped.getpeercert().get("subjectAltName") != (("DNS", server_hostname),):
            raise Refused("another certificate")
        return wrapped


def send_zealous(domain, *mail):
    host = hosts_of(domain)[0]
    wanted = f"version: STSv1\r\nmode: enforce\r\nmx: {host}\r\nmax_age: 86400\r\n"
    context = ExactContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_default_certs()
    if not re.fullmatch("v=STSv1; id=[0-9]{14};", check_record(domain)) or fetch(domain, sound_context()) != wanted:
        raise Refused("another policy")
    deliver(host, context, True, *mail)


def main():
    manner, sender, to, path = sys.argv[1:5]
    with open(path, "rb") as file:
        message = file.read()
    try:
        {"sound": send_sound, "careless": send_careless, "zealous": send_zealous}[manner](to.partition("@")[2], sender, to, message)
    except (Refused, NoPolicy, OSError, smtplib.SMTPException, http.client.HTTPException) as error:
        print("deferred:", error, file=sys.stderr)
        sys.exit(DEFERRED)


main()
