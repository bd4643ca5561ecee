#!/usr/bin/env python3
"""`doormat mint`: OpenSSL and GnuTLS, looking at what was minted, agree with every fault's name."""

import os
import re
import subprocess

import frame
from frame import TempDir, clean_environment, find_program, run, run_json

# What `openssl verify` finds in each fault that lies in the certificate (error numbers of X509_verify_cert).  It stops at a
# weak key and at a wrong name, so it is asked with and without these.  Every other fault has a spotless certificate: none.
OPENSSL_ERRORS = {
    "self-signed": {18},
    "untrusted-root": {20},
    "incomplete-chain": {20},
    "expired": {10},
    "expired-1970": {10},
    "not-yet-valid": {9},
    "wrong-host": {62},
    "sha1": {68},
    "md5": {68},
    "rsa1024": {66},
    "rsa512": {66},
    "worst": {10, 18, 62, 66},
    "critical-ski": {34},
    "critical-aki": {34},
    "malformed-san": {20},
    "nc-permitted-address": {47},
    "nc-permitted-directory": {47},
    "nc-excluded-directory": {48},
    "nc-excluded-all": {48},
    "nc-permitted-and-excluded": {48},
    "nc-upper-permits-other": {47},
    "nc-not-critical": {47},
    "second-path-untrusted": {20},
    "second-path-not-ca": {26, 79},
    "second-path-unconstrained": {79},
    "second-path-nc": {47},
    "second-path-eku": {26},
    "second-path-sha1": {68},
    "expired-upper": {10},
    "upper-not-ca": {26, 79},
    "upper-wrong-eku": {26},
    "nc-malformed-address": {53},
    "nc-excluded-second-name": {48},
    "nc-malformed-name": {47},
    "chain-cycle-alike": {20},
    "chain-of-100-alike": {19},
}

# The words of `certtool --verify` for the same.
CERTTOOL_WORDS = {
    "self-signed": ["issuer is unknown"],
    "untrusted-root": ["issuer is unknown"],
    "incomplete-chain": ["issuer is unknown"],
    "expired": ["expired certificate"],
    "expired-1970": ["expired certificate"],
    "not-yet-valid": ["not yet valid"],
    "wrong-host": ["name in the certificate does not match"],
    "sha1": ["insecure algorithm"],
    "md5": ["insecure algorithm"],
    "rsa1024": ["insecure algorithm"],
    "rsa512": ["insecure algorithm"],
    "worst": ["issuer is unknown", "expired certificate"],
    "malformed-san": ["error parsing CRTs"],
    "nc-permitted-address": ["violates the signer's constraints"],
    "nc-excluded-directory": ["violates the signer's constraints"],
    "nc-excluded-all": ["violates the signer's constraints"],
    "nc-permitted-and-excluded": ["violates the signer's constraints"],
    "nc-upper-permits-other": ["violates the signer's constraints"],
    "nc-not-critical": ["violates the signer's constraints"],
    "second-path-expired": ["expired certificate"],
    "second-path-untrusted": ["issuer is unknown"],
    "second-path-not-ca": ["issuer is not a CA"],
    "second-path-unconstrained": ["issuer is not a CA"],
    "second-path-nc": ["violates the signer's constraints"],
    "second-path-sha1": ["insecure algorithm"],
    "key-rollover": ["violates the signer's constraints"],
    "expired-upper": ["expired certificate"],
    "upper-not-ca": ["issuer is not a CA"],
    "nc-malformed-address": ["violates the signer's constraints"],
    "nc-excluded-second-name": ["violates the signer's constraints"],
    "nc-malformed-name": ["violates the signer's constraints"],
    "chain-cycle-alike": ["issuer is unknown"],
    "chain-of-100-alike": ["issuer is unknown"],
}

# The article's certificate: what `openssl x509 -text` prints of it, serial number, key and identifiers apart.
WORST_SUBJECT = "C = DE, ST = Saxony, L = Chemnitz, O = CA, OU = CA, CN = abc.xy"
WORST_LINES = [
    "Version: 3 (0x2)",
    "Signature Algorithm: sha1WithRSAEncryption",
    "Issuer: " + WORST_SUBJECT,
    "Not Before: Jan  1 00:00:00 1970 GMT",
    "Not After : Jan  2 00:00:00 1970 GMT",
    "Subject: " + WORST_SUBJECT,
    "Public Key Algorithm: rsaEncryption",
    "Public-Key: (1024 bit)",
    "Exponent: 65537 (0x10001)",
    "X509v3 extensions:",
    "X509v3 Subject Key Identifier:",
    "X509v3 Authority Key Identifier:",
    "X509v3 Basic Constraints: critical",
    "CA:TRUE",
]
VARIABLE = re.compile(r"^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2})*:?$|^(Certificate|Data|Serial Number|Modulus|Signature Value"
                      r"|Subject Public Key Info):$|^Validity$|^Signature Algorithm: sha1WithRSAEncryption$")


