#!/bin/sh
# exim.sh - Exim with a configuration and a spool of its own, that delivers before it ends; in the environment of `doormat try`.
#
# usage: exim.sh EXIM default|verify, as root: Debian's wants a user of its own, which is in this process's /etc/passwd alone
# default: STARTTLS where it is offered, and any certificate; verify: as its documentation tells one to insist.
set -eu
exim=$1 mode=$2
[ "${3:-}" = inside ] || exec unshare --mount "$0" "$exim" "$mode" inside
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/spool" "$dir/log"
cp "$DOORMAT_CA" "$dir/ca.pem"
chmod -R a+rX "$dir"
chown -R 65533:65533 "$dir/spool" "$dir/log"
{ cat /etc/passwd; echo 'Debian-exim:x:65533:65533::/nonexistent:/bin/false'; } >"$dir/passwd"
{ cat /etc/group; echo 'Debian-exim:x:65533:'; } >"$dir/group"
mount --bind "$dir/passwd" /etc/passwd
mount --bind "$dir/group" /etc/group
demands=
[ "$mode" = default ] || demands='hosts_require_tls = *
  tls_verify_hosts = *
  tls_verify_cert_hostnames = *'
cat >"$dir/exim.conf" <<END
primary_hostname = $DOORMAT_HELO
exim_path = $exim
never_users =
spool_directory = $dir/spool
log_file_path = $dir/log/%s
keep_environment =
begin routers
all:
  driver = manualroute
  route_list = * $DOORMAT_HOST byname
  transport = smtp
  self = send
begin transports
smtp:
  driver = smtp
  port = $DOORMAT_PORT
  hosts_try_dane =
  hosts_try_fastopen =
  tls_verify_certificates = $dir/ca.pem
  $demands
END
"$exim" -C "$dir/exim.conf" -odf -oi -f "$DOORMAT_FROM" "$DOORMAT_TO" <"$DOORMAT_MESSAGE"
cut -c21- "$dir/log/main"
grep -q 'Completed$' "$dir/log/main"
