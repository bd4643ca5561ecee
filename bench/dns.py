#!/usr/bin/env python3
"""What a DNS answer costs: doormat serve --zone against nsd, with the same zone and the same questions.

usage: bench/dns.py DOORMAT NSD DIRECTORY, in a network of its own where the ports of mail are free
Prints a line of JSON: {"known": [ours, nsd's], "absent": [...]}, answers per second of one core, medians of rounds.
"""
import fcntl
import json
import os
import random
import socket
import statistics
import struct
import subprocess
import sys

APEX, NETWORK, OURS, THEIRS = "doormat.test", "127.3.0.0/16", "127.3.0.53", "127.0.0.9"
FAULTS = ("expired", "self-signed", "wrong-host", "rsa1024", "sha1", "tls10", "null-cipher", "control")
ROUNDS, QUESTIONS, WINDOW = 5, 4000, 64


def name_bytes(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def question(number, name, kind):
    edns = b"\0" + struct.pack(">HHIH", 41, 1232, 0x8000, 0)
    return struct.pack(">6H", number, 0, 1, 0, 0, 1) + name_bytes(name) + struct.pack(">2H", kind, 1) + edns


def known(number):
    fault = FAULTS[number % len(FAULTS)]
    return (f"{fault}.{APEX}", 15) if number % 2 else (f"mx.{fault}.{APEX}", 1)


def absent(number):
    return f"x{random.getrandbits(48):x}{number}.{APEX}", 1


def ask(address, make):
    """Each question until it is answered; at most WINDOW at a time."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((address, 53))
        sock.settimeout(30)
        open_count = 0
        for number in range(QUESTIONS):
            sock.send(question(number & 0xffff, *make(number)))
            open_count += 1
            if open_count == WINDOW:
                sock.recv(4096)
                open_count -= 1
        for _ in range(open_count):
            sock.recv(4096)


def show_address(address):
    """By TCP, so that the server sends by UDP what it does not send to a stranger."""
    with socket.create_connection((address, 53), timeout=30) as sock:
        data = question(1, *known(0))
        sock.sendall(struct.pack(">H", len(data)) + data)
        sock.recv(4096)


def cpu_s(pids):
    total = 0
    for pid in pids:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
    return total / 1e9


def start_ours(doormat):
    process = subprocess.Popen([doormat, "serve", "--json", "--quiet", "--zone", APEX, "--listen", NETWORK,
                                "--faults", ",".join(FAULTS)], stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if json.loads(line).get("ready"):
            return process
    raise SystemExit("doormat does not start")


def start_nsd(nsd, doormat, directory):
    with open(directory + "/zone", "w", encoding="ascii") as file:
        subprocess.run([doormat, "zone", APEX, "--listen", NETWORK, "--faults", ",".join(FAULTS), "--whole"], stdout=file, check=True)
    with open(directory + "/nsd.conf", "w", encoding="ascii") as file:
        file.write(f"""server:
  ip-address: {THEIRS}
  username: ""
  zonesdir: "{directory}"
  pidfile: "{directory}/nsd.pid"
  xfrdfile: "{directory}/xfrd"
  zonelistfile: "{directory}/zone.list"
  database: ""
  logfile: "{directory}/log"
  server-count: 1
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: {APEX}
  zonefile: zone
""")
    process = subprocess.Popen([nsd, "-d", "-c", directory + "/nsd.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.1)
        for number in range(300):
            try:
                sock.sendto(question(number, *known(number)), (THEIRS, 53))
                sock.recv(4096)
                return process
            except OSError:
                pass
    raise SystemExit("nsd does not start")


def family_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        children = [int(word) for word in file.read().split()]
    return [pid] + [one for child in children for one in family_of(child)]


def main():
    doormat, nsd, directory = sys.argv[1:4]
    fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh22x", b"lo", 1))
    processes = [start_ours(doormat), start_nsd(nsd, doormat, directory)]
    try:
        show_address(OURS)
        rates = {"known": ([], []), "absent": ([], [])}
        for name, make in (("known", known), ("absent", absent)):
            for number in range(ROUNDS + 1):
                for which, address in enumerate((OURS, THEIRS)):
                    pids = family_of(processes[which].pid)
                    before = cpu_s(pids)
                    ask(address, make)
                    if number > 0:  # the first fills the caches
                        rates[name][which].append(QUESTIONS / (cpu_s(pids) - before))
    finally:
        for process in processes:
            process.terminate()
            process.wait()
    print(json.dumps({name: [statistics.median(which) for which in both] for name, both in rates.items()}))


main()
