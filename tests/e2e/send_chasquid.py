#!/usr/bin/env python3
"""Hands a message in to chasquid's submission port.  Usage: send_chasquid.py FROM TO MESSAGE"""

import smtplib
import ssl
import sys

sender, to, path = sys.argv[1:4]
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
with open(path, "rb") as file, smtplib.SMTP("127.0.0.1", 2587, local_hostname="localhost", timeout=20) as link:
    link.starttls(context=context)
    link.login("sender@doormat.test", "secret")
    link.sendmail(sender, [to], file.read())
