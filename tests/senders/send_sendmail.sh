#!/bin/sh
# Delivers one message with sendmail, at once.  Usage: send_sendmail.sh ROOT default|verify, in the environment of
# `doormat try`, as root.  ROOT: where Debian's packages are unpacked.  verify: VERIFY for every server in the access table.
set -eu
if [ "${SENDMAIL_NAMESPACE:-}" = "" ]; then
    SENDMAIL_NAMESPACE=1 exec unshare --uts --mount sh "$0" "$@"
fi
root=$1
mode=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -m 700 "$dir/queue"
cp "$DOORMAT_CA" "$dir/ca.pem"
hostname "$DOORMAT_HELO" # its name in EHLO
# It looks up its own name, and asks no DNS for it.
echo 'hosts files' >"$dir/switch"
echo 'hosts: files' >"$dir/nsswitch.conf"
mount --bind "$dir/nsswitch.conf" /etc/nsswitch.conf

access=
if [ "$mode" = verify ]; then
    access="FEATURE(\`access_db', \`hash -T<TMPF> $dir/access')dnl"
fi
m4 >"$dir/sendmail.cf" <<END
divert(-1)
define(\`_CF_DIR_', \`$root/usr/share/sendmail/cf/')
include(\`$root/usr/share/sendmail/cf/m4/cf.m4')dnl
divert(0)dnl
OSTYPE(\`linux')dnl
undefine(\`confHOST_STATUS_DIRECTORY')dnl
define(\`confDOMAIN_NAME', \`$DOORMAT_HELO')dnl
define(\`confDONT_BLAME_SENDMAIL', \`MapInUnsafeDirPath')dnl
define(\`confSERVICE_SWITCH_FILE', \`$dir/switch')dnl
define(\`confCACERT', \`$dir/ca.pem')dnl
define(\`confCACERT_PATH', \`/nonexistent')dnl
define(\`RELAY_MAILER_ARGS', \`TCP \$h $DOORMAT_PORT')dnl
define(\`SMART_HOST', \`relay:[$DOORMAT_HOST]')dnl
define(\`confQUEUE_LA', \`1000')dnl
define(\`confREFUSE_LA', \`1000')dnl
define(\`confTO_INITIAL', \`15s')dnl
define(\`confTO_HELO', \`15s')dnl
define(\`confTO_STARTTLS', \`15s')dnl
define(\`confTO_MAIL', \`15s')dnl
define(\`confTO_RCPT', \`15s')dnl
define(\`confTO_DATAINIT', \`15s')dnl
define(\`confTO_DATAFINAL', \`15s')dnl
define(\`confTO_QUIT', \`5s')dnl
FEATURE(\`nocanonify')dnl
$access
MAILER(\`smtp')dnl
END
[ "$mode" = default ] ||
    printf 'TLS_Srv:\tVERIFY\n' | "$root/usr/sbin/makemap" -C"$dir/sendmail.cf" hash "$dir/access"
"$root/usr/libexec/sendmail/sendmail" -C"$dir/sendmail.cf" -OQueueDirectory="$dir/queue" -odi -oi -v -f "$DOORMAT_FROM" \
    "$DOORMAT_TO" <"$DOORMAT_MESSAGE"
