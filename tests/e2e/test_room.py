#!/usr/bin/env python3
"""The room: what commands in it see and reach, what they leave, and how it ends.  build/V/tests/room opens it (tests/room)."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import time
import uuid

import frame
from frame import TempDir, clean_environment, find_program

ROOM = os.path.join(os.path.dirname(frame.DOORMAT), "tests", "room")
LIMIT_S = 60
ROUNDS = 10
START_MS = 100
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
TEMPORARY = ["/tmp", "/var/tmp", "/run", "/dev/shm"]
WORLD = ["198.18.3.7", "2001:db8:d00::7"]
ELSEWHERE = ["8.8.8.8", "2001:4860:4860::8888"]

# Each argument is host/port, a path, or @name for an abstract socket; prints what the first line says, or the error.
CONNECT = """
import socket, sys
for target in sys.argv[1:]:
    try:
        if target[0] in "/@":
            end = socket.socket(socket.AF_UNIX)
            end.connect(target.replace("@", chr(0)))
        else:
            end = socket.create_connection(target.split("/"), 10)
        print(target, "reached", end.recv(100).decode().strip())
    except OSError as error:
        print(target, "refused", error.strerror)
"""


class Room:
    """A copy of the program that everybody may run, and a mark in the environment of all that it starts."""

    def __init__(self, directory, prefix=(), program=ROOM):
        self.mark = f"ROOM_TEST={uuid.uuid4()}"
        self.directory, self.prefix = directory, list(prefix)
        self.program = shutil.copy(program, directory)
        self.env = clean_environment(directory, ROOM_TEST=self.mark.split("=")[1])

    def start(self, *words, **options):
        return subprocess.Popen([*self.prefix, self.program, *words], env=self.env, stdin=subprocess.DEVNULL, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/", **options)

    def run(self, *words, **options):
        process = self.start(*words, **options)
        try:
            out, err = process.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            err += "did not end"
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def processes(self):
        """Of all that were started, those that are there."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/environ", "rb") as environ, open(f"/proc/{pid}/stat", "rb") as stat:
                    if self.mark.encode() in environ.read().split(b"\0") and stat.read().rsplit(b")", 1)[1].split()[0] != b"Z":
                        found.append(int(pid))
            except OSError:
                pass
        return found

    def await_processes(self, count):
        """How many there were at last.  In the midst of an execve a process has no mark for a moment."""
        deadline = time.monotonic() + LIMIT_S
        while (found := len(self.processes())) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return found

    def await_end(self):
        deadline = time.monotonic() + LIMIT_S
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.processes()


