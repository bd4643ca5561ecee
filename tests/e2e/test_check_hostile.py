#!/usr/bin/env python3
"""`doormat check` against hostile servers: each gives a clear result within its time limit."""

import json
import os
import ssl

import frame
from checking import Home, check, look, rules
from frame import TempDir
from mailserver import MailServer, begin_tls, context_of, end_politely, greet, offer, openssl, sound

LIMIT_S = 2  # --timeout where a server stalls


def stall(peer):
    peer.wait_for_end()


def reset(peer):
    peer.reset()


def close(peer):
    pass


ENDS = {"stall": (stall, "the server took too long"), "reset": (reset, "the server reset the connection"),
        "close": (close, "the server closed the connection")}


def steps(context):
    """Where a dialogue may break off: {name: (what comes before, what was waited for then)}."""

    def to_220(peer):
        offer(peer)
        peer.say("220 go ahead\r\n")

    def to_client_hello(peer):
        to_220(peer)
        peer.sock.recv(65536)

    def to_half_a_record(peer):
        to_client_hello(peer)
        peer.say(b"\x16\x03\x03\x40\x00\x02\x00")

    def half_a_greeting(peer):
        peer.say("220-mx.doormat.test\r\n220 ESM")

    return {"the greeting": (lambda peer: None, "the greeting"), "the midst of it": (half_a_greeting, "the greeting"),
            "the reply to EHLO": (greet, "the reply to EHLO"), "the reply to STARTTLS": (offer, "the reply to STARTTLS"),
            "the handshake": (to_220, None), "the ServerHello": (to_client_hello, None),
            "the rest of a record": (to_half_a_record, None)}


def test_broken_off(tap):
    with Home() as home:
        for step, (before, awaited) in steps(context_of(home)).items():
            for name, (act, said) in ENDS.items():

                def play(peer, before=before, act=act):
                    before(peer)
                    act(peer)

                with MailServer(play) as server:
                    status, host, _ = look(home, server.port, "--tries", "1", "--timeout", str(LIMIT_S))
                title = f"{name} instead of {step}"
                if awaited and host["error"] == "no connection: Connection reset by peer":
                    tap.equal((status, name), (3, "reset"), title)  # it was there before we looked
                elif awaited:
                    tap.equal((status, host["error"]), (3, f"waiting for {awaited}: {said}"), title)
                else:
                    tap.equal((status, rules(host)), (1, ["tls-handshake"]), title)
                tap.ok(host["seconds"] < LIMIT_S + 1, "within its time limit", host)


def test_no_word_with_implicit_tls(tap):
    """A server that never said a word has shown nothing, whichever side speaks first."""
    with Home() as home:
        for name, (act, said) in ENDS.items():

            def play(peer, act=act):
                peer.sock.recv(65536)
                act(peer)

            with MailServer(play) as server:
                words = ("--tls", "--tries", "1", "--timeout", str(LIMIT_S), f"127.0.0.1:{server.port}")
                for style in ("jsonl", "text", "markdown", "html", "junit", "csv"):
                    done = check(home, "--format", style, *words)
                    tap.equal(done.returncode, 3, f"{name} instead of a ServerHello, --tls, {style}: exit status 3")
                    tap.has(done.stdout, f"waiting for the TLS handshake: {said}", "and why")
                tap.has(check(home, *words).stdout, ": not reached", "not reached, in words")
        with MailServer(greet) as server:
            status, host, _ = look(home, server.port, "--tls", "--timeout", str(LIMIT_S))
        tap.equal((status, rules(host)), (1, ["tls-handshake"]), "a greeting in plaintext is a word")


