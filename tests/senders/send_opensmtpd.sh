#!/bin/sh
# Sends one message with OpenSMTPD's smtp(1).  Usage: send_opensmtpd.sh ROOT SCHEME, in the environment of `doormat try`, as
# root.  ROOT: where Debian's package is unpacked.  smtp(1) trusts what the system trusts: in this mount namespace the CA.
set -eu
if [ "${SMTP_NAMESPACE:-}" = "" ]; then
    SMTP_NAMESPACE=1 exec unshare --mount sh "$0" "$@"
fi
mount --bind "$DOORMAT_CA" /etc/ssl/certs/ca-certificates.crt
exec "$1/usr/bin/smtp" -H "$DOORMAT_HELO" -F "$DOORMAT_FROM" -s "$2://$DOORMAT_HOST:$DOORMAT_PORT" "$DOORMAT_TO" \
    <"$DOORMAT_MESSAGE"
