#!/usr/bin/env python3
"""The HTML reports of `try` and `check` as a browser shows them: on a desk, on a phone, in the dark and on paper."""

import subprocess

import browser
import frame
from checking import Home, check
from frame import CARELESS_SENDER, TempDir, clean_environment
from mailserver import MailServer, context_of, greet, sound

SHEETS = 3
PHONE, DESK = 390, 1280
# Whether each element shows: it has a box, and no fold or style hides it.
SHOWS = """[...document.querySelectorAll(%s)].map(e => e.getClientRects().length > 0 &&
    e.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true}))"""


def shows(page, selector):
    """(how many elements match, how many of them show)"""
    seen = page.run(SHOWS % repr(selector))
    return len(seen), sum(seen)


def look_at_screens(tap, page):
    page.load_axe()
    for scheme in ("light", "dark"):
        for width in (DESK, PHONE):
            page.show(width, scheme)
            where = f"{scheme}, {width} px"
            tap.equal(page.find_violations(), [], f"{where}: axe-core finds nothing")
            wide = page.run("""[document.documentElement.scrollWidth, ...[...document.querySelectorAll("td, th, p, li, h1, dd")]
                .map(e => Math.floor(e.getBoundingClientRect().right))].reduce((a, b) => Math.max(a, b))""")
            tap.ok(0 < wide <= width, f"{where}: nothing runs off the right edge", wide)
    tap.equal(page.run("performance.getEntriesByType('resource').length"), 0, "nothing is loaded")
    tap.equal(page.run("""[...document.querySelectorAll("a")].filter(
        a => !a.hash || document.getElementById(a.hash.slice(1)) === null).length"""), 0, "each link leads to a place of the page")


def look_at_columns(tap, page):
    """The second column begins where it does everywhere else."""
    page.show(DESK)
    lefts = page.run("""[...new Set([...document.querySelectorAll("td.c-2, thead th:nth-child(2)")].map(
        e => Math.round(e.getBoundingClientRect().left)))]""")
    tap.equal(len(lefts), 1, "columns line up throughout")


def look_at_paper(tap, page, advice, left_out):
    page.show(DESK)
    tap.equal(shows(page, ".paper")[1], 0, "what is for paper alone does not show on the screen")
    page.show(DESK, media="print")
    for selector in advice:
        count, seen = shows(page, selector)
        tap.ok(count > 0 and seen == count, f"paper has each {selector}", (count, seen))
    tap.equal(shows(page, left_out)[1], 0, "the long list is not printed")
    tap.ok(shows(page, "p.paper")[1] > 0, "which is said")
    sheets = page.print_page()
    tap.ok(1 <= sheets <= SHEETS, f"{SHEETS} sheets at most", sheets)
    page.run("document.getElementById('whole').checked = true")
    page.show(DESK, media="print")
    count, seen = shows(page, left_out)
    tap.ok(0 < count == seen, "unless the reader wants all of it", (count, seen))
    tap.ok(page.print_page() > sheets, "which takes more of them")


def test_try(tap):
    """A whole run, by a sender that is fooled by nearly everything."""
    with TempDir() as home:
        path = home + "/report.html"
        done = subprocess.run([frame.DOORMAT, "try", "--quiet", "--faults", "@all,-@slow", "--format", "html", "--output", path,
                               "--title", "A careless sender", "--", *CARELESS_SENDER], env=clean_environment(home),
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False,
                              timeout=280)
        if not tap.equal(done.returncode, 1, "a whole run, with failures"):
            return tap.ok(False, "it has a report", done.stderr)
        with browser.Browser() as page:
            page.open(path)
            tap.equal(page.run("[document.title, document.querySelector('h1').textContent]"), ["A careless sender"] * 2, "--title")
            look_at_screens(tap, page)
            look_at_columns(tap, page)
            page.run("location.hash = 'fault-wrong-host'")
            top = page.run("document.querySelector('article:target').getBoundingClientRect().top")
            tap.ok(-1 <= top < 900, "the explanation of a fault is one click away", top)
            look_at_paper(tap, page, ["tr.fix:not(.screen)", ".verdict"], ".long")


def write_check_page(home, path):
    with MailServer(sound(context_of(home))) as good, MailServer(greet) as mute:
        targets = [f"127.0.0.1:{good.port}", f"127.0.0.1:{mute.port}", "127.0.0.1:1"]
        with Home("expired") as late, Home("self-signed") as own, Home("wrong-host") as other:
            rooms = [MailServer(sound(context_of(room)), count=12) for room in (late, own, other)]
            for room in rooms:
                room.__enter__()
                targets += [f"127.0.0.1:{port}" for port in room.ports]
            done = check(home, "--ca", home + "/root.pem", "--tries", "1", "--format", "html", "--output", path, *targets)
            for room in rooms:
                room.__exit__(None, None, None)
    return done, len(targets)


def test_check(tap):
    with Home() as home:
        path = home + "/report.html"
        done, count = write_check_page(home, path)
        tap.equal((done.returncode, done.stdout), (1, ""), "many targets, and nothing on standard output")
        with browser.Browser() as page:
            page.open(path)
            tap.has(page.run("document.querySelector('.verdict').textContent"), f"{count} targets: 1 meets the policy", "the sum")
            look_at_screens(tap, page)
            look_at_columns(tap, page)
            page.run("location.hash = 'rule-cert-expired'")
            count, seen = shows(page, "#rule-cert-expired details p")
            tap.ok(0 < count == seen, "the explanation of a rule is one click away", (count, seen))
            tap.equal(shows(page, "#rule-cert-name details p")[1], 0, "and others stay folded")
            look_at_paper(tap, page, ["tbody:not(.screen) > tr.fix details p", ".verdict"], ".long")


def unless_missing(case):
    """Skipped where there is no browser."""
    def run(tap):
        why = browser.why_not()
        if why is None:
            case(tap)
        else:
            tap.skip(case.__name__, why)
    return run


if __name__ == "__main__":
    frame.main({"try": unless_missing(test_try), "check": unless_missing(test_check)})
