"""postfix - a Postfix of our own: tools/setup only unpacks it, so that no mail server of the machine has to give way; its
configuration, queue and data lie in a temporary directory.  A message's header field X-Doormat-Port says to which port of
localhost it goes, so that one instance serves a whole row; in a room of `doormat try` its way is found by DNS.
"""

import os
import pwd
import subprocess
import threading

from frame import HERE, ROOT, SEARCH_PATH

UNPACKED = os.path.join(ROOT, "build/senders/postfix")
LIBRARIES = UNPACKED + "/usr/lib/postfix"
# Two accounts that every Debian has, and nothing on the machine uses; the package would make some of its own.
OWNER, DROP_GROUP = "games", "operator"
ENVIRONMENT = {"PATH": SEARCH_PATH, "LD_LIBRARY_PATH": LIBRARIES}

MAIN_CF = """
compatibility_level = 3.6
command_directory = {root}/usr/sbin
daemon_directory = {root}/usr/lib/postfix/sbin
shlib_directory = {root}/usr/lib/postfix
meta_directory = {root}/etc/postfix
mail_owner = {owner}
setgid_group = {drop_group}
import_environment = MAIL_CONFIG MAIL_LOGTAG TZ LANG=C LD_LIBRARY_PATH={libraries}
export_environment = MAIL_CONFIG TZ LANG LD_LIBRARY_PATH={libraries}
queue_directory = {dir}/queue
data_directory = {dir}/data
myhostname = sender.doormat.test
mydestination =
local_transport = error:no local mail here
inet_interfaces = loopback-only
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
smtp_tls_security_level = {level}
smtp_tls_loglevel = 1
smtp_tls_session_cache_database =
smtp_connection_cache_on_demand = no
smtp_tls_connection_reuse = no
notify_classes =
bounce_queue_lifetime = 0
"""

BY_PORT_CF = """
maillog_file = /dev/stdout
header_checks = regexp:{dir}/header_checks
smtp_host_lookup = native
smtp_tls_CAfile = {dir}/ca.pem
"""

BY_DNS_CF = """
maillog_file = {dir}/log
maillog_file_prefixes = {dir}
smtp_dns_support_level = dnssec
smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt
"""

MASTER_CF = """
pickup   unix n - n 60 1 pickup
cleanup  unix n - n - 0 cleanup
qmgr     unix n - n 300 1 qmgr
tlsmgr   unix - - n 1000? 1 tlsmgr
rewrite  unix - - n - - trivial-rewrite
bounce   unix - - n - 0 bounce
defer    unix - - n - 0 bounce
trace    unix - - n - 0 bounce
error    unix - - n - - error
retry    unix - - n - - error
smtp     unix - - n - 200 smtp
postlog  unix-dgram n - n - 1 postlogd
"""


def is_here():
    return os.path.exists(UNPACKED + "/version")


def program(name):
    return f"{UNPACKED}/usr/sbin/{name}"


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def write_configuration(directory, level, more):
    write(directory + "/main.cf", (MAIN_CF + more).format(dir=directory, level=level, root=UNPACKED, owner=OWNER,
                                                             drop_group=DROP_GROUP, libraries=LIBRARIES))
    write(directory + "/master.cf", MASTER_CF)


def for_room(directory, level):
    """(what starts it in the room, the sender) for `doormat try --room`."""
    write_configuration(directory, level, BY_DNS_CF)
    library = f"LD_LIBRARY_PATH={LIBRARIES}"
    return (f"cd {directory} && mkdir queue data && chown {OWNER} data && {library} {program('postfix')} -c {directory} start || {{ cat log; exit 1; }}",
            ["env", library, program("sendmail"), "-C", directory, "-oi", "-f", "{from}", "{to}"])


class Postfix:
    """Runs while the context lasts; `command` is the sender for `doormat try`."""

    def __init__(self, directory, level):
        self.dir = directory
        self.level = level
        self.log = []
        self.started = threading.Event()
        self.command = ["sh", os.path.join(HERE, "send_postfix.sh"), directory, UNPACKED]

    def configure(self):
        write_configuration(self.dir, self.level, BY_PORT_CF)
        write(self.dir + "/header_checks", "/^X-Doormat-Port: ([0-9]+)$/ FILTER smtp:[localhost]:$1\n")
        write(self.dir + "/ca.pem", "")
        os.mkdir(self.dir + "/queue", 0o755)
        os.mkdir(self.dir + "/data", 0o755)
        os.chown(self.dir + "/data", pwd.getpwnam(OWNER).pw_uid, -1)

    def collect_log(self):
        for line in self.process.stdout:
            self.log.append(line.rstrip())
            if "daemon started" in line:
                self.started.set()

    def __enter__(self):
        self.configure()
        self.process = subprocess.Popen([program("postfix"), "-c", self.dir, "start-fg"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                                        env=ENVIRONMENT)
        threading.Thread(target=self.collect_log, daemon=True).start()
        if not self.started.wait(60):
            raise SystemExit("Bail out! Postfix did not start:\n" + "\n".join(self.log))
        return self

    def __exit__(self, kind, error, trace):
        # Its master has a session of its own, so that only this reaches it.
        subprocess.run([program("postfix"), "-c", self.dir, "stop"], stdin=subprocess.DEVNULL, env=ENVIRONMENT,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        self.process.wait()
