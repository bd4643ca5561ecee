"""sts_senders - senders with MTA-STS that tools/setup unpacked, in a room of `doormat try`: what starts them, and their command.

Postfix has it from postfix-mta-sts-resolver, which answers its socketmap; chasquid has its own, and takes mail by submission.
"""

import os
import sys

import postfix
from frame import HERE, ROOT

HELPER = os.path.join(ROOT, "build/senders/mta-sts")
CHASQUID = os.path.join(ROOT, "build/senders/chasquid")
SUBMIT = os.path.join(HERE, "send_chasquid.py")

HELPER_YML = """host: 127.0.0.1
port: 8461
cache: {type: internal, options: {cache_size: 10000}}
default_zone: {strict_testing: false, timeout: 4}
"""

# What is started stays behind; the setup is over when its port is open.
AWAIT = """python3 - <<'END'
import socket, sys, time
for _ in range(100):
    try:
        socket.create_connection(("127.0.0.1", {port}))
        sys.exit(0)
    except OSError:
        time.sleep(0.1)
sys.exit(1)
END
test $? -eq 0 || {{ cat {log}; exit 1; }}
"""

HELPER_SETUP = """cd {dir}
PYTHONPATH={root}/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$(echo {root}/usr/lib/*-linux-gnu) \\
    setsid /usr/bin/python3 -c 'from postfix_mta_sts_resolver.daemon import main; main()' -c {dir}/helper.yml >{dir}/helper.log 2>&1 &
"""

CHASQUID_CONF = """hostname: "sender.doormat.test"
smtp_address: "127.0.0.1:2025"
submission_address: "127.0.0.1:2587"
mail_delivery_agent_bin: "/bin/true"
data_dir: "{dir}/data"
mail_log_path: "{dir}/mail.log"
"""

CHASQUID_SETUP = """set -e
cd {dir}
certs=conf/certs/sender.doormat.test
mkdir -p $certs conf/domains/doormat.test data
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=sender.doormat.test \\
    -keyout $certs/privkey.pem -out $certs/fullchain.pem -days 10 2>/dev/null
{root}/usr/bin/chasquid-util -C={dir}/conf user-add sender@doormat.test --password=secret >util.log 2>&1 || {{ cat util.log; exit 1; }}
setsid {root}/usr/bin/chasquid -config_dir {dir}/conf >chasquid.log 2>&1 &
"""


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def is_unpacked(root):
    return os.path.exists(root + "/version")


def postfix_with_helper(directory):
    """(what starts it in the room, the sender)"""
    where = directory + "/postfix"
    os.mkdir(where, 0o755)
    setup, command = postfix.for_room(where, "may")
    with open(where + "/main.cf", "a", encoding="utf-8") as file:
        file.write("smtp_tls_policy_maps = socketmap:inet:127.0.0.1:8461:postfix\n")
    write(directory + "/helper.yml", HELPER_YML)
    helper = HELPER_SETUP.format(dir=directory, root=HELPER) + AWAIT.format(port=8461, log=directory + "/helper.log")
    return helper + setup, command


def chasquid(directory):
    os.mkdir(directory + "/conf", 0o755)
    write(directory + "/conf/chasquid.conf", CHASQUID_CONF.format(dir=directory))
    setup = CHASQUID_SETUP.format(dir=directory, root=CHASQUID) + AWAIT.format(port=2587, log=directory + "/chasquid.log")
    return setup.replace("set -e\n", "", 1), [sys.executable, SUBMIT, "{from}", "{to}", "{message}"]
