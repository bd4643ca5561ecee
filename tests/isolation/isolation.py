#!/usr/bin/env python3
"""The cross-proof: every fault shows its own flaw and nothing else.

For each fault of the catalogue that shows itself in a handshake, and for each control, `doormat check --policy bsi` must
report the fault's clue alone, or nothing; and foreign tools must name the flaw where they can see it, and none on a control.
Where a tool cannot see a flaw, signs.tsv says so.

usage: isolation.py [--tools LIST] [--sample] [--tap] [FAULT...]
--tools   of doormat,openssl,gnutls,sslscan,testssl; default all
--sample  foreign tools look at a tenth of the faults only, testssl at three; what continuous integration runs
--tap     prints a test per cell (TAP) instead of the table, and skips tools that are not installed
"""

import argparse
import concurrent.futures
import csv
import json
import os
import re
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
import frame  # noqa: E402

TOOLS = ("doormat", "openssl", "gnutls", "sslscan", "testssl")
PROGRAMS = {"openssl": "openssl", "gnutls": "gnutls-cli", "sslscan": "sslscan", "testssl": "testssl"}
TIMEOUT_S = {"openssl": 30, "gnutls": 30, "sslscan": 120, "testssl": 240, "doormat": 60}
TESTSSL_SAMPLE = ("expired", "tls10", "control")
# A fault that takes another with it, by its nature: what is allowed beside the clue.
PRESETS = {"worst": {"cert-trust", "cert-expired", "cert-name", "cert-signature", "key-size", "tls-version"}}
LATE_LAYERS = ("smtp",)  # shows itself after the handshake only
# AUTH before TLS is what senders are led on by there, whatever the fault is.
BAITED, BAIT = ("starttls",), {"auth-plaintext"}
SLOW = "slow"  # the group of what shows itself by taking its time
# For openssl, which would not offer the last of them by itself.
SUITES = ("TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256:"
          "TLS_AES_128_CCM_8_SHA256")
GROUPS = ("X25519:X448:P-256:P-384:P-521:prime192v1:secp160k1:secp160r1:secp160r2:secp192k1:secp224k1:secp256k1:"
          "sect163k1:sect163r1:sect163r2:sect193r1:sect193r2:sect233k1:sect233r1:sect239k1:sect283k1:sect283r1:"
          "sect409k1:sect409r1:sect571k1:sect571r1:P-224:brainpoolP256r1:brainpoolP384r1:brainpoolP512r1:"
          "ffdhe2048:ffdhe3072:ffdhe4096")


# GnuTLS leaves out TLS 1.3 once NULL is offered, so that is tried where nothing else was agreed.
PRIORITIES = ("NORMAL:+ANON-ECDH:+ANON-DH:+DHE-RSA:+SHA256:+SHA384:+AES-128-CCM-8:+AES-256-CCM-8:"
              "%PROFILE_LOW", "NORMAL:+NULL:%PROFILE_LOW")


def is_flawed(fault):
    """What a sender may bear has a flaw all the same, where it has a clue."""
    return fault["expect"] == "refuse" or (fault["expect"] == "either" and fault["clue"] is not None)


# What testssl.sh looks at, by the fault's layer: all of it takes a minute.  Of what is to be delivered all is looked at.
TESTSSL_CHECKS = {"protocol": ("-p",), "cipher": ("-s", "-S"), "key-exchange": ("-f",)}
TESTSSL_CERTIFICATE = ("-S",)
TESTSSL_ALL = ("-p", "-S", "-s", "-f")


def testssl_checks(fault):
    if not is_flawed(fault) or fault["layer"] == "preset":
        return TESTSSL_ALL
    return TESTSSL_CHECKS.get(fault["layer"], TESTSSL_CERTIFICATE)


def commands(tool, fault, endpoint, priority):
    here, port, ca = f"localhost:{endpoint['port']}", str(endpoint["port"]), endpoint["ca"]
    return {
        "openssl": ["openssl", "s_client", "-starttls", "smtp", "-connect", here, "-ciphersuites", SUITES,
                    "-servername", "localhost",
                    "-verify_hostname", "localhost", "-CAfile", ca, "-showcerts", "-cipher",
                    "ALL:eNULL:@SECLEVEL=0", "-groups", GROUPS, "-legacy_server_connect", "-status"],
        "gnutls": ["gnutls-cli", "--starttls-proto=smtp", "--insecure", "--port", port, "--x509cafile", ca, "--priority",
                   priority, "localhost"],
        "sslscan": ["sslscan", "--starttls-smtp", "--no-colour", here],
        "testssl": ["testssl", "--starttls", "smtp", "--quiet", "--color", "0", "--warnings", "off", "--add-ca", ca,
                    *testssl_checks(fault), here],
    }[tool]


