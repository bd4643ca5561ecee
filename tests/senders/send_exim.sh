#!/bin/sh
# Delivers one message with Exim, at once.  Usage: send_exim.sh ROOT default|verify, in the environment of `doormat try`,
# as root.  ROOT: where Debian's package is unpacked.  Exim's user need not be on this machine: the mount namespace has it.
set -eu
if [ "${EXIM_NAMESPACE:-}" = "" ]; then
    EXIM_NAMESPACE=1 exec unshare --mount sh "$0" "$@"
fi
root=$1
mode=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
chmod 755 "$dir"
mkdir "$dir/spool" "$dir/log"
{ grep -v '^Debian-exim:' /etc/passwd; echo "Debian-exim:x:12525:12525::$dir/spool:/bin/false"; } >"$dir/passwd"
{ grep -v '^Debian-exim:' /etc/group; echo "Debian-exim:x:12525:"; } >"$dir/group"
mount --bind "$dir/passwd" /etc/passwd
mount --bind "$dir/group" /etc/group
chown 12525:12525 "$dir/spool" "$dir/log"
cp "$DOORMAT_CA" "$dir/ca.pem"
chmod 644 "$dir/ca.pem"

checks=
[ "$mode" = default ] || checks='
  hosts_require_tls = *
  tls_verify_hosts = *
  tls_verify_cert_hostnames = *'
cat >"$dir/exim.conf" <<END
primary_hostname = $DOORMAT_HELO
exim_path = $root/usr/sbin/exim4
spool_directory = $dir/spool
log_file_path = $dir/log/%slog
keep_environment =
acl_smtp_rcpt = accept
begin routers
everything:
  driver = manualroute
  route_list = * $DOORMAT_HOST byname
  transport = remote
  self = send
begin transports
remote:
  driver = smtp
  port = $DOORMAT_PORT
  hosts_try_dane =
  hosts_try_fastopen =
  connect_timeout = 15s
  command_timeout = 15s
  data_timeout = 15s
  final_timeout = 15s
  tls_verify_certificates = $dir/ca.pem$checks
begin retry
* * F,1h,1m
END
"$root/usr/sbin/exim4" -C "$dir/exim.conf" -odf -oi -f "$DOORMAT_FROM" "$DOORMAT_TO" <"$DOORMAT_MESSAGE" || true
cut -c21- "$dir/log/mainlog"
cat "$dir/log/paniclog" 2>/dev/null || true
grep -q ' => ' "$dir/log/mainlog"
