#!/usr/bin/env python3
"""Revocation as foreign programs see it: staples, the OCSP responder and the lists at the web port of `serve`, and `try`."""

import base64
import http.client
import json
import os
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import frame
from frame import DOORMAT, PLAIN_SENDER, TempDir, clean_environment, find_program

STRICT_SENDER = [*PLAIN_SENDER[:1], "--cert-status", *PLAIN_SENDER[1:]]  # curl that insists on a staple
STAPLES = ("revoked-ocsp-staple", "ocsp-staple-unknown", "ocsp-staple-expired", "ocsp-staple-not-yet-valid",
           "ocsp-staple-wrong-cert", "ocsp-staple-bad-signature", "ocsp-staple-wrong-signer", "ocsp-staple-self-signed",
           "ocsp-staple-trylater", "ocsp-staple-garbage")
GNUTLS = {  # what gnutls-cli says of a certificate; of what is not here it finds nothing wrong
    "revoked-ocsp-staple": "The certificate chain is revoked",
    "ocsp-staple-expired": "OCSP data are old",
    **{name: "OCSP status response is invalid" for name in (
        "ocsp-staple-wrong-cert", "ocsp-staple-bad-signature", "ocsp-staple-wrong-signer", "ocsp-staple-self-signed",
        "ocsp-staple-garbage")},
}
RESPONDERS = {  # what `openssl ocsp` says
    "control-ocsp": r"Response verify OK\n(.*\n)*.*: good",
    "revoked-ocsp": r"Response verify OK\n(.*\n)*.*: revoked",
    "ocsp-responder-expired": r"status expired",
    "ocsp-responder-wrong-signer": r"Response Verify Failure",
    "ocsp-responder-self-signed": r"Response Verify Failure\n(.*\n)*.*missing ocspsigning usage",
    "ocsp-responder-trylater": r"Responder Error: trylater \(3\)",
}
LISTS = {  # what `openssl verify` says, which fetches the list by itself
    "control-crl": r": OK",
    "revoked-crl": r"error 23 at 0 depth lookup: certificate revoked",
    "crl-expired": r"error 12 at 0 depth lookup: CRL has expired",
    "crl-wrong-signer": r"error 8 at 0 depth lookup: CRL signature failure",
    "crl-on-hold": r"error 23 at 0 depth lookup: certificate revoked",
    "crl-not-yet-valid": r"error 11 at 0 depth lookup: CRL is not yet valid",
    "crl-wrong-issuer": r"error 3 at 0 depth lookup: unable to get certificate CRL",
    "crl-unknown-critical": r"error 36 at 0 depth lookup: unhandled critical CRL extension",
    "crl-entry-unknown-critical": r"error 36 at 0 depth lookup: unhandled critical CRL extension",
    "crl-of-authorities": r"error 44 at 0 depth lookup: different CRL scope",
    "crl-delta": r": OK",  # without -extended_crl openssl takes it for a whole list
    "crl-signer-no-crl-sign": r"error 35 at 0 depth lookup: key usage does not include CRL signing",
    "crl-of-others": r": OK",
    "crl-partitioned": r": OK",
    "crl-no-number": r": OK",
    "crl-unreachable": r"code=404(.*\n)*.*error 3 at 0 depth lookup: unable to get certificate CRL",
}


