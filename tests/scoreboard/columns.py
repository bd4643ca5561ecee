"""columns - the senders of the scoreboard: how each was told, of what kind it is, what that leads one to expect, and in which
version it is here."""

import functools
import os
import platform
import ssl
import subprocess
import sys
from dataclasses import dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
from frame import clean_environment, find_program  # noqa: E402
from senders import BUILT, NODE_MODULES, ask_node  # noqa: E402

OK, NOT_OFFERED, NOT_SHOWN, FOOLED, LEAKED, AWAY, CRASHED, UNCLEAR = "ok", "n/o", "-", "FOOL", "LEAK", "AWAY", "CRASH", "?"
VERDICTS = {"refused": OK, "delivered": OK, "fooled": FOOLED, "leaked": LEAKED, "turned-away": AWAY, "unclear": UNCLEAR,
            "crashed": CRASHED, "not-shown": NOT_SHOWN}
# Nothing is wrong with who gets these.
SAFE = {OK, NOT_OFFERED, NOT_SHOWN}

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
    "encrypts": "insists on TLS and accepts any certificate",
    "tries": "goes on without TLS if TLS fails, and accepts any certificate",
    "tries, checks": "goes on without TLS if it is not offered, and checks the certificate",
}


@dataclass(frozen=True)
class Column:
    head: str
    sender: str  # as tests/e2e/senders.py calls it
    program: str
    told: str
    kind: str
    library: str  # that speaks TLS for it


# The tables of the page, each with columns that fit on a screen.
TABLES = {
    "programs": (
        Column("curl", "curl-required", "curl", "--ssl-reqd --cacert", "checks", "openssl"),
        Column("-k", "curl-insecure", "curl", "--ssl-reqd -k", "encrypts", "openssl"),
        Column("msmtp", "msmtp", "msmtp", "--tls=on --tls-trust-file", "checks", "gnutls"),
        Column("swaks", "swaks-tls", "swaks", "--tls", "encrypts", "openssl"),
        Column("sw-v", "swaks-verify", "swaks", "--tls --tls-verify --tls-ca-path", "checks", "openssl"),
        Column("sw-o", "swaks-optional", "swaks", "--tls-optional", "tries", "openssl"),
        Column("s-nail", "s-nail-strict", "s-nail", "smtp-use-starttls, tls-verify=strict", "checks", "openssl"),
        Column("osmtp", "opensmtpd", "OpenSMTPD's smtp(1)", "-s smtp://", "tries, checks", "openssl"),
        Column("s_cl", "s_client-verify", "openssl s_client", "-starttls smtp -verify_hostname -verify_return_error", "checks",
               "openssl"),
        Column("g-cli", "gnutls-cli-verify", "gnutls-cli", "--starttls-proto=smtp --x509cafile", "checks", "gnutls"),
    ),
    "libraries": (
        Column("py", "smtplib-default", "smtplib", "starttls()", "encrypts", "openssl"),
        Column("py-v", "smtplib-verify", "smtplib", "starttls(context=create_default_context())", "checks", "openssl"),
        Column("aio", "aiosmtplib", "aiosmtplib", "as it comes", "tries, checks", "openssl"),
        Column("twist", "twisted", "Twisted", "requireTransportSecurity, optionsForClientTLS", "checks", "openssl"),
        Column("node", "nodemailer-required", "nodemailer", "requireTLS: true", "checks", "openssl"),
        Column("opt", "nodemailer-optional", "nodemailer", "as it comes", "tries, checks", "openssl"),
        Column("go", "go-starttls", "Go net/smtp", "Client.StartTLS", "checks", "go"),
        Column("go-s", "go-sendmail", "Go net/smtp", "SendMail", "tries, checks", "go"),
        Column("perl", "net-smtp", "Net::SMTP", "starttls(SSL_ca_file)", "checks", "openssl"),
        Column("perl-u", "net-smtp-unread", "Net::SMTP", "starttls(SSL_ca_file), its result unread", "tries", "openssl"),
        Column("ruby", "ruby", "Ruby Net::SMTP", "as it comes", "tries, checks", "openssl"),
        Column("phpm", "phpmailer", "PHPMailer", "SMTPSecure = 'tls'", "checks", "openssl"),
        Column("symf", "symfony", "Symfony Mailer", "smtp://", "tries, checks", "openssl"),
        Column("php", "php-careless", "PHP", "stream_socket_enable_crypto, unread", "tries", "openssl"),
        Column("mbed", "mbedtls", "mbedTLS", "VERIFY_REQUIRED, set_hostname", "checks", "mbedtls"),
        Column("wolf", "wolfssl", "wolfSSL", "VERIFY_PEER, check_domain_name", "checks", "wolfssl"),
        Column("java", "jakarta-default", "Jakarta Mail", "starttls.required", "checks", "jsse"),
        Column("ja-id", "jakarta-identity", "Jakarta Mail", "starttls.required, checkserveridentity", "checks", "jsse"),
    ),
    "mail servers": (
        Column("may", "postfix-may", "Postfix", "smtp_tls_security_level = may", "tries", "openssl"),
        Column("encr", "postfix-encrypt", "Postfix", "smtp_tls_security_level = encrypt", "encrypts", "openssl"),
        Column("veri", "postfix-verify", "Postfix", "smtp_tls_security_level = verify", "checks", "openssl"),
        Column("secu", "postfix-secure", "Postfix", "smtp_tls_security_level = secure", "checks", "openssl"),
        Column("exim", "exim-default", "Exim", "as it comes", "tries", "gnutls"),
        Column("ex-v", "exim-verify", "Exim", "hosts_require_tls, tls_verify_hosts, tls_verify_cert_hostnames", "checks", "gnutls"),
        Column("sm", "sendmail-default", "sendmail", "as it comes", "tries", "openssl"),
        Column("sm-v", "sendmail-verify", "sendmail", "TLS_Srv: VERIFY", "checks", "openssl"),
    ),
}
COLUMNS = tuple(column for columns in TABLES.values() for column in columns)
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
        return word not in SAFE
    if row["layer"] in CERTIFICATE_LAYERS and not checks:
        return word not in (FOOLED, NOT_OFFERED, NOT_SHOWN)
    usual = set(SAFE)
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


