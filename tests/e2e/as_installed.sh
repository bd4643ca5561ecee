#!/bin/sh
# Runs a command, as root, on a machine that seems to have a mail server installed: what tools/setup unpacked of it lies over
# the system's directories, in a mount namespace of its own.  Usage: as_installed.sh NAME ROOT SCRIPT COMMAND [ARG...]
# SCRIPT: shell lines that complete the installation, as the package's own scripts would.
set -eu
if [ "${AS_INSTALLED:-}" = "" ]; then
    AS_INSTALLED=1 exec unshare --mount --uts sh "$0" "$@"
fi
unset AS_INSTALLED
root=$2
script=$3
shift 3
mount --make-rslave /
mount -t tmpfs doormat /mnt
for dir in etc usr var lib; do
    over=$(readlink -f "/$dir")
    lower=$over
    if [ -d "$root/$dir" ]; then
        lower=$root/$dir:$over
    elif [ "$dir" != etc ] && [ "$dir" != var ]; then # into these the lines write
        continue
    fi
    mkdir -p "/mnt/$dir/upper" "/mnt/$dir/work"
    mount -t overlay doormat -o "lowerdir=$lower,upperdir=/mnt/$dir/upper,workdir=/mnt/$dir/work" "$over"
done
# Users that the package would make, in place of those that an installed one made.
add_user() {
    sed -i "/^$1:/d" /etc/passwd /etc/group
    echo "$1:x:$2:$2::$3:/bin/false" >>/etc/passwd
    echo "$1:x:$2:" >>/etc/group
}
# Nothing asks DNS.
hostname sender.doormat.test
echo '127.0.0.1 sender.doormat.test localhost' >/etc/hosts
echo 'hosts: files' >/etc/nsswitch.conf
eval "$script"
exec "$@"
