"""A sender that checks certificates, and when it dislikes one comes again in plaintext."""

import os
import smtplib
import ssl
import sys

MAIL = (os.environ["DOORMAT_FROM"], [os.environ["DOORMAT_TO"]], sys.stdin.read())


def send(context):
    server = smtplib.SMTP(os.environ["DOORMAT_HOST"], int(os.environ["DOORMAT_PORT"]), timeout=15)
    if context is not None:
        server.starttls(context=context)
    server.sendmail(*MAIL)
    server.quit()


try:
    send(ssl.create_default_context(cafile=os.environ["DOORMAT_CA"]))
except ssl.SSLError:
    send(None)