def test_reason_of_no_handshake(tap):
    """Why no handshake came about stands in each format."""
    with TempDir() as home:
        for name, (act, said) in ENDS.items():
            for begun in (b"", b"\x16\x03\x03\x40\x00\x02\x00"):

                def play(peer, act=act, begun=begun):
                    offer(peer)
                    peer.say("220 go ahead\r\n")
                    peer.sock.recv(65536)
                    peer.say(begun)
                    act(peer)

                with MailServer(play) as server:
                    for style in ("text", "markdown", "html", "junit", "jsonl"):
                        done = check(home, "--format", style, "--tries", "1", "--timeout", str(LIMIT_S), f"127.0.0.1:{server.port}")
                        tap.has(done.stdout, f"no TLS: {said}", f"{name} behind the 220 and {len(begun)} bytes, {style}")


def seen(host, rule):
    return [finding["seen"] for finding in host["findings"] if finding["rule"] == rule]


def old_context_of(home):
    context = context_of(home)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


def test_end_behind_tls(tap):
    """A server that says nothing within TLS is told of; in TLS 1.3 nobody knows then whether it has let the client in."""
    with Home() as home:
        for version, context in (("TLS 1.3", context_of(home)), ("TLS 1.2", old_context_of(home))):
            for name, (act, _) in ENDS.items():
                wanted = 3 if version == "TLS 1.3" else 0

                def play(peer, act=act, context=context):
                    begin_tls(peer, context)
                    act(peer)

                with MailServer(play) as server:
                    status, host, result = look(home, server.port, "--timeout", str(LIMIT_S))
                tap.equal((status, rules(host)), (wanted, []), f"{version}: {name} behind the handshake")
                tap.equal((len(seen(host, "tls-dialogue")), bool(host["unknown"])), (1, wanted == 3), "which is told")
                tap.has(seen(host, "tls-dialogue")[0], "no reply within TLS: ", "in words")
                tap.equal(result["meets_policy"], None if wanted else True, "and what is not known is not said")
                tap.ok(host["seconds"] < LIMIT_S + 1, "within its time limit", host)


def test_refusal_behind_tls(tap):
    """The handshake was good, and the mail server is not."""
    with Home() as home:
        for reply, wanted in (("554 go away", "EHLO is refused within TLS: 554 go away"),
                              ("502 what?", "EHLO is refused within TLS: 502 what?")):

            def play(peer, reply=reply):
                begin_tls(peer, context_of(home))
                peer.hear()
                peer.say(reply + "\r\n")

            with MailServer(play) as server:
                status, host, _ = look(home, server.port)
            tap.equal((status, rules(host), seen(host, "tls-dialogue")), (0, [], [wanted]), f"{reply} to EHLO within TLS")


def test_client_certificate(tap):
    """Who insists on a client certificate lets no mail sender in, whichever version it says so in."""
    with Home() as home:
        for version, context in (("TLS 1.3", context_of(home)), ("TLS 1.2", old_context_of(home))):
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(home + "/root.pem")
            with MailServer(sound(context)) as server:
                status, host, _ = look(home, server.port)
            tap.equal((status, rules(host)), (1, ["tls-handshake"]), f"{version}: a client certificate is asked for")
            tap.has(seen(host, "tls-handshake")[0], "the server asks for a client certificate (alert ", "and that is said")
            context.verify_mode = ssl.CERT_OPTIONAL
            with MailServer(sound(context)) as server:
                status, host, _ = look(home, server.port)
            tap.equal((status, rules(host)), (0, []), f"{version}: who asks and goes on without is sound")


def forever(data):
    def play(peer):
        while True:
            peer.say(data)

    return play


def after(before, *plays):
    def play(peer):
        before(peer)
        for more in plays:
            more(peer)

    return play


def say(data):
    return lambda peer: peer.say(data)