def tool(*words):
    return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", env=clean_environment("/nonexistent"), check=False)


# Faults that do not lie in the certificate, the controls, and what is legal: OpenSSL finds nothing.
SPOTLESS = ["control", "control-tls12", "control-tls13", "control-rsa3072", "tls10", "null-cipher", "starttls-454",
            "nc-excluded-others", "p384-key", "rsa4096-key", "critical-eku", "eku-server-and-client", "nc-permitted-host", "nc-permitted-domain", "nc-other-kinds",
            "nc-own-directory", "second-path-expired", "second-path-other-key", "key-rollover", "pathlen-grows",
            "cross-signed-loop", "root-before-intermediate", "unrelated-critical-extension", "intermediate-server-eku"]


def fault_names():
    """Those of the tables.  All others are held against libcrypto one by one in tests/unit/test_mint_flaws.c."""
    return [*OPENSSL_ERRORS, *SPOTLESS]


def openssl_verify(directory, *more):
    return tool("openssl", "verify", "-CAfile", directory + "/root.pem", "-no-CApath", "-no-CAstore", "-untrusted",
                directory + "/chain.pem", "-purpose", "sslserver", *more, directory + "/leaf.pem").stdout


def for_each_fault(tap, judge):
    with TempDir() as directory:
        for name in fault_names():
            where = os.path.join(directory, name)
            result = run("mint", name, "--out", where)
            if tap.ok(result.returncode == 0, f"mint {name}", result.stderr):
                judge(tap, name, where)


def judge_openssl(tap, name, where):
    text = (openssl_verify(where, "-auth_level", "2") + openssl_verify(where, "-verify_hostname", "localhost") +
            openssl_verify(where))
    seen = {int(number) for number in re.findall(r"^error (\d+) at", text, re.MULTILINE)}
    wanted = OPENSSL_ERRORS.get(name, set())
    tap.ok(seen == wanted, f"openssl verify says {sorted(wanted) or 'OK'} of {name}", f"saw {sorted(seen)}\n{text}")


def judge_certtool(tap, name, where):
    text = tool("certtool", "--verify", "--verify-profile=medium", "--load-ca-certificate", where + "/root.pem", "--verify-hostname", "localhost",
                "--infile", where + "/chain.pem").stdout
    wanted = CERTTOOL_WORDS.get(name, ["certificate is trusted"])
    tap.ok(all(words in text for words in wanted), f"certtool says '{wanted[0]}' of {name}", text)


def test_openssl(tap):
    for_each_fault(tap, judge_openssl)


def test_certtool(tap):
    if find_program("certtool") is None:
        tap.skip("certtool", "certtool is not installed")
        return
    for_each_fault(tap, judge_certtool)


def test_worst(tap):
    text = run("mint", "worst", "--text").stdout.split("-----BEGIN")[0]
    lines = [line.strip() for line in text.splitlines()]
    for wanted in WORST_LINES:
        tap.ok(wanted in lines, f"worst has '{wanted}'", text)
    more = [line for line in lines if line and line not in WORST_LINES and not VARIABLE.match(line)]
    tap.equal(more, [], "worst has nothing else")


def test_files(tap):
    with TempDir() as directory:
        run("mint", "control", "--out", directory + "/new", "--host", "mail.doormat.test")
        tap.equal(sorted(os.listdir(directory + "/new")), ["chain.pem", "key.pem", "leaf.pem", "root.pem"], "four files")
        tap.equal(os.stat(directory + "/new/key.pem").st_mode & 0o777, 0o600, "the key is its owner's")
        leaf = tool("openssl", "x509", "-noout", "-pubkey", "-in", directory + "/new/leaf.pem").stdout
        key = tool("openssl", "pkey", "-pubout", "-in", directory + "/new/key.pem").stdout
        tap.equal(key, leaf, "the key is the leaf's")
        names = tool("openssl", "x509", "-noout", "-ext", "subjectAltName", "-in", directory + "/new/leaf.pem").stdout
        tap.has(names, "DNS:mail.doormat.test", "the host is in the certificate")


def test_errors(tap):
    for words, complaint in ((["mint", "nonsense", "--text"], "nonsense"), (["mint", "expired+not-yet-valid", "--text"], "expired"),
                             (["mint", "worst"], "--out"), (["mint"], "recipe"),
                             (["mint", "control", "--out", "/proc/none"], "/proc/none")):
        result = run(*words)
        tap.equal(result.returncode, 2, f"{' '.join(words)}: exit status 2")
        tap.has(result.stderr, complaint, f"{' '.join(words)}: says what is wrong")


frame.main({"openssl": test_openssl, "certtool": test_certtool, "worst": test_worst, "files": test_files,
            "errors": test_errors})