def unpacked(package):
    """A package that is not installed, but unpacked: its version stands where tools/setup wrote it."""
    try:
        with open(os.path.join(BUILT, package, "version"), encoding="utf-8") as file:
            return file.read().strip()
    except FileNotFoundError:
        return f"{package} is not there"


# {program: its version, and that of what it rests on}
VERSIONS = {
    "curl": lambda: [debian("curl"), debian("libssl3")],
    "msmtp": lambda: [debian("msmtp"), debian("libgnutls30")],
    "swaks": lambda: [debian("swaks"), debian("libssl3")],
    "s-nail": lambda: [debian("s-nail"), debian("libssl3")],
    "OpenSMTPD's smtp(1)": lambda: [unpacked("opensmtpd"), debian("libssl3")],
    "openssl s_client": lambda: [debian("openssl"), debian("libssl3")],
    "gnutls-cli": lambda: [debian("gnutls-bin"), debian("libgnutls30")],
    "smtplib": lambda: [python(), debian("libssl3")],
    "aiosmtplib": lambda: [debian("python3-aiosmtplib"), python(), debian("libssl3")],
    "Twisted": lambda: [debian("python3-twisted"), debian("python3-openssl"), debian("libssl3")],
    "nodemailer": lambda: [nodemailer(), node()] if find_program("node") else [],
    "Go net/smtp": lambda: [debian("golang-1.19-go")],
    "Net::SMTP": lambda: [debian("perl"), debian("libio-socket-ssl-perl"), debian("libssl3")],
    "Ruby Net::SMTP": lambda: [debian("ruby3.1"), debian("libssl3")],
    "PHPMailer": lambda: [debian("libphp-phpmailer"), debian("php8.2-cli"), debian("libssl3")],
    "Symfony Mailer": lambda: [debian("php-symfony-mailer"), debian("php8.2-cli"), debian("libssl3")],
    "PHP": lambda: [debian("php8.2-cli"), debian("libssl3")],
    "mbedTLS": lambda: [debian("libmbedtls14")],
    "wolfSSL": lambda: [debian("libwolfssl35")],
    "Jakarta Mail": lambda: [debian("libjakarta-mail-java"), debian("openjdk-17-jre-headless")],
    "Postfix": lambda: [unpacked("postfix"), debian("libssl3")],
    "Exim": lambda: [unpacked("exim"), debian("libgnutls30")],
    "sendmail": lambda: [unpacked("sendmail"), debian("libssl3")],
}


@functools.cache
def versions_here():
    """{program: what is installed, in words}"""
    return {program: ", ".join(VERSIONS[program]()) for program in PROGRAMS}
