#!/bin/sh
# sendmail.sh - sendmail with a configuration and a queue of its own, that delivers before it ends.
#
# usage: sendmail.sh ROOT default|verify, in the environment of `doormat try`, as root; ROOT: where its packages are unpacked
# default: STARTTLS where it is offered, and any certificate; verify: TLS_Srv: VERIFY in its access map.
set -eu
root=$1 mode=$2
[ "${3:-}" = inside ] || exec unshare --mount --uts "$0" "$root" "$mode" inside
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -m 700 "$dir/queue"
cp "$DOORMAT_CA" "$dir/ca.pem"
chmod 755 "$dir"
# It asks for its own name first, and waits for an answer.
hostname "$DOORMAT_HELO"
{ echo "127.0.0.1 $DOORMAT_HELO"; cat /etc/hosts; } >"$dir/hosts"
umount /etc/hosts 2>/dev/null || true
mount --bind "$dir/hosts" /etc/hosts
access=dnl
if [ "$mode" = verify ]; then
    printf 'TLS_Srv:\tVERIFY\n' | "$root/usr/sbin/makemap" -C /dev/null hash "$dir/access"
    access="FEATURE(\`access_db', \`hash -T<TMPF> $dir/access')dnl"
fi
m4 -D_CF_DIR_="$root/usr/share/sendmail/cf/" - >"$dir/sendmail.cf" <<END
divert(0)dnl
include(\`$root/usr/share/sendmail/cf/m4/cf.m4')dnl
OSTYPE(\`linux')dnl
undefine(\`confHOST_STATUS_DIRECTORY')dnl
define(\`confDOMAIN_NAME', \`$DOORMAT_HELO')dnl
define(\`confCACERT', \`$dir/ca.pem')dnl
define(\`confCACERT_PATH', \`/nonexistent')dnl
define(\`confDONT_BLAME_SENDMAIL', \`ForwardFileInUnsafeDirPath,MapInUnsafeDirPath')dnl
define(\`RELAY_MAILER_ARGS', \`TCP \$h $DOORMAT_PORT')dnl
define(\`SMART_HOST', \`relay:[$DOORMAT_HOST]')dnl
FEATURE(\`accept_unresolvable_domains')dnl
FEATURE(\`nocanonify')dnl
$access
MAILER_DEFINITIONS
MAILER(\`local')dnl
MAILER(\`smtp')dnl
END
timeout 20 "$root/usr/libexec/sendmail/sendmail" -C"$dir/sendmail.cf" -OQueueDirectory="$dir/queue" -OPidFile=/dev/null -odi -oi -v \
    -f "$DOORMAT_FROM" "$DOORMAT_TO" <"$DOORMAT_MESSAGE"
