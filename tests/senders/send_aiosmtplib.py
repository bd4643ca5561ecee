"""aiosmtplib.  usage: send_aiosmtplib.py default|required, in the environment of `doormat try`.

default: STARTTLS where it is offered; required: start_tls=True.
"""

import asyncio
import os
import sys

import aiosmtplib


async def send(env):
    options = {"start_tls": True} if sys.argv[1] == "required" else {}
    with open(env["DOORMAT_MESSAGE"], "rb") as file:
        message = file.read()
    await aiosmtplib.send(message, sender=env["DOORMAT_FROM"], recipients=[env["DOORMAT_TO"]], hostname=env["DOORMAT_HOST"],
                          port=int(env["DOORMAT_PORT"]), cert_bundle=env["DOORMAT_CA"], timeout=12, **options)


try:
    asyncio.run(send(os.environ))
except (aiosmtplib.SMTPException, OSError) as error:
    sys.exit(str(error))