class Server:
    """`doormat serve` on free ports until the context ends."""

    def __init__(self, faults):
        self.faults = faults

    def __enter__(self):
        self.room = TempDir()
        self.home = self.room.__enter__()
        self.env = clean_environment(self.home)
        self.process = subprocess.Popen([DOORMAT, "serve", "--json", "--base-port", "0", "--faults", ",".join(self.faults)],
                                        env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.endpoints = {}
        for line in self.process.stdout:
            entry = json.loads(line)
            if entry.get("ready"):
                self.web_port = entry.get("web_port")
                return self
            self.endpoints[entry["fault"]] = entry
        raise SystemExit("Bail out! serve does not start")

    def __exit__(self, kind, error, trace):
        self.process.terminate()
        self.process.communicate(timeout=60)
        self.room.__exit__(kind, error, trace)

    def next_query(self):
        """The next line that is about a query."""
        return next(entry for entry in map(json.loads, self.process.stdout) if "query" in entry)

    def run(self, *words):
        done = subprocess.run(words, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False, timeout=60)
        return done.stdout.decode("utf-8", "replace")

    def handshake(self, name, *words):
        """What s_client prints of it."""
        entry = self.endpoints[name]
        return self.run("openssl", "s_client", "-starttls", "smtp", "-connect", f"localhost:{entry['port']}", "-CAfile",
                        entry["ca"], "-showcerts", *words)

    def chain(self, name):
        """Paths of the leaf and of its issuer."""
        found = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", self.handshake(name), re.S)
        paths = [os.path.join(self.home, f"{name}-{i}.pem") for i in range(2)]
        for path, text in zip(paths, found):
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
        return paths

    def url(self, folder, rest):
        return f"http://localhost:{self.web_port}/{folder}/{rest}"


def test_staples(tap):
    with Server(("control", "control-stapled", *STAPLES)) as server:
        tap.equal(server.web_port, None, "no web port where no certificate needs it")
        tap.has(server.handshake("control", "-status"), "no response sent", "control staples nothing")
        for version in ("-tls1_2", "-tls1_3"):
            tap.has(server.handshake("control-stapled", "-status", version), "Cert Status: good", f"a staple, {version}")
            tap.has(server.handshake("revoked-ocsp-staple", "-status", version), "Cert Status: revoked",
                    f"revoked, {version}")
        tap.ok("OCSP response" not in server.handshake("control-stapled"), "no staple for who does not ask")


def test_gnutls(tap):
    if not find_program("gnutls-cli"):
        tap.skip("gnutls-cli", "not installed")
        return
    with Server(("control-stapled", "must-staple-with-staple", "ocsp-staple-delegated", *STAPLES)) as server:
        for name, entry in server.endpoints.items():
            said = server.run("gnutls-cli", "--starttls-proto=smtp", "--x509cafile", entry["ca"], "-p", str(entry["port"]),
                              "localhost")
            tap.has(said, GNUTLS.get(name, "The certificate is trusted"), f"gnutls-cli: {name}")


def test_responder(tap):
    with Server(RESPONDERS) as server:
        for name, wanted in RESPONDERS.items():
            leaf, issuer = server.chain(name)
            url = server.run("openssl", "x509", "-in", leaf, "-noout", "-ocsp_uri").strip()
            tap.equal(url, server.url("ocsp", name), f"{name}: the URL")
            for digest in ("-sha1", "-sha256"):
                said = server.run("openssl", "ocsp", digest, "-issuer", issuer, "-cert", leaf, "-url", url, "-CAfile",
                                  server.endpoints[name]["ca"])
                tap.ok(re.search(wanted, said), f"openssl ocsp {digest}: {name}", said)
            tap.equal(server.next_query()["fault"], name, f"{name}: the query is reported")
            server.next_query()


def fetch(url, data=None):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data), timeout=30) as reply:
            return reply.status, reply.headers.get("Content-Type"), reply.read()
    except urllib.error.HTTPError as error:
        return error.code, None, b""


def test_request_in_path(tap):
    with Server(["control-ocsp"]) as server:
        leaf, issuer = server.chain("control-ocsp")
        path = os.path.join(server.home, "request")
        server.run("openssl", "ocsp", "-issuer", issuer, "-cert", leaf, "-reqout", path, "-no_nonce")
        with open(path, "rb") as file:
            request = file.read()
        quoted = urllib.parse.quote(base64.b64encode(request), safe="")
        by_get = fetch(server.url("ocsp", "control-ocsp/" + quoted))
        tap.equal(by_get[:2], (200, "application/ocsp-response"), "a request in the path is answered")
        tap.equal(fetch(server.url("ocsp", "control-ocsp"), request), by_get, "... as in the body")
        tap.equal(fetch(server.url("ocsp", "control-ocsp"), b"x" * 100)[2], bytes([0x30, 3, 10, 1, 1]), "malformedRequest")
        tap.equal(fetch(server.url("ocsp", "control-ocsp"), b"x" * 9000)[0], 413, "a request that is too long")
        tap.equal(fetch(server.url("crl", "control-ocsp.crl"))[0], 404, "no list here")
        tap.equal(fetch(server.url("", ""))[0], 404, "and nothing else")


