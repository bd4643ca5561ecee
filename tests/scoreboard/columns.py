"""columns - the senders of the scoreboard: how each was told, of what kind it is, what that leads one to expect, and in which
version it is here."""

import os
import platform
import ssl
import subprocess
import sys
from dataclasses import dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
from frame import clean_environment, find_program  # noqa: E402
from senders import NODE_MODULES, ask_node  # noqa: E402

OK, NOT_OFFERED, FOOLED, LEAKED, AWAY, UNCLEAR = "ok", "n/o", "FOOL", "LEAK", "AWAY", "?"
VERDICTS = {"refused": OK, "delivered": OK, "fooled": FOOLED, "leaked": LEAKED, "turned-away": AWAY, "unclear": UNCLEAR}

# Where the flaw lies in what a certificate says or rests on: seen by who looks at certificates.
CERTIFICATE_LAYERS = {"certificate", "chain", "key", "signature", "revocation"}
# The first: whether it checks certificates; the second: whether it does without TLS.
KINDS = {
    "checks": (True, False),
    "encrypts": (False, False),
    "tries": (False, True),
    "tries, checks": (True, True),
}
KINDS_SAID = {
    "checks": "insists on TLS and checks the certificate",
    "encrypts": "insists on TLS and takes any certificate",
    "tries": "does without TLS where it cannot have it, and takes any certificate",
    "tries, checks": "does without TLS where it is not offered, and checks the certificate",
}


@dataclass(frozen=True)
class Column:
    head: str
    sender: str  # as tests/e2e/senders.py calls it
    program: str
    told: str
    kind: str


COLUMNS = (
    Column("curl", "curl-required", "curl", "--ssl-reqd --cacert", "checks"),
    Column("-k", "curl-insecure", "curl", "--ssl-reqd -k", "encrypts"),
    Column("msmtp", "msmtp", "msmtp", "--tls=on --tls-trust-file", "checks"),
    Column("swaks", "swaks-tls", "swaks", "--tls", "encrypts"),
    Column("sw-v", "swaks-verify", "swaks", "--tls --tls-verify --tls-ca-path", "checks"),
    Column("s-nail", "s-nail-strict", "s-nail", "smtp-use-starttls, tls-verify=strict", "checks"),
    Column("py", "smtplib-default", "smtplib", "starttls()", "encrypts"),
    Column("py-v", "smtplib-verify", "smtplib", "starttls(context=create_default_context())", "checks"),
    Column("node", "nodemailer-required", "nodemailer", "requireTLS: true", "checks"),
    Column("opt", "nodemailer-optional", "nodemailer", "as it comes", "tries, checks"),
    Column("may", "postfix-may", "Postfix", "smtp_tls_security_level = may", "tries"),
    Column("encr", "postfix-encrypt", "Postfix", "smtp_tls_security_level = encrypt", "encrypts"),
    Column("veri", "postfix-verify", "Postfix", "smtp_tls_security_level = verify", "checks"),
    Column("secu", "postfix-secure", "Postfix", "smtp_tls_security_level = secure", "checks"),
)
HEADS = [column.head for column in COLUMNS]
PROGRAMS = list(dict.fromkeys(column.program for column in COLUMNS))


def word_of(cell):
    if cell["verdict"] == "refused" and cell["detail"] == "not-offered":
        return NOT_OFFERED
    return VERDICTS[cell["verdict"]]


def is_surprise(column, row, word):
    """Whether the word is another than the sender's kind leads one to expect at this row of the catalogue.  Who has nothing in
    common with a server is safe, and turns nobody away, whoever it is."""
    checks, does_without = KINDS[column.kind]
    if row["expect"] != "refuse":
        return word not in (OK, NOT_OFFERED)
    if row["layer"] in CERTIFICATE_LAYERS and not checks:
        return word not in (FOOLED, NOT_OFFERED)
    usual = {OK, NOT_OFFERED}
    if row["layer"] == "preset" and not checks:
        usual.add(FOOLED)
    if row["layer"] == "starttls" and does_without:
        usual.add(LEAKED)
    return word not in usual


def debian(package):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True, check=False)
    return f"{package} {done.stdout}" if done.stdout else f"{package}, not from Debian"


def python():
    """The interpreter that runs this runs smtplib too."""
    found = subprocess.run(["dpkg-query", "-S", os.path.realpath(sys.executable)], capture_output=True, text=True,
                           check=False)
    owner = found.stdout.split(":")[0]
    return debian(owner) if owner else f"Python {platform.python_version()} with {ssl.OPENSSL_VERSION}"


def nodemailer():
    asked = subprocess.run(["node", "-p", "require('nodemailer/package.json').version"], capture_output=True, text=True,
                           env=clean_environment("/nonexistent", NODE_PATH=NODE_MODULES), check=False)
    return "nodemailer " + asked.stdout.strip()


def node():
    shared = ask_node("process.config.variables.node_shared_openssl") == "true"
    library = debian("libssl3") if shared else "its own OpenSSL " + ask_node("process.versions.openssl")
    return f"{debian('nodejs')} with {library}"


VERSIONS = {
    "curl": lambda: [debian("curl"), debian("libssl3")],
    "msmtp": lambda: [debian("msmtp"), debian("libgnutls30")],
    "swaks": lambda: [debian("swaks"), debian("libssl3")],
    "s-nail": lambda: [debian("s-nail"), debian("libssl3")],
    "smtplib": lambda: [python(), debian("libssl3")],
    "nodemailer": lambda: [nodemailer(), node()] if find_program("node") else [],
    "Postfix": lambda: [debian("postfix"), debian("libssl3")],
}


def versions_here():
    """{program: what is installed, in words}"""
    return {program: ", ".join(VERSIONS[program]()) for program in PROGRAMS}