def test_babble(tap):
    """Servers that do not speak SMTP, or speak too much of it, are not reached, and it is said why."""
    kilobyte = b"250-" + 1018 * b"x" + b"\r\n"
    rows = (
        ("an endless banner", forever(b"220-" + 60 * b"hello " + b"\r\n"), "the greeting does not end"),
        ("an endless line", forever(65536 * b"x"), "the greeting has a line of more than 4096 bytes"),
        ("endless NULs", forever(65536 * b"\0"), "the greeting has a line of more than"),
        ("empty lines", forever(b"\r\n"), "the greeting is malformed"),
        ("a reply of 10 MB", after(greet, say(10240 * kilobyte + b"250 x\r\n"), stall), "the reply to EHLO does not end"),
        ("a greeting of 10 MB", after(say(b"220 " + 10485760 * b"x"), stall), "the greeting has a line"),
        ("HTTP", after(say("HTTP/1.1 400 Bad Request\r\n\r\n"), stall), "the greeting is malformed: \"HTTP/1.1 400"),
        ("SSH", after(say("SSH-2.0-OpenSSH_9.2\r\n"), stall), "the greeting is malformed"),
        ("TLS where SMTP is due", after(say(b"\x15\x03\x01\x00\x02\x02\x28"), stall), "took too long"),
        ("no code", after(say("hello\r\n"), stall), "the greeting is malformed: \"hello\""),
        ("half a code", after(say("22 hello\r\n"), stall), "the greeting is malformed"),
        ("999", after(say("999 hello\r\n"), stall), "the greeting is malformed"),
        ("354", after(say("354 go on\r\n"), stall), "the server refuses the client: 354 go on"),
        ("554", after(say("554 no SMTP here\r\n"), stall), "the server refuses the client: 554 no SMTP here"),
        ("421", after(say("421 busy\r\n"), stall), "the server refuses the client: 421 busy"),
        ("two codes in a reply", after(say("220-a\r\n250 b\r\n"), stall), "the greeting is malformed"),
        ("terminal sequences", after(say("554 \033]0;owned\007\033[2J\r\n"), stall), "554 ?]0;owned??[2J"),
        ("EHLO refused", after(greet, say("550 who are you\r\n"), lambda peer: peer.hear(), say("550 no\r\n"), stall),
         "EHLO is refused: 550 who are you"),
        ("neither EHLO nor HELO", after(greet, say("502 what\r\n"), lambda peer: peer.hear(), say("550 no\r\n"), stall),
         "EHLO is unknown, and HELO is refused: 550 no"),
    )
    with TempDir() as home:
        for name, play, said in rows:
            with MailServer(play) as server:
                done = check(home, "--jsonl", "--tries", "1", "--timeout", str(LIMIT_S), f"127.0.0.1:{server.port}")
            host = json.loads(done.stdout)["hosts"][0]
            tap.equal(done.returncode, 3, f"{name}: not reached")
            tap.has(host["error"], said, "and it is said why")
            tap.ok(host["seconds"] < LIMIT_S + 1, "within its time limit", host)


def test_starttls(tap):
    """Servers that were reached, and with which no TLS came about."""
    garbage = bytes(range(256)) * 64
    no_tls = after(greet, say("250-mx\r\n250 XSTARTTLS\r\n"), lambda peer: peer.hear(), say("221 bye\r\n"))
    rows = [("not offered", no_tls, "not-offered", "starttls"),
            ("HELO only", after(greet, say("502 what\r\n"), lambda peer: peer.hear(), say("250 mx\r\n"), stall),
             "not-offered", "starttls")]
    for code in ("454 not now", "500 what", "554 never", "250 ok", "354 go on", "221 bye"):
        rows.append((f"answered with {code}", after(offer, say(code + "\r\n"), stall), "refused", "starttls"))
    for name, data in (("garbage", garbage), ("plaintext", b"250 ok\r\n"), ("an empty record", b"\x16\x03\x03\x00\x00"),
                       ("a ServerHello of zeros", b"\x16\x03\x03\x00\x28\x02\x00\x00\x24" + bytes(36))):
        go_on = after(offer, say("220 go ahead\r\n"), lambda peer: peer.sock.recv(65536), say(data), stall)
        rows.append((f"{name} instead of a ServerHello", go_on, "accepted", "tls-handshake"))
    endless = after(offer, say("220 go ahead\r\n"), lambda peer: peer.sock.recv(65536), forever(garbage))
    rows.append(("endless garbage", endless, "accepted", "tls-handshake"))
    with TempDir() as home:
        for name, play, outcome, rule in rows:
            with MailServer(play) as server:
                done = check(home, "--jsonl", "--tries", "1", "--timeout", str(LIMIT_S), f"127.0.0.1:{server.port}")
            host = json.loads(done.stdout)["hosts"][0]
            tap.equal((done.returncode, host["starttls"], rules(host)), (1, outcome, [rule]), f"STARTTLS: {name}")
            tap.ok(host["seconds"] < LIMIT_S + 1, "within its time limit", host)