def test_lists(tap):
    with Server(LISTS) as server:
        for name, wanted in LISTS.items():
            leaf, issuer = server.chain(name)
            said = server.run("openssl", "verify", "-crl_check", "-crl_download", "-CAfile", server.endpoints[name]["ca"],
                              "-untrusted", issuer, leaf)
            tap.ok(re.search(wanted, said), f"openssl verify: {name}", said)
        tap.equal(server.next_query()["query"], "crl", "the query is reported")


CHECKED = {  # the rules that `check` finds broken with the list in hand; None: no rule
    "cert-revoked": ("revoked-crl", "crl-on-hold"),
    "cert-revocation-unknown": ("crl-expired", "crl-wrong-signer", "crl-not-yet-valid", "crl-wrong-issuer",
                                "crl-unknown-critical", "crl-entry-unknown-critical", "crl-of-authorities", "crl-delta",
                                "crl-signer-no-crl-sign"),
    None: ("control-crl", "crl-of-others", "crl-partitioned", "crl-no-number"),
}


def test_check_with_lists(tap):
    wanted = {name: [rule] if rule else [] for rule, names in CHECKED.items() for name in names}
    with Server(wanted) as server:
        for name, rules in wanted.items():
            path = os.path.join(server.home, "list")
            with open(path, "wb") as file:
                file.write(fetch(server.url("crl", name + ".crl"))[2])
            done = subprocess.run(
                [DOORMAT, "check", "--json", "--quick", "--quiet", "--ca", server.endpoints[name]["ca"], "--crl", path,
                 f"localhost:{server.endpoints[name]['port']}"], capture_output=True, text=True, check=False)
            for host in json.loads(done.stdout)["hosts"]:
                found = [finding["rule"] for finding in host["findings"]]
                tap.equal(found, rules, f"check --crl: {name} at {host['address']}")


def test_never_answers(tap):
    with Server(["ocsp-responder-never-answers"]) as server:
        connection = http.client.HTTPConnection("localhost", server.web_port, timeout=120)
        connection.request("POST", "/ocsp/ocsp-responder-never-answers", b"x")
        tap.equal(server.next_query()["query"], "ocsp", "the query is reported")
        try:
            tap.ok(False, "never answered", connection.getresponse().status)
        except http.client.RemoteDisconnected:
            tap.ok(True, "no answer, and the connection ends")


def verdicts(*words):
    results = json.loads(frame.run("try", "-q", "--format", "json", *words).stdout)["results"]
    return {result["fault"]: result for result in results}


def test_try(tap):
    if not find_program("curl"):
        tap.skip("try", "curl is not installed")
        return
    faults = ("control-ocsp", "revoked-ocsp", "ocsp-responder-never-answers", "crl-unreachable", "revoked-ocsp-staple")
    careless = verdicts("--faults", ",".join(faults), "--", *PLAIN_SENDER)
    for name, wanted in zip(faults, ("delivered", "fooled", "delivered", "delivered", "fooled")):
        tap.equal(careless[name]["verdict"], wanted, f"a sender that never asks: {name}")
    said = " ".join(frame.run("try", "-q", "--list-all", "--faults", "revoked-ocsp", "--", *PLAIN_SENDER).stdout.split())
    tap.has(said, "and its responder says so; it never asked", "the table says that it never asked")
    strict = verdicts("--faults", ",".join((*STAPLES, "must-staple-with-staple")), "--", *STRICT_SENDER)
    for name in STAPLES:
        tap.equal(strict[name]["verdict"], "refused", f"a sender that insists on a staple: {name}")
    tap.equal(strict["must-staple-with-staple"]["verdict"], "delivered", "... and with the staple")


def test_try_sees_queries(tap):
    """A sender that asks, and then sends nothing at all."""
    asks = ("openssl s_client -starttls smtp -connect localhost:$DOORMAT_PORT -CAfile $DOORMAT_CA -crl_check -crl_download "
            "-verify_return_error </dev/null")
    results = verdicts("--faults", "revoked-crl,control-crl", "--", "sh", "-c", asks)
    tap.ok(results["control-crl"]["revocation_queries"] >= 1, "a query for the list is counted", results)


frame.main({name[len("test_"):]: test for name, test in list(globals().items()) if name.startswith("test_")})
