"""Sends one message with smtplib.  Usage: send_smtplib.py default|verify|implicit, in the environment of `doormat try`.

The message is given as a string with its line ends as they are: whether they are mended is smtplib's business.
"""

import os
import smtplib
import ssl
import sys


def connect(mode, host, helo):
    context = None if mode == "default" else ssl.create_default_context(cafile=os.environ["DOORMAT_CA"])
    if mode == "implicit":
        return smtplib.SMTP_SSL(host, int(os.environ["DOORMAT_TLS_PORT"]), helo, timeout=15, context=context)
    server = smtplib.SMTP(host, int(os.environ["DOORMAT_PORT"]), helo, timeout=15)
    server.starttls(context=context)
    return server


server = connect(sys.argv[1], os.environ["DOORMAT_HOST"], os.environ["DOORMAT_HELO"])
server.sendmail(os.environ["DOORMAT_FROM"], [os.environ["DOORMAT_TO"]], sys.stdin.buffer.read().decode())
server.quit()
