"""nginx - its mail proxy as a receiving server: a port per setting, one process, all its files in a temporary directory.
tools/setup only unpacks it, so that it is no service of the machine."""

import os
import random
import select
import socket
import subprocess

from frame import ROOT, SEARCH_PATH

UNPACKED = os.path.join(ROOT, "build/senders/nginx")
MODULE = UNPACKED + "/usr/lib/nginx/modules/ngx_mail_module.so"

HEAD = """
load_module {module};
pid {dir}/nginx.pid;
error_log {dir}/error.log;
master_process off;
events {{}}
mail {{
 server_name mx.doormat.test;
 auth_http 127.0.0.1:9/;
 smtp_auth plain;
"""

SERVER = """
 server {{
  listen 127.0.0.1:{port};
  protocol smtp;
  starttls {starttls};
  ssl_certificate {certificate}/chain.pem;
  ssl_certificate_key {certificate}/key.pem;
  ssl_protocols {protocols};
  ssl_ciphers {ciphers};
 }}
"""


def is_here():
    return os.path.exists(UNPACKED + "/version")


class Nginx:
    """settings: objects with port, certificate (a directory), protocols, ciphers and starttls.  Once the first process has
    ended, the ports are open."""

    def __init__(self, directory, settings):
        self.dir = directory
        self.command = [UNPACKED + "/usr/sbin/nginx", "-p", directory, "-c", directory + "/nginx.conf", "-e", directory + "/error.log"]
        with open(directory + "/nginx.conf", "w", encoding="ascii") as file:
            file.write(HEAD.format(dir=directory, module=MODULE))
            for s in settings:
                file.write(SERVER.format(port=s.port, certificate=s.certificate, protocols=" ".join(s.protocols),
                                         ciphers=s.ciphers, starttls="on" if s.starttls else "off"))
            file.write("}\n")

    def __enter__(self):
        done = subprocess.run(self.command, env={"PATH": SEARCH_PATH}, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            raise SystemExit("Bail out! nginx does not start: " + done.stderr)
        with open(self.dir + "/nginx.pid", encoding="ascii") as file:
            self.process = os.pidfd_open(int(file.read()))
        return self

    def __exit__(self, kind, error, trace):
        subprocess.run([*self.command, "-s", "stop"], env={"PATH": SEARCH_PATH}, stdin=subprocess.DEVNULL, check=False,
                       stderr=subprocess.DEVNULL)
        select.select([self.process], [], [], 60)
        os.close(self.process)


given = set()


def free_port():
    """Below those that the kernel deals out, lest another program be given it before the server opens it; none twice."""
    while True:
        port = random.randrange(23000, 32000)
        if port in given:
            continue
        given.add(port)
        with socket.socket() as sock:
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
