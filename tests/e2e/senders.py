"""senders - how each sender is driven: its command for `doormat try`, and what must be installed for it."""

import contextlib
import os
import ssl
import subprocess
import sys

import postfix
from frame import HERE, ROOT, TempDir, clean_environment, find_program

NODE_MODULES = os.path.join(ROOT, "build/node/node_modules")
# Senders of our own, for libraries and for programs that want more than a command line.
DRIVERS = os.path.join(ROOT, "tests/senders")
# What `make drivers` compiles of them, and mail servers that `tools/setup --scoreboard` unpacks.
BUILT = os.path.join(ROOT, "build/senders")


def curl(*words, url="smtp://{host}:{port}/{helo}"):
    return ["curl", "-sS", "--max-time", "20", "--mail-from", "{from}", "--mail-rcpt", "{to}", "-T", "{message}", *words, url]


def msmtp(*words, port="{port}"):
    return ["msmtp", "--file=/dev/null", "--host={host}", "--port=" + port, "--from={from}", "--tls=on", *words, "{to}"]


def swaks(*words):
    return ["swaks", "--server", "{host}:{port}", "--from", "{from}", "--to", "{to}", "--helo", "{helo}",
            "--timeout", "15", *words]


def s_nail(*words):
    return ["s-nail", "-n", "-Sv15-compat", "-Smta=smtp://{host}:{port}", "-Ssmtp-use-starttls", "-Ssmtp-auth=none",
            "-Sfrom={from}", "-Shostname={helo}", "-Ssendwait", *words, "-s", "probe", "{to}"]


def smtplib(mode):
    return [sys.executable, os.path.join(HERE, "send_smtplib.py"), mode]


def nodemailer(mode):
    return ["node", os.path.join(HERE, "send_nodemailer.js"), mode]


def driver(*words):
    """The first word is the driver's file name, behind it come its own words; what runs it is known by its suffix."""
    path, more = os.path.join(DRIVERS, words[0]), words[1:]
    runs = {".py": [sys.executable], ".pl": ["perl"], ".php": ["php", "-d", "openssl.cafile={ca}"], ".rb": ["ruby"]}
    return [*runs[os.path.splitext(path)[1]], path, *more]


def unpacked(package, *words):
    """A driver that runs what is unpacked of a package."""
    return ["sh", os.path.join(DRIVERS, words[0]), os.path.join(BUILT, package), *words[1:]]


def jakarta(mode):
    jars = [BUILT, "/usr/share/java/jakarta-mail.jar", "/usr/share/java/jakarta-activation.jar"]
    return ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-cp", ":".join(jars), "SendJakarta", mode]


def dialogue(ready, *command):
    """ready: the words after which the command passes lines on."""
    return [sys.executable, os.path.join(HERE, "send_dialogue.py"), ready, *command]


def s_client(*words):
    # It shows the end of the reply to its own EHLO once the handshake is complete.
    return dialogue("250 ", "openssl", "s_client", "-starttls", "smtp", "-connect", "{host}:{port}", "-CAfile", "{ca}",
                    "-quiet", *words)


def gnutls_cli(*words):
    return dialogue("Simple Client Mode", "gnutls-cli", "--starttls-proto=smtp", "--port", "{port}", *words, "{host}")


S_NAIL_STRICT = ("-Stls-ca-file={ca}", "-Stls-ca-no-defaults", "-Stls-verify=strict")
S_CLIENT_VERIFY = ("-servername", "{host}", "-verify_hostname", "{host}", "-verify_return_error")

COMMANDS = {
    "curl-required": curl("--ssl-reqd", "--cacert", "{ca}"),
    "curl-try": curl("--ssl", "--cacert", "{ca}"),
    "curl-insecure": curl("--ssl-reqd", "-k"),
    "curl-implicit": curl("--cacert", "{ca}", url="smtps://{host}:{tls_port}/{helo}"),
    "msmtp": msmtp("--tls-starttls=on", "--tls-trust-file={ca}"),
    "msmtp-insecure": msmtp("--tls-starttls=on", "--tls-trust-file=", "--tls-certcheck=off"),
    "msmtp-implicit": msmtp("--tls-starttls=off", "--tls-trust-file={ca}", port="{tls_port}"),
    "swaks-tls": swaks("--tls"),
    "swaks-verify": swaks("--tls", "--tls-verify", "--tls-ca-path", "{ca}"),
    "swaks-optional": swaks("--tls-optional"),
    "swaks-optional-strict": swaks("--tls-optional-strict"),
    "s-nail-strict": s_nail(*S_NAIL_STRICT),
    "s-nail-ignore": s_nail("-Stls-verify=ignore"),
    "smtplib-default": smtplib("default"),
    "smtplib-verify": smtplib("verify"),
    "smtplib-implicit": smtplib("implicit"),
    "nodemailer-required": nodemailer("required"),
    "nodemailer-optional": nodemailer("optional"),
    "nodemailer-insecure": nodemailer("insecure"),
    "nodemailer-implicit": nodemailer("implicit"),
    "s_client-verify": s_client(*S_CLIENT_VERIFY),
    "s_client-insecure": s_client(),
    "gnutls-cli-verify": gnutls_cli("--x509cafile", "{ca}"),
    "gnutls-cli-insecure": gnutls_cli("--insecure"),
    "go-sendmail": [os.path.join(BUILT, "send_go"), "sendmail"],
    "go-starttls": [os.path.join(BUILT, "send_go"), "starttls"],
    "net-smtp": driver("send_net_smtp.pl"),
    "net-smtp-unread": driver("send_net_smtp.pl") + ["unread"],
    "phpmailer": driver("send_phpmailer.php"),
    "php-careless": driver("send_careless.php"),
    "symfony": driver("send_symfony.php"),
    "jakarta-default": jakarta("default"),
    "jakarta-identity": jakarta("identity"),
    "aiosmtplib": driver("send_aiosmtplib.py"),
    "ruby": driver("send_ruby.rb"),
    "twisted": driver("send_twisted.py"),
    "mbedtls": [os.path.join(BUILT, "send_mbedtls")],
    "wolfssl": [os.path.join(BUILT, "send_wolfssl")],
    "exim-default": unpacked("exim", "send_exim.sh", "default"),
    "exim-verify": unpacked("exim", "send_exim.sh", "verify"),
    "opensmtpd": unpacked("opensmtpd", "send_opensmtpd.sh", "smtp"),
    "sendmail-default": unpacked("sendmail", "send_sendmail.sh", "default"),
    "sendmail-verify": unpacked("sendmail", "send_sendmail.sh", "verify"),
}

