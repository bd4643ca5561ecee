#!/bin/sh
# Hands the message on standard input to the Postfix instance in $1, in the environment of `doormat try`.
set -eu
dir=$1
cp "$DOORMAT_CA" "$dir/ca.pem.$$"
mv "$dir/ca.pem.$$" "$dir/ca.pem"
{
    echo "X-Doormat-Port: $DOORMAT_PORT"
    cat
} | sendmail -C "$dir" -oi -f "$DOORMAT_FROM" "$DOORMAT_TO"
