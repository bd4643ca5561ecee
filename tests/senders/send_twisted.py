"""Sends one message with Twisted, TLS required and checked.  In the environment of `doormat try`."""

import io
import os
import sys

from twisted.internet import defer, reactor, ssl
from twisted.mail.smtp import ESMTPSenderFactory

env = os.environ
status = [1]


def make_context():
    with open(env["DOORMAT_CA"], encoding="ascii") as file:
        return ssl.optionsForClientTLS(env["DOORMAT_HOST"], ssl.Certificate.loadPEM(file.read()))


def succeed(_):
    status[0] = 0


def fail(failure):
    print(failure.getErrorMessage()[:300])


def stop(_):
    # One turn of the reactor, in which the connection is closed.
    reactor.callLater(0.05, reactor.stop)


done = defer.Deferred()
done.addCallbacks(succeed, fail).addBoth(stop)
with open(env["DOORMAT_MESSAGE"], "rb") as file:
    message = io.BytesIO(file.read().replace(b"\r\n", b"\n"))
factory = ESMTPSenderFactory(b"", b"", env["DOORMAT_FROM"].encode(), env["DOORMAT_TO"].encode(), message, done, retries=0,
                             timeout=15, requireAuthentication=False, requireTransportSecurity=True,
                             contextFactory=make_context())
factory.domain = env["DOORMAT_HELO"].encode()
reactor.connectTCP(env["DOORMAT_HOST"], int(env["DOORMAT_PORT"]), factory)
reactor.callLater(20, reactor.stop)
reactor.run()
sys.exit(status[0])