def test_injection(tap):
    with Home() as home:

        def play(peer):
            offer(peer)
            peer.say("220 go ahead\r\n250 injected\r\n")
            peer.secure(context_of(home))
            end_politely(peer)

        with MailServer(play) as server:
            status, host, _ = look(home, server.port, "--quick")
            tap.equal((status, rules(host)), (1, ["starttls-injection"]), "plaintext behind the 220 is a finding of its own")
            tap.ok(host["negotiated"], "and the handshake goes on without it", host)


def make_chain(home, length):
    """Authorities that vouch for each other, and last for 127.0.0.1; all have one key."""
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", home + "/key.pem")
    chain = []
    for i in range(length):
        last = i == length - 1
        more = ["-CA", home + "/issuer.pem", "-CAkey", home + "/key.pem"] if i else []
        usage = "subjectAltName=IP:127.0.0.1" if last else "keyUsage=keyCertSign"
        openssl("req", "-x509", "-key", home + "/key.pem", "-days", "30", "-subj", f"/CN=number {i}", "-addext", usage,
                "-addext", "basicConstraints=critical,CA:" + ("false" if last else "true"), "-out", home + "/new.pem", *more)
        os.rename(home + "/new.pem", home + "/issuer.pem")
        with open(home + "/issuer.pem", encoding="ascii") as file:
            chain.insert(0, file.read())
    with open(home + "/chain.pem", "w", encoding="ascii") as file:
        file.writelines(chain[:-1])
    with open(home + "/root.pem", "w", encoding="ascii") as file:
        file.write(chain[-1])


def test_long_chain(tap):
    with TempDir() as home:
        make_chain(home, 100)
        with MailServer(sound(context_of(home))) as server:
            status, host, _ = look(home, server.port, "--timeout", "60")
        tap.equal((status, bool(host["negotiated"])), (1, True), "a chain of 99 certificates")
        tap.equal(rules(host), ["cert-path-length"], "is not followed to its end")
        tap.ok(len(host["chain"]) <= 16, "nor shown to it", len(host["chain"]))


def test_big_certificate(tap):
    with TempDir() as home:
        for names, kib in ((2500, 100), (10000, 400)):
            alternatives = ",".join(f"DNS:{i:04}.{24 * 'x'}.doormat.test" for i in range(names))
            with open(home + "/config", "w", encoding="ascii") as file:
                file.write(f"[req]\ndistinguished_name=dn\nx509_extensions=ext\nprompt=no\n[dn]\nCN=localhost\n"
                           f"[ext]\nsubjectAltName=@names\n[names]\n" +
                           "".join(f"DNS.{i}={name[4:]}\n" for i, name in enumerate(alternatives.split(","))))
            openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config",
                    home + "/config", "-keyout", home + "/key.pem", "-out", home + "/chain.pem")
            openssl("x509", "-in", home + "/chain.pem", "-out", home + "/root.pem")
            with MailServer(sound(context_of(home))) as server:
                status, host, _ = look(home, server.port)
            tap.equal(status, 1, f"a certificate of {kib} KiB")
            if kib == 100:
                tap.ok("cert-name" in rules(host), "is read, and bears none of our names", rules(host))
                tap.ok(len(host["chain"][0]["names"]) <= 256, "of which not all are shown", len(host["chain"][0]["names"]))
            else:
                tap.equal(rules(host), ["tls-handshake"], "is too much, and ends the handshake")


frame.main({name[len("test_"):]: test for name, test in list(globals().items()) if name.startswith("test_")})