# Files without which a driver cannot run.
NEEDS = {
    "go-sendmail": [BUILT + "/send_go"],
    "go-starttls": [BUILT + "/send_go"],
    "net-smtp": ["/usr/share/perl5/IO/Socket/SSL.pm"],
    "net-smtp-unread": ["/usr/share/perl5/IO/Socket/SSL.pm"],
    "phpmailer": ["/usr/share/php/libphp-phpmailer/src/SMTP.php"],
    "symfony": ["/usr/share/php/Symfony/Component/Mailer/autoload.php"],
    "jakarta-default": [BUILT + "/SendJakarta.class"],
    "jakarta-identity": [BUILT + "/SendJakarta.class"],
    "aiosmtplib": ["/usr/lib/python3/dist-packages/aiosmtplib"],
    "twisted": ["/usr/lib/python3/dist-packages/twisted"],
    "mbedtls": [BUILT + "/send_mbedtls"],
    "wolfssl": [BUILT + "/send_wolfssl"],
    "exim-default": [BUILT + "/exim/usr/sbin/exim4"],
    "exim-verify": [BUILT + "/exim/usr/sbin/exim4"],
    "opensmtpd": [BUILT + "/opensmtpd/usr/bin/smtp"],
    "sendmail-default": [BUILT + "/sendmail/usr/libexec/sendmail/sendmail"],
    "sendmail-verify": [BUILT + "/sendmail/usr/libexec/sendmail/sendmail"],
}

POSTFIX = "postfix-"  # and the level
# A queueing sender is waited for: how long it may take to come, and how long after its last connection another may follow.
# Its daemon runs outside the namespace in which the default host resolves.
QUEUEING = ["--host", "localhost", "--wait", "30", "--settle", "2", "--jobs", "12"]


@contextlib.contextmanager
def driven(sender):
    """(options of `doormat try`, command) while the context lasts."""
    if sender.startswith(POSTFIX):
        with TempDir() as directory, postfix.Postfix(directory, sender[len(POSTFIX):]) as instance:
            yield QUEUEING, instance.command
    else:
        yield [], COMMANDS[sender]


def ask_node(question):
    result = subprocess.run(["node", "-p", question], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                            env=clean_environment("/nonexistent", NODE_PATH=NODE_MODULES), check=False)
    return result.stdout.strip()


def why_not(sender):
    """Why this sender cannot be tested here, or None."""
    if sender.startswith(POSTFIX):
        if os.geteuid() != 0:
            return "Postfix starts as root only"
        return None if postfix.is_here() else "Postfix is not unpacked"
    words = COMMANDS[sender]
    lacking = [word for word in NEEDS.get(sender, ()) if not os.path.exists(word)]
    if lacking:
        return f"{lacking[0]} is not there"
    if words[0] == "sh" and os.geteuid() != 0:
        return f"{sender} is run as root only"
    program = words[3] if words[0] == sys.executable and len(words) > 3 else words[0]
    if find_program(program) is None:
        return f"{program} is not installed"
    if program == "node" and not ask_node("require.resolve('nodemailer')"):
        return "nodemailer is not installed"
    return None


def variant(sender):
    """What of this machine changes the sender's row, as senders.tsv calls it; or None."""
    if sender.startswith("nodemailer-") and find_program("node"):
        return "system-openssl" if ask_node("process.config.variables.node_shared_openssl") == "true" else None
    if sender.startswith("smtplib-") and ssl.create_default_context().minimum_version < ssl.TLSVersion.TLSv1_2:
        return "all-versions"
    return None


def detail_of(result):
    """How a verdict in the report of `doormat try` showed: the alert, the reason, or the version."""
    reason = result["reason"] or {}
    if reason.get("alert"):
        return "alert=" + reason["alert"]
    if reason.get("kind"):
        return reason["kind"]
    if result["verdict"] in ("delivered", "fooled"):
        versions = {a["tls"]["version"] for a in result["attempts"] if a.get("tls") and a["tls"].get("version")}
        return ",".join(sorted(versions))
    return "-"