def run_once(tool, fault, endpoint, env, priority=None):
    """What the tool printed; its exit status is not looked at."""
    try:
        done = subprocess.run(commands(tool, fault, endpoint, priority), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=TIMEOUT_S[tool], env=env, check=False)
        return done.stdout.decode("utf-8", "replace")
    except subprocess.TimeoutExpired as late:
        return (late.stdout or b"").decode("utf-8", "replace") + "\ntimed out\n"


def run(tool, fault, endpoint, env):
    if tool != "gnutls":
        text = run_once(tool, fault, endpoint, env)
        return text + leaf_text(text, env) if tool == "openssl" else text
    for priority in PRIORITIES:
        text = run_once(tool, fault, endpoint, env, priority)
        if "- Description: " in text:
            break
    return text


def leaf_text(output, env):
    """The first certificate of s_client's output in words: that is where openssl names keys and signatures."""
    found = re.search(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", output, re.S)
    if not found:
        return ""
    done = subprocess.run(["openssl", "x509", "-noout", "-text"], input=found.group(0).encode(),
                          capture_output=True, env=env, check=False)
    return done.stdout.decode("utf-8", "replace")


class Signs:
    """signs.tsv."""

    def __init__(self, faults):
        self.faults = {fault["name"] for fault in faults}
        with open(os.path.join(HERE, "signs.tsv"), encoding="utf-8") as file:
            rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t",
                                  quoting=csv.QUOTE_NONE)
            self.rows = {row["flaw"]: row for row in rows}

    def are_visible(self, fault, tool):
        """False where the fault's own row has "-" for that tool."""
        return self.rows.get(fault["name"], {}).get(tool) != "-"

    def rules(self, fault):
        """What doormat must find."""
        own = self.rows.get(fault["name"], {}).get("doormat", "+")
        if own == "+":
            return wanted_rules(fault)
        return set() if own == "-" else set(own.split(","))

    def of(self, fault, tool):
        """The expressions for a fault, one per flaw that the tool can see."""
        own = self.rows.get(fault["name"], {}).get(tool, "+")
        rows = [self.rows.get(rule, {}) for rule in sorted(wanted_rules(fault))]
        signs = [row.get(tool, "-") for row in rows] if own == "+" else [own]
        return [re.compile(sign, re.M) for sign in signs if sign != "-"]

    def own(self, fault, tool):
        """The expression in the fault's own row, if any."""
        sign = self.rows.get(fault["name"], {}).get(tool, "+")
        return re.compile(sign, re.M) if sign not in ("-", "+") else None

    def any_in(self, tool, text):
        """The flaws that a tool's output names, after the rows for rules."""
        return sorted(name for name, row in self.rows.items()
                      if name not in self.faults and row[tool] not in ("-", "+") and re.search(row[tool], text, re.M))


def check_with_doormat(port, ca, env):
    """(the rules that were broken, what went wrong otherwise)"""
    try:
        done = subprocess.run([frame.DOORMAT, "check", "--policy", "bsi", "--jsonl", "--timeout", "20", "--ca", ca,
                               f"localhost:{port}"], capture_output=True, text=True, timeout=TIMEOUT_S["doormat"], env=env,
                              check=False)
        result = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return set(), f"no result within {TIMEOUT_S['doormat']} s"
    except ValueError:
        return set(), f"no JSON, exit status {done.returncode}: {done.stderr}"
    return {finding["rule"] for host in result["hosts"] for finding in host["findings"]}, result["error"] or ""


def wanted_rules(fault):
    if fault["name"] in PRESETS:
        return PRESETS[fault["name"]]
    return {fault["clue"]} if fault["clue"] and is_flawed(fault) else set()


def doormat_cell(fault, endpoint, signs, env):
    rules, trouble = check_with_doormat(endpoint["port"], endpoint["ca"], env)
    wanted = signs.rules(fault)
    if fault["layer"] in BAITED:
        rules -= BAIT - wanted
    if rules == wanted:
        return ("ok" if signs.are_visible(fault, "doormat") else "-"), ""
    return "WRONG", f"wanted {sorted(wanted)}, found {sorted(rules)}; {trouble}"


def foreign_cell(fault, endpoint, tool, signs, env):
    if not signs.are_visible(fault, tool):
        return "-", ""
    wanted = signs.of(fault, tool)
    if is_flawed(fault) and not wanted:
        return "-", ""
    text = run(tool, fault, endpoint, env)
    own = signs.own(fault, tool)
    if not is_flawed(fault) and own:
        return ("ok", "") if own.search(text) else ("WRONG", f"does not say {own.pattern}:\n{text[-1500:]}")
    if not is_flawed(fault):
        named = signs.any_in(tool, text)
        return ("WRONG", f"names {named} on a control") if named else ("ok", "")
    unsaid = [sign.pattern for sign in wanted if not sign.search(text)]
    if unsaid:
        return "WRONG", f"does not say {unsaid}:\n{text[-1500:]}"
    return "ok", ""


