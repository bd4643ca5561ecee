#!/usr/bin/env python3
"""`doormat check` against servers that we did not write, well and badly configured: it says what was configured.

The names of the settings and what is to be said of them are the same for each server."""

import dataclasses
import json
import os
import subprocess

import frame
import nginx
import postfix
from frame import DOORMAT, TempDir, clean_environment
from mailserver import openssl
from nginx import Nginx, free_port

MODERN = ("TLSv1.2", "TLSv1.3")
SOUND = "ECDHE+AESGCM"
OLD = SOUND + ":ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"  # something for TLS 1.0 too


@dataclasses.dataclass
class Setting:
    name: str
    recipe: str = "control"  # of `doormat mint`; or rsa2048
    protocols: tuple = MODERN
    ciphers: str = SOUND
    starttls: bool = True
    findings: tuple = ()  # failures under bsi
    warnings: tuple = ()
    beside: tuple = ()  # warnings of what else Postfix takes
    port: int = 0
    certificate: str = ""

    def __post_init__(self):
        self.port = free_port()


def settings():
    return (
        Setting("ECDSA, TLS 1.2 and 1.3"),
        Setting("RSA 3072, TLS 1.2 and 1.3", recipe="control-rsa3072"),
        Setting("TLS 1.2 alone", protocols=("TLSv1.2",)),
        Setting("an expired certificate", recipe="expired", findings=("cert-expired",)),
        Setting("a certificate of its own making", recipe="self-signed", findings=("cert-trust",)),
        Setting("a certificate for another host", recipe="wrong-host", findings=("cert-name",)),
        Setting("RSA 2048", recipe="rsa2048", findings=("key-size",), warnings=("cert-signature",)),
        Setting("TLS 1.0 and 1.1 too", protocols=("TLSv1", "TLSv1.1", *MODERN), ciphers=OLD, warnings=("tls-version",),
                beside=("cipher",)),
        Setting("TLS 1.1 alone", protocols=("TLSv1.1",), ciphers=OLD, findings=("tls-version",)),
        Setting("TLS 1.0 alone", protocols=("TLSv1",), ciphers=OLD, findings=("tls-version",)),
        Setting("a weak cipher suite", protocols=("TLSv1.2",), ciphers="ECDHE-ECDSA-AES128-SHA", findings=("cipher",)),
        Setting("no forward secrecy", recipe="control-rsa3072", protocols=("TLSv1.2",), ciphers="AES128-GCM-SHA256",
                findings=("cipher",)),
        Setting("no STARTTLS", starttls=False, findings=("starttls",)),
    )


def make_rsa2048(directory):
    """A leaf of RSA 2048 from an authority that gives no offence but by its salt, which is as long as openssl has it."""
    for name, size in (("root", 4096), ("key", 2048)):
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{size}", "-out", f"{directory}/{name}.key")
    os.rename(directory + "/key.key", directory + "/key.pem")
    openssl("req", "-x509", "-key", directory + "/root.key", "-days", "90", "-subj", "/CN=root", "-sigopt",
            "rsa_padding_mode:pss", "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", directory + "/root.pem")
    openssl("req", "-x509", "-key", directory + "/key.pem", "-days", "30", "-subj", "/CN=leaf", "-CA", directory + "/root.pem",
            "-CAkey", directory + "/root.key", "-sigopt", "rsa_padding_mode:pss", "-addext", "subjectAltName=IP:127.0.0.1",
            "-addext", "basicConstraints=critical,CA:false", "-addext", "keyUsage=critical,digitalSignature", "-addext",
            "extendedKeyUsage=serverAuth", "-out", directory + "/chain.pem")


def make_certificates(home, rows):
    for row in rows:
        row.certificate = f"{home}/{row.recipe}"
        if os.path.exists(row.certificate):
            continue
        os.mkdir(row.certificate)
        if row.recipe == "rsa2048":
            make_rsa2048(row.certificate)
        else:
            subprocess.run([DOORMAT, "mint", row.recipe, "--host", "127.0.0.1", "--out", row.certificate], check=True,
                           env=clean_environment(home), stdout=subprocess.DEVNULL)


def check(home, row):
    done = subprocess.run([DOORMAT, "check", "--jsonl", "--quiet", "--no-dnssec", "--ca", row.certificate + "/root.pem",
                           f"127.0.0.1:{row.port}"], env=clean_environment(home), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=120)
    if not done.stdout:
        raise SystemExit("Bail out! check says nothing: " + done.stderr[-3000:])
    return done.returncode, json.loads(done.stdout)["hosts"][0]


def check_all(tap, home, rows, habits=lambda row: ()):
    """habits: of the server, whatever its setting: rules that it is warned of."""
    for row in rows:
        status, host = check(home, row)
        warnings = tuple(sorted(row.warnings + row.beside + habits(row)))
        found = {severity: tuple(finding["rule"] for finding in host["findings"] if finding["severity"] == severity)
                 for severity in ("fail", "warn", "info")}
        found["warn"] = tuple(sorted(found["warn"]))
        tap.equal((status, found), (bool(row.findings), {"fail": row.findings, "warn": warnings, "info": ()}),
                  f"{row.name}: {', '.join(row.findings + row.warnings) or 'good'}")
        versions = row.protocols if row.starttls else ()
        tap.equal(tuple(host["accepts"]["versions"]), tuple(versions), "with the TLS versions that are configured")


class PostfixServer(postfix.Postfix):
    """An smtpd per setting."""

    def __init__(self, directory, rows):
        super().__init__(directory, "may")
        self.rows = rows

    def configure(self):
        super().configure()
        with open(self.dir + "/master.cf", "a", encoding="ascii") as file:
            for row in self.rows:
                options = {
                    "smtpd_tls_security_level": "may" if row.starttls else "none",
                    "smtpd_tls_chain_files": f"{row.certificate}/key.pem,{row.certificate}/chain.pem",
                    "smtpd_tls_protocols": ",".join(row.protocols), "smtpd_tls_ciphers": "medium",
                    "tls_medium_cipherlist": row.ciphers, "local_recipient_maps": "",
                }
                file.write(f"127.0.0.1:{row.port} inet n - n - - smtpd\n" +
                           "".join(f" -o {name}={value}\n" for name, value in options.items()))


def test_postfix(tap):
    if not postfix.is_here() or os.geteuid() != 0:
        tap.skip("Postfix", "Postfix is not here, or this is not root, whom its master wants")
        return
    rows = settings()
    with TempDir() as home, TempDir() as directory:
        make_certificates(home, rows)
        with PostfixServer(directory, rows):
            check_all(tap, home, rows)


def nginx_habits(row):
    """AUTH before TLS, and in TLS 1.3 all groups of OpenSSL's, ffdhe2048 among them."""
    if not row.starttls:
        return ()
    return ("auth-plaintext", "group") if "TLSv1.3" in row.protocols else ("auth-plaintext",)


def test_nginx(tap):
    if not nginx.is_here():
        tap.skip("nginx", "nginx or its mail proxy is not here")
        return
    rows = settings()
    with TempDir() as home, TempDir() as directory:
        make_certificates(home, rows)
        with Nginx(directory, rows):
            check_all(tap, home, rows, nginx_habits)


frame.main({name[len("test_"):]: test for name, test in list(globals().items()) if name.startswith("test_")})
