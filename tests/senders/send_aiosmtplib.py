"""Sends one message with aiosmtplib, which takes TLS where it is offered and checks it.  In the environment of `doormat try`."""

import asyncio
import os
import sys

import aiosmtplib

env = os.environ
with open(env["DOORMAT_MESSAGE"], "rb") as file:
    message = file.read()
try:
    asyncio.run(aiosmtplib.send(message, sender=env["DOORMAT_FROM"], recipients=[env["DOORMAT_TO"]],
                                hostname=env["DOORMAT_HOST"], port=int(env["DOORMAT_PORT"]),
                                local_hostname=env["DOORMAT_HELO"], cert_bundle=env["DOORMAT_CA"], timeout=15))
except aiosmtplib.SMTPException as error:
    sys.exit(f"{type(error).__name__}: {error}")