def cell(fault, endpoint, tool, signs, env):
    if tool == "doormat":
        return doormat_cell(fault, endpoint, signs, env)
    return foreign_cell(fault, endpoint, tool, signs, env)


def is_looked_at(index, fault, tool, sample):
    if not sample or tool == "doormat":
        return True
    if tool == "testssl":
        return fault["name"] in TESTSSL_SAMPLE
    return index % 10 == 0 or fault["layer"] == "control"


class Server:
    """doormat serve with the whole catalogue on free ports."""

    def __init__(self, names, env):
        self.process = subprocess.Popen(
            [frame.DOORMAT, "serve", "--json", "--quiet", "--base-port", "0", "--faults", ",".join(names)],
            stdout=subprocess.PIPE, text=True, env=env)

    def __enter__(self):
        endpoints = {}
        for line in self.process.stdout:
            row = json.loads(line)
            if row.get("ready"):
                return endpoints
            endpoints[row["fault"]] = row
        raise RuntimeError("doormat serve did not become ready")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def catalogue(env):
    done = subprocess.run([frame.DOORMAT, "faults", "--json"], capture_output=True, text=True, env=env, check=True)
    return [fault for fault in json.loads(done.stdout) if fault["layer"] not in LATE_LAYERS and SLOW not in fault["groups"]]


def choose(faults, names):
    unknown = set(names) - {fault["name"] for fault in faults}
    if unknown:
        sys.exit(f"isolation: no such fault: {', '.join(sorted(unknown))}")
    return [fault for fault in faults if not names or fault["name"] in names]


def table(faults, tools, signs, sample, env):
    """Yields (fault, {tool: (cell, details)}), in order, several at a time."""
    with Server([fault["name"] for fault in faults], env) as endpoints, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        futures = [(fault, {tool: pool.submit(cell, fault, endpoints[fault["name"]], tool, signs, env)
                            for tool in tools if is_looked_at(index, fault, tool, sample)})
                   for index, fault in enumerate(faults)]
        try:
            for fault, row in futures:
                yield fault, {tool: future.result() for tool, future in row.items()}
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # when interrupted, no other tool is started


def print_row(fault, tools, row):
    cells = "".join(f"{row.get(tool, ('.', ''))[0]:<9}" for tool in tools)
    print(f"{fault['name']:<32} {fault['clue'] or '':<22} {cells}".rstrip(), flush=True)
    for tool in tools:
        details = row.get(tool, ("", ""))[1]
        if details:
            print("    " + tool + ": " + details.replace("\n", "\n    "), flush=True)


def print_table(faults, tools, rows):
    count = wrong = 0
    print(f"{'fault':<32} {'clue':<22} " + "".join(f"{tool:<9}" for tool in tools).rstrip())
    for fault, row in rows:
        print_row(fault, tools, row)
        count += len(row)
        wrong += sum(value == "WRONG" for value, _ in row.values())
    print(f"{len(faults)} faults and controls, {count} cells, {wrong} wrong")
    print("ok: named, and nothing else (on a control: nothing).  -: the tool cannot see it.  .: not looked at.")
    return 1 if wrong else 0


def print_tap(missing, rows):
    with frame.Tap() as tap:
        for tool in missing:
            tap.skip(tool, f"{PROGRAMS[tool]} is not installed")
        for fault, row in rows:
            for tool, (value, details) in row.items():
                if value != "-" or tool == "doormat":
                    tap.ok(value != "WRONG", f"{tool}: {fault['name']}", details)
    return 1 if tap.failed else 0


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tools", default=",".join(TOOLS))
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("--tap", action="store_true")
    parser.add_argument("fault", nargs="*")
    return parser.parse_args()


def main():
    args = parse_arguments()
    tools = args.tools.split(",")
    missing = [tool for tool in tools if tool in PROGRAMS and not frame.find_program(PROGRAMS[tool])]
    if missing and not args.tap:
        sys.exit(f"isolation: not installed: {', '.join(missing)}; `tools/setup --tests` installs them")
    tools = [tool for tool in tools if tool not in missing]
    with frame.TempDir() as home:
        env = frame.clean_environment(home)
        every = catalogue(env)
        faults = choose(every, args.fault)
        rows = table(faults, tools, Signs(every), args.sample, env)
        return print_tap(missing, rows) if args.tap else print_table(faults, tools, rows)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda signo, frame: sys.exit(128 + signo))  # so that the server is ended
    sys.exit(main())