def can_have_room(prefix=()):
    return subprocess.run([*prefix, "unshare", *(["-Ur"] if os.geteuid() or prefix else []), "-n", "-m", "true"], check=False,
                          stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def in_room(test):
    """Of a test that needs a room."""
    def run_if_there(tap):
        if can_have_room():
            test(tap)
        else:
            tap.skip("rooms", "no namespaces here")
    return run_if_there


def ways():
    """(name, what comes before the command) for each kind of user that can be tried here."""
    found = [("root" if os.geteuid() == 0 else "user", [])]
    if os.geteuid() == 0:
        found.append(("nobody", NOBODY))
    return [(name, prefix) for name, prefix in found if can_have_room(prefix)]


def each_way(test):
    def run_all(tap):
        if not os.path.exists(ROOM) or not ways():
            tap.skip(test.__name__, "no namespaces here")
        for name, prefix in ways():
            with TempDir() as directory:
                test(tap, name, Room(directory, prefix))
    return run_all


@each_way
def test_sight(tap, who, room):
    script = "hostname; cat /etc/hostname /etc/resolv.conf; cat /etc/hosts; grep hosts: /etc/nsswitch.conf; id -u; echo /proc/[0-9]*"
    result = room.run(script)
    tap.equal(result.stdout.split("\n")[:-2],
              ["sender.doormat.test", "sender.doormat.test", "nameserver 198.18.0.53", "nameserver 2001:db8:d00::53", "search .",
               "options timeout:5 attempts:3 edns0 trust-ad", "127.0.0.1 localhost", "::1 localhost ip6-localhost",
               "192.0.2.2 sender.doormat.test", "2001:db8:d01::2 sender.doormat.test", "hosts: files dns", "0"],
              f"{who}: names are the room's, and root is there")
    pids = result.stdout.split("\n")[-2].split()
    tap.ok("/proc/1" in pids and len(pids) == 2, f"{who}: nobody else's processes are there", pids)
    tap.has(result.stderr, "status 0 left 0\n", f"{who}: status 0")


class Listeners:
    """Servers outside; none of them may see a connection."""

    def __init__(self, directory):
        self.all, self.targets = [], []
        for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"), (socket.AF_INET, self.own_address())):
            if address:
                self.add(socket.socket(family), (address, 0))
        for path in TEMPORARY:
            self.add(socket.socket(socket.AF_UNIX), f"{path}/doormat-{os.path.basename(directory)}")
        self.add(socket.socket(socket.AF_UNIX), "\0" + directory)

    @staticmethod
    def own_address():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            try:
                end.connect(("192.0.2.77", 9))
                return end.getsockname()[0]
            except OSError:
                return None

    def add(self, end, address):
        try:
            end.bind(address)
        except OSError:
            return
        end.listen()
        end.setblocking(False)
        self.all.append(end)
        name = end.getsockname()
        if isinstance(name, bytes):
            name = name.decode().replace("\0", "@")
        if isinstance(name, str) and name[0] == "/":
            os.chmod(name, 0o777)
        self.targets.append(name if isinstance(name, str) else f"{name[0]}/{name[1]}")

    def met(self):
        count = 0
        for end in self.all:
            try:
                end.accept()
                count += 1
            except BlockingIOError:
                pass
        return count

    def close(self):
        for end, target in zip(self.all, self.targets):
            end.close()
            if target[0] == "/":
                os.unlink(target)


def connect(*targets):
    return f"python3 -c '{CONNECT}' {' '.join(targets)}"


@each_way
def test_isolation(tap, who, room):
    listeners = Listeners(room.directory)
    result = room.run(connect(*listeners.targets))
    met = listeners.met()
    listeners.close()
    tap.equal([line.split()[1] for line in result.stdout.strip().split("\n")], ["refused"] * len(listeners.targets),
              f"{who}: none of {len(listeners.targets)} servers outside is reached")
    tap.equal(met, 0, f"{who}: and none sees a connection")


@each_way
def test_world(tap, who, room):
    result = room.run(connect(*[address + "/25" for address in WORLD + ELSEWHERE + ["127.0.0.1", "::1"]]))
    lines = result.stdout.strip().split("\n")
    tap.equal([line.split("reached ")[-1].replace("::ffff:", "") for line in lines[:4]], WORLD + ELSEWHERE,
              f"{who}: the world answers at every address, as that address")
    tap.equal([line.split()[1] for line in lines[4:]], ["refused"] * 2, f"{who}: and not at the room's own loopback")


@each_way
def test_writing(tap, who, room):
    name = "doormat-" + uuid.uuid4().hex
    kept = os.path.join(room.directory, "kept")
    os.mkdir(kept)
    os.chmod(kept, 0o777)
    dirs = ["/etc", "/var/spool", *TEMPORARY]
    script = f"for d in {' '.join(dirs)}; do echo x > $d/{name} && cat $d/{name}; done; echo kept > {kept}/file; cat {kept}/before"
    with open(kept + "/before", "w", encoding="ascii") as file:
        file.write("seen\n")
    result = room.run("-k", kept, script)
    tap.equal(result.stdout, "x\n" * len(dirs) + "seen\n", f"{who}: one can write into {', '.join(dirs)}")
    tap.equal([d for d in dirs if os.path.exists(f"{d}/{name}")], [], f"{who}: and nothing of it is there outside")
    tap.ok(os.path.exists(kept + "/file"), f"{who}: what is kept is the same outside", result.stderr)


@each_way
def test_trust(tap, who, room):
    hashed = os.path.join(room.directory, "ca")
    os.mkdir(hashed)
    for path in (hashed + "/0123abcd.0", room.directory + "/root.pem"):
        with open(path, "w", encoding="ascii") as file:
            file.write("the root of the world\n")
    result = room.run("-c", room.directory + "/root.pem", "-d", hashed, "-a", ". IN DS anchor",
                      "tail -n 1 /etc/ssl/certs/ca-certificates.crt; cat /etc/ssl/certs/0123abcd.0; ls /etc/ssl/certs | wc -l;"
                      "test ! -e /usr/share/dns/root.key || cat /usr/share/dns/root.key")
    lines = result.stdout.split("\n")
    tap.equal(lines[:2], ["the root of the world"] * 2, f"{who}: the world's root is in the bundle and in the directory")
    tap.ok(int(lines[2]) >= len(os.listdir("/etc/ssl/certs")), f"{who}: the machine's roots are there, too", result.stdout)
    if os.path.exists("/usr/share/dns/root.key"):
        tap.equal(lines[3], ". IN DS anchor", f"{who}: the anchor of DNSSEC is the world's")


# It has left the command's session, and does not bear the command's mark, before the command goes on.  It bears ours.
DAEMON = "x=$(env -i ROOM_TEST=$ROOM_TEST setsid -f sh -c 'exec sleep 1000 >/dev/null 2>&1')"


def own_mounts():
    with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
        return [line for line in mounts if re.search(" - (overlay|tmpfs) doormat | - nsfs ", line)]


@each_way
def test_nothing_is_left(tap, who, room):
    """Namespaces last as long as a process, a mount or a descriptor: their numbers tell nothing, since the kernel gives them again."""
    before = own_mounts()
    result = room.run("-n", str(ROUNDS), DAEMON, "setsid sleep 1000 >/dev/null 2>&1 & echo $$")
    pids = result.stdout.split()
    opened = [float(ms) for ms in re.findall(r"opened ([\d.]+) ms", result.stderr)]
    tap.equal((result.returncode, len(pids), len(opened)), (0, ROUNDS, ROUNDS), f"{who}: {ROUNDS} rooms, one after the other")
    tap.equal(len(set(pids)), 1, f"{who}: each of them counts its processes from 1")
    tap.equal(room.await_end(), [], f"{who}: no process is left")
    tap.equal(own_mounts(), before, f"{who}: no mount is left")
    print(f"# {who}: a room opens in {min(opened):.1f} to {max(opened):.1f} ms")
    tap.ok(min(opened) < START_MS, f"{who}: it opens within {START_MS} ms", opened)


@each_way
def test_killed(tap, who, room):
    left, met, before = [], 0, own_mounts()
    for _ in range(ROUNDS):
        process = room.start(f"{DAEMON}; setsid sleep 1000 & echo running; sleep 1000")
        process.stdout.readline()
        met += room.await_processes(5) >= 5  # the program, the room's first process, the command and both that it started
        process.kill()
        process.communicate()
        left += room.await_end()
    tap.equal(met, ROUNDS, f"{who}: a room, a command, and what it started")
    tap.equal(left, [], f"{who}: killed {ROUNDS} times, it leaves no process")
    tap.equal(own_mounts(), before, f"{who}: and no mount")


@each_way
def test_status(tap, who, room):
    cases = [("exit 3", "status 3 left 0"), ("echo out; echo err >&2", "status 0 left 0"), ("kill -9 $$", "status 137 left 0"),
             ("kill -TERM $$", "status 143 left 0"), ("setsid sleep 1000 >/dev/null 2>&1 & echo", "status 0 left 1"),
             ("sleep 1000 >/dev/null 2>&1 & echo", "status 0 left 1")]
    result = room.run(*[command for command, _ in cases])
    tap.equal(re.findall("status.*", result.stderr), [status for _, status in cases], f"{who}: how commands end")
    tap.has(result.stdout, "out\nerr\n", f"{who}: what they print")


@each_way
def test_stop(tap, who, room):
    escape = "setsid sh -c 'trap \"\" TERM; setsid sleep 1000 & echo here; while :; do sleep 1; done' & sleep 1000"
    stubborn = "trap '' TERM; echo here; while :; do sleep 1; done"
    result = room.run("-s", "here", escape, stubborn, "grep -l sleep /proc/[0-9]*/comm; true")
    statuses = re.findall(r"status (\d+) left (\d+)", result.stderr)
    tap.ok(len(statuses) == 3 and statuses[0][0] == "143" and int(statuses[0][1]) >= 2,
           f"{who}: who leaves group and session is found and ended", result.stderr)
    tap.ok(len(statuses) == 3 and statuses[1][0] in ("137", "143"), f"{who}: who does not heed SIGTERM is killed", result.stderr)
    tap.ok("/proc" not in result.stdout, f"{who}: nothing of them is there for the next command", result.stdout)


@each_way
def test_others_stay(tap, who, room):
    result = room.run(DAEMON, "exit 1", "grep -l sleep /proc/[0-9]*/comm | wc -l")
    tap.equal(result.stdout.split(), ["1"], f"{who}: a process of somebody else's stays as long as the room")
    tap.equal(room.await_end(), [], f"{who}: and no longer")


@each_way
def test_descriptors(tap, who, room):
    ends = os.pipe()
    result = room.run("ls /proc/self/fd | tr '\\n' ' '; echo; ls /proc/1/fd | wc -l; readlink /proc/self/fd/0", pass_fds=ends)
    for end in ends:
        os.close(end)
    tap.equal(result.stdout.split("\n")[:3], ["0 1 2 3 ", "0", "/dev/null"], f"{who}: a command has three files open, and ls its own")


def as_root_with(tap, test, script, program=ROOM):
    """Runs what prepares the machine in a mount namespace of its own, in front of the program."""
    if os.geteuid() != 0 or not can_have_room():
        return tap.skip(test.__qualname__.split(".", maxsplit=1)[0], "root only")
    with TempDir() as directory:
        path = os.path.join(directory, "prepare")
        with open(path, "w", encoding="ascii") as file:
            file.write(f"set -e\ncd {directory}\nmount --make-rprivate /\n{script}\nexec \"$@\"\n")
        test(tap, Room(directory, ["unshare", "-m", "sh", path], program))


def test_postfix_chroot(tap):
    def check(tap, room):
        result = room.run("cd /var/spool/postfix/etc; cat resolv.conf hosts nsswitch.conf | grep -c -e 198.18.0.53 -e sender -e hosts:;"
                          "touch x ../y; ls")
        tap.equal(result.stdout.split(), ["4", "hosts", "nsswitch.conf", "resolv.conf", "x"], "Postfix finds the names in its chroot")
    as_root_with(tap, check, "mount -t tmpfs t /var/spool; mkdir -p /var/spool/postfix/etc; echo old > /var/spool/postfix/etc/hosts")


def test_container(tap):
    def check(tap, room):
        result = room.run("cat /etc/resolv.conf /etc/hosts | grep -c -e 198.18.0.53 -e sender; hostname; cat /etc/hostname /var/lib/volume/file;"
                          "for f in /etc/resolv.conf /var/lib/volume/new /etc/new; do echo x >> $f || exit 1; done")
        tap.equal(result.stdout.split(), ["3", "sender.doormat.test", "sender.doormat.test", "volume"], "a container's files in /etc are replaced")
        tap.has(result.stderr, "status 0", "one can write there, and into volumes")
        tap.equal(os.listdir(room.directory + "/volume"), ["file"], "and nothing of it is there outside")
    as_root_with(tap, check, "for f in resolv.conf hosts hostname; do echo theirs > $f; mount --bind $f /etc/$f; done;"
                             "mkdir volume; echo volume > volume/file; mount -t tmpfs t /var/lib; mkdir /var/lib/volume;"
                             "mount --bind volume /var/lib/volume")


def test_no_overlay(tap):
    """The kernel lays no overlay over one that lies over another: so it is in a room in a room in a room."""
    def check(tap, room):
        command = "cat /etc/resolv.conf /etc/hosts | grep -c -e 198.18.0.53 -e sender; touch /etc/x /var/x; touch /tmp/x /run/x && ls /tmp"
        for _ in range(2):
            command = f"{room.program} -k {room.directory} {shlex.quote(command)}"
        result = room.run("-k", room.directory, command)
        tap.equal(result.stdout.count("Read-only file system"), 2, "without overlays /etc and /var are read-only")
        tap.ok(re.search(rf"\n3\n.*\n{os.path.basename(room.directory)}\nx\n", result.stdout, re.DOTALL),
               "names are the room's, and /tmp is empty but for what is kept", result.stdout)
        tap.has(result.stdout, "refuses an overlay: /etc, ", "and that is said")
    as_root_with(tap, check, "cd /")


SUBORDINATES = """
cp /etc/passwd passwd; echo roomer:x:4242:4242::/:/bin/sh >> passwd; echo roomer:200000:65536 > sub; touch empty
mount --bind passwd /etc/passwd
for f in /etc/subuid /etc/subgid; do test -e $f || touch $f; mount --bind sub $f; done
cd /
set -- setpriv --reuid=4242 --regid=4242 --clear-groups "$@"
"""


def test_subordinate_users(tap):
    def check(tap, room):
        result = room.run("awk '{ print $1, $2, $3 }' /proc/self/uid_map; setpriv --reuid=1000 --regid=1000 --clear-groups id -u;"
                          "head -n 1 /etc/resolv.conf; touch /etc/x 2>/dev/null || echo read-only; touch /etc/default/x || ls -ld /etc/default")
        lines = result.stdout.split("\n")
        tap.equal(lines[:4], ["0 4242 1", "1 200000 65536", "1000", "nameserver 198.18.0.53"], "with /etc/subuid there are more users")
        tap.equal(lines[4], "read-only", "a directory with mounts in it is read-only to a user")
        tap.has(result.stderr, "note ", "and that is said")
    if find_program("newuidmap") is None or not (os.path.exists("/etc/subuid") and os.path.exists("/etc/subgid")):
        return tap.skip("with /etc/subuid there are more users", "no newuidmap")
    as_root_with(tap, check, SUBORDINATES)


ONE_USER = "touch none; test ! -e /etc/subuid || mount --bind none /etc/subuid; cd /; set -- " + " ".join(NOBODY) + ' "$@"'
ONE_USER_NOTE = ("there is no other user than root, so senders that change theirs fail: /etc/subuid needs a line such as "
                 "nobody:100000:65536\n")


def test_one_user(tap):
    def check(tap, room):
        result = room.run("awk '{ print $1, $2, $3 }' /proc/self/uid_map")
        tap.equal(result.stdout, "0 65534 1\n", "without a line in /etc/subuid there is root alone")
        tap.has(result.stderr, "note " + ONE_USER_NOTE, "and that is said")
    as_root_with(tap, check, ONE_USER)


def test_masked_proc(tap):
    def check(tap, room):
        result = room.run("true")
        tap.equal(result.returncode, 2, "where /proc is masked there is no room for a user")
        tap.has(result.stderr, "room_enter_world: /proc cannot be mounted in the room: Operation not permitted; ", "and that is said")
        tap.equal(room.await_end(), [], "nothing is left")
    as_root_with(tap, check, "mount --bind /dev/null /proc/version; cd /; set -- " + " ".join(NOBODY) + ' "$@"')


def without_namespaces(kind):
    """For as_root_with: where the kernel gives no namespace of this kind."""
    limited = f"echo 0 > /proc/sys/user/max_{kind}_namespaces; set -- setpriv --reuid=0 \"$@\""
    return f"exec unshare -U -r -m sh -c '{limited}; exec \"$@\"' x \"$@\""


def test_refused(tap):
    def check(tap, room):
        result = room.run("true")
        tap.equal(result.returncode, 2, "without namespaces there is no room")
        tap.has(result.stderr, "sysctl -w user.max_net_namespaces=10000", "and the setting is named that refuses them")
        tap.equal(room.await_end(), [], "nothing is left")
    as_root_with(tap, check, without_namespaces("net"))


CHROOT = """mount --make-rprivate / && mount --rbind / "$1" && mount -t tmpfs marked "$1/mnt" && echo here >"$1/mnt/marker" &&
exec chroot "$1" "$2" try --room --quiet --faults control --setup 'grep -q here /mnt/marker' -- true"""


def test_chroot(tap):
    """Where doormat runs in another root, so do the commands in the room."""
    if os.geteuid() != 0 or not can_have_room():
        tap.skip("chroot", "not root, or no namespaces")
        return
    with TempDir() as directory:
        done = subprocess.run(["unshare", "-m", "sh", "-c", CHROOT, "sh", directory, frame.DOORMAT], env=clean_environment(directory),
                              capture_output=True, text=True, timeout=LIMIT_S, check=False)
    # The setup found its file, and the sender that does nothing leaves its control unclear.
    tap.equal(done.returncode, 3, f"the room of a chroot is in it: {done.stderr}")


if __name__ == "__main__":
    frame.main({"sight": test_sight, "isolation": test_isolation, "world": test_world, "writing": test_writing, "trust": test_trust,
                "left": test_nothing_is_left, "killed": test_killed, "status": test_status, "stop": test_stop,
                "others": test_others_stay, "descriptors": test_descriptors, "postfix": test_postfix_chroot, "container": test_container, "overlay": test_no_overlay,
                "subordinate": test_subordinate_users, "single": test_one_user, "masked": test_masked_proc, "refused": test_refused,
                "chroot": test_chroot})
