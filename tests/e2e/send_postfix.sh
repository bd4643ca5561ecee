#!/bin/sh
# Hands the message on standard input to the Postfix instance in $1, unpacked in $2, in the environment of `doormat try`.
set -eu
dir=$1
root=$2
cp "$DOORMAT_CA" "$dir/ca.pem.$$"
mv "$dir/ca.pem.$$" "$dir/ca.pem"
{
    echo "X-Doormat-Port: $DOORMAT_PORT"
    cat
} | LD_LIBRARY_PATH="$root/usr/lib/postfix" "$root/usr/sbin/sendmail" -C "$dir" -oi -f "$DOORMAT_FROM" "$DOORMAT_TO"
