"""Twisted's ESMTPSenderFactory, told to insist on TLS and to trust {ca} for the host; in the environment of `doormat try`."""

import io
import os
import sys

from twisted.internet import defer, reactor, ssl
from twisted.mail.smtp import ESMTPSenderFactory

env = os.environ
outcome = [1]
done = defer.Deferred()
with open(env["DOORMAT_CA"], "rb") as file:
    trust = ssl.optionsForClientTLS(env["DOORMAT_HOST"], ssl.Certificate.loadPEM(file.read()))
with open(env["DOORMAT_MESSAGE"], "rb") as file:
    message = io.BytesIO(file.read().replace(b"\r\n", b"\n"))
factory = ESMTPSenderFactory(b"", b"", env["DOORMAT_FROM"].encode(), env["DOORMAT_TO"].encode(), message, done, retries=0,
                             contextFactory=trust, requireAuthentication=False, requireTransportSecurity=True, timeout=12)


def end(result, status):
    outcome[0] = status
    print(result if status == 0 else result.getErrorMessage()[:300])
    reactor.callLater(0, reactor.stop)


done.addCallbacks(lambda result: end(result, 0), lambda failure: end(failure, 1))
reactor.connectTCP(env["DOORMAT_HOST"], int(env["DOORMAT_PORT"]), factory)
reactor.callLater(20, reactor.stop)
reactor.run()
sys.exit(outcome[0])
