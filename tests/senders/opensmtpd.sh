#!/bin/sh
# opensmtpd.sh - OpenSMTPD's smtp(1), which trusts the system's file of authorities alone: here it sees {ca} in its place.
#
# usage: opensmtpd.sh SMTP, in the environment of `doormat try`, as root
set -eu
if [ "${2:-}" = inside ]; then
    mount --bind "$DOORMAT_CA" /etc/ssl/certs/ca-certificates.crt
    exec "$1" -s "smtp+tls://$DOORMAT_HOST:$DOORMAT_PORT" -H "$DOORMAT_HELO" -F "$DOORMAT_FROM" "$DOORMAT_TO" <"$DOORMAT_MESSAGE"
fi
exec unshare --mount "$0" "$1" inside
