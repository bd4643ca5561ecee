# Doormat's one Makefile.  `make help` lists the targets; V=release|asan|tsan|cov|fuzz|torture picks the variant, built in build/$(V).

V       ?= release
PREFIX  ?= /usr/local
DESTDIR ?=
VERSION := $(shell cat VERSION)
B       := build/$(V)
# How many jobs a target that does everything starts; plain `make` leaves that to its own -j.
JOBS    ?= $(shell nproc)
# How long each fuzzer runs.
FUZZ_SECONDS ?= 60

PKGS    := openssl libevent_core jansson libunbound libmnl
CC_release := gcc
CC_asan    := gcc
CC_tsan    := gcc
CC_cov     := gcc
CC_fuzz    := clang
CC_torture := gcc
CC      := $(CC_$(V))
ifeq ($(CC),)
$(error V=$(V) is no variant: take release, asan, tsan, cov, fuzz or torture)
endif

WARN    := -Wall -Wextra -Werror -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 \
           -Wimplicit-fallthrough -Wundef -Wwrite-strings -Wno-missing-field-initializers
HARDEN  := -fstack-protector-strong -fPIE -fno-strict-overflow
LINKHARD := -pie -Wl,-z,relro,-z,now,-z,noexecstack

FLAGS_release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-clash-protection -fcf-protection
FLAGS_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_tsan    := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
FLAGS_cov     := -O0 -g --coverage
FLAGS_torture := $(FLAGS_asan)
FLAGS_fuzz    := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LINK_asan     := -fsanitize=address,undefined
LINK_tsan     := -fsanitize=thread
LINK_cov      := --coverage
LINK_torture  := -fsanitize=address,undefined
LINK_fuzz     := -fsanitize=address,undefined

CPPFLAGS += -Isrc -D_GNU_SOURCE -DOPENSSL_API_COMPAT=30000 -DOPENSSL_NO_DEPRECATED -DDOORMAT_VERSION='"$(VERSION)"' \
            -include src/base/banned.h
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
# The prefix map keeps the build's directory out of what is built: the same source gives the same bytes.
ALL_CFLAGS  = -std=c11 $(WARN) $(HARDEN) -ffile-prefix-map=$(CURDIR)=. $(FLAGS_$(V)) $(PKG_CFLAGS) $(CFLAGS)
ALL_LDFLAGS = $(LINKHARD) $(LINK_$(V)) $(LDFLAGS)
LIBS        = $(PKG_LIBS) -lldns -lidn2 -lpthread
COMPILE     = $(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP
# Commands are shown by what they make; `make Q=` shows them whole.
Q           = @

SRC  := $(filter-out src/cmd/main.c,$(wildcard src/*/*.c))
OBJ  := $(SRC:src/%.c=$(B)/obj/%.o)
LIB  := $(B)/libdoormat.a
BIN  := $(B)/doormat
UNIT := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/test_*.c))
FUZZ := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAY := $(patsubst tests/fuzz/%.c,$(B)/replay/%,$(wildcard tests/fuzz/fuzz_*.c))
DIALOGUE := $(patsubst tests/dialogue/%.c,$(B)/dialogue/%,$(wildcard tests/dialogue/dialogue.c))
SENDERS := $(B)/senders/scripted
DNS_WORLD := $(B)/tests/dns-world
ROOM := $(B)/tests/room
DNS_RECURSOR := $(B)/tests/dns-recursor
BENCH := $(patsubst bench/%.c,$(B)/bench/%,$(wildcard bench/*.c))

all: $(BIN) ## build build/$(V)/doormat

# In V=torture a gate stands in front of each call that can fail (tests/torture/gate.c).
GATE_torture := $(B)/torture/wraps.o $(B)/torture/gate.o
WRAP_torture := -Wl,@$(B)/torture/wraps.args
$(BIN): $(B)/obj/cmd/main.o $(GATE_$(V)) $(LIB)
	$(if $(Q),@echo "  ld  $@")
	$(Q)$(CC) $(ALL_LDFLAGS) $(WRAP_$(V)) -o $@ $^ $(LIBS)

$(B)/torture/wraps.o: $(B)/obj/cmd/main.o $(LIB) tests/torture/calls.tsv tools/torture-wraps
	@mkdir -p $(@D)
	$(Q)tools/torture-wraps tests/torture/calls.tsv $(@D) $(B)/obj/cmd/main.o $(LIB)
	$(Q)$(CC) -c -o $@ $(@D)/wraps.S

$(B)/torture/gate.o: tests/torture/gate.c tests/torture/gate.h Makefile
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 $(WARN) -D_GNU_SOURCE -O1 -g -fPIE -Itests/torture $(PKG_CFLAGS) -c -o $@ $<

$(LIB): $(OBJ)
	@rm -f $@
	$(Q)ar rcsD $@ $^

$(B)/obj/%.o: src/%.c Makefile VERSION
	@mkdir -p $(@D)
	$(if $(Q),@echo "  cc  $<")
	$(Q)$(COMPILE) -c -o $@ $<

$(B)/unit/%: tests/unit/%.c $(LIB)
	@mkdir -p $(@D)
	$(if $(Q),@echo "  cc  $<")
	$(Q)$(COMPILE) -Itests/unit -o $@ $< $(LIB) $(ALL_LDFLAGS) $(LIBS) -lcmocka

$(B)/dialogue/%: tests/dialogue/%.c $(LIB)
	@mkdir -p $(@D)
	$(if $(Q),@echo "  cc  $<")
	$(Q)$(COMPILE) -o $@ $< $(LIB) $(ALL_LDFLAGS) $(LIBS)

# A DNS server with a domain for each knob, which resolvers are asked about: foreign ones, and ours.
$(B)/tests/dns-%: tests/dns/%.c $(LIB)
	@mkdir -p $(@D)
	$(if $(Q),@echo "  cc  $<")
	$(Q)$(COMPILE) -o $@ $< $(LIB) $(ALL_LDFLAGS) $(LIBS)

# Commands in a room, with a server in the world beside it.
$(B)/tests/room: tests/room/room.c $(GATE_$(V)) $(LIB)
	@mkdir -p $(@D)
	$(if $(Q),@echo "  cc  $<")
	$(Q)$(COMPILE) -o $@ $^ $(ALL_LDFLAGS) $(WRAP_$(V)) $(LIBS)

# Senders of ours are programs of their own: nothing of Doormat is in them.
$(B)/senders/scripted: $(filter-out tests/senders/send_%,$(wildcard tests/senders/*.c)) $(wildcard tests/senders/*.h) Makefile
	@mkdir -p $(@D)
	$(if $(Q),@echo "  cc  $@")
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -Itests/senders -o $@ $(filter %.c,$^) $(ALL_LDFLAGS) -lssl -lcrypto

# A fuzzer's function with a plain main: runs the files it is given.  Any compiler will do.
$(B)/replay/%: tests/fuzz/%.c $(B)/replay/replay.o $(LIB)
	@mkdir -p $(@D)
	$(if $(Q),@echo "  cc  $<")
	$(Q)$(COMPILE) -o $@ $< $(B)/replay/replay.o $(LIB) $(ALL_LDFLAGS) $(LIBS)

$(B)/replay/replay.o: tests/fuzz/replay.c Makefile
	@mkdir -p $(@D)
	$(if $(Q),@echo "  cc  $<")
	$(Q)$(COMPILE) -c -o $@ $<

$(B)/fuzz/%: tests/fuzz/%.c $(LIB)
	@mkdir -p $(@D)
	$(if $(Q),@echo "  cc  $<")
	$(Q)$(COMPILE) -fsanitize=fuzzer -o $@ $< $(LIB) $(ALL_LDFLAGS) $(LIBS)

$(B)/bench/%: bench/%.c $(LIB)
	@mkdir -p $(@D)
	$(if $(Q),@echo "  cc  $<")
	$(Q)$(COMPILE) -Ibench -o $@ $< $(LIB) $(ALL_LDFLAGS) $(LIBS)

-include $(OBJ:.o=.d) $(B)/obj/cmd/main.d $(UNIT:=.d) $(FUZZ:=.d) $(REPLAY:=.d) $(DIALOGUE:=.d) $(BENCH:=.d) $(DNS_WORLD:=.d) $(ROOM:=.d) $(DNS_RECURSOR:=.d)

tests: $(BIN) $(UNIT) $(DIALOGUE) $(REPLAY) $(SENDERS) $(DNS_WORLD) $(ROOM) $(DNS_RECURSOR) ## build the test programs too

# The tools come first, since the build needs them; then a make of its own builds with all cores and says only what fails.
setup-%:
	@tools/setup $(SETUP_$*)
SETUP_demo  := --demo
SETUP_tests := --tests
SETUP_lint  := --lint
SETUP_fuzz  := --fuzz
SETUP_bare  := --bare
SETUP_deb   := --deb
SETUP_scoreboard := --tests --scoreboard
QUIET_MAKE = +@$(MAKE) --no-print-directory -s $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))
BUILD = $(QUIET_MAKE) V=$(V)

demo: setup-demo ## build, then show the tables for curl, curl -k, msmtp and Postfix
	$(BUILD) all
	@tools/demo $(BIN)

check: setup-tests ## all tests: unit, dialogue, fuzz corpora, end to end, isolation, samples of torture and attack
	$(BUILD) tests
	$(TORTURE_$(V))
	@tools/check --build $(B)

unit dialogue replay e2e: setup-tests ## one group of the tests
	$(BUILD) tests
	@tools/check --build $(B) $@

# For the machines that tools/torture-wraps knows.  A sample belongs to `make check` of V=release.
TORTURED := $(if $(filter x86_64 aarch64,$(shell uname -m)),build/torture/doormat build/torture/senders/scripted build/torture/tests/room)
TORTURE_release = $(if $(TORTURED),$(QUIET_MAKE) V=torture $(TORTURED))
TORTURE_EVERY ?= 1

torture: setup-tests ## the n-th call fails, for each n (or TORTURE_EVERY), over runs of try, check, serve and mint
	$(TORTURE_release)
	@tests/torture/torture.py --every $(TORTURE_EVERY) build/torture/doormat

attack: setup-tests ## who means Doormat ill: crowds, floods, hostile servers, resolvers and files, with figures
	$(BUILD) all
	@DOORMAT_BIN=$(abspath $(BIN)) tests/attack/attack.py

isolation: setup-tests ## every fault seen by doormat, openssl, gnutls, sslscan and testssl
	$(BUILD) all
	@DOORMAT_BIN=$(abspath $(BIN)) tests/isolation/isolation.py

# Drivers of libraries that have to be compiled.
DRIVERS := build/senders/send_go build/senders/SendJakarta.class build/senders/send_mbedtls build/senders/send_wolfssl
drivers: $(DRIVERS)

build/senders/send_go: tests/senders/send_go.go
	@mkdir -p $(@D)
	$(Q)go build -o $@ $<

build/senders/SendJakarta.class: tests/senders/SendJakarta.java
	@mkdir -p $(@D)
	$(Q)javac -d $(@D) -cp /usr/share/java/jakarta-mail.jar $<

build/senders/send_mbedtls: tests/senders/send_tls.c
	@mkdir -p $(@D)
	$(Q)gcc -O2 $(WARN) -DWITH_MBEDTLS -o $@ $< -lmbedtls -lmbedx509 -lmbedcrypto

build/senders/send_wolfssl: tests/senders/send_tls.c
	@mkdir -p $(@D)
	$(Q)gcc -O2 $(WARN) -o $@ $< -lwolfssl

# Debian's own senders first, whatever else is on the PATH.
scoreboard: setup-scoreboard ## what real senders do at every fault: writes doc/scoreboard.md
	$(BUILD) all drivers
	@PATH=/usr/sbin:/usr/bin:/sbin:/bin:$$PATH DOORMAT_BIN=$(abspath $(BIN)) tests/scoreboard/scoreboard.py

valgrind: setup-tests ## unit tests and dialogues under valgrind
	$(BUILD) tests
	@tools/check --build $(B) --valgrind unit dialogue

lint: setup-lint ## layers, lengths, format, man page, documents
	$(BUILD) all
	@tools/lint $(BIN)

peers: ## of what others test, how much Doormat serves
	$(BUILD) $(BIN)
	@tools/peers $(BIN)

fuzz: ## run each fuzzer for FUZZ_SECONDS (builds V=fuzz)
	@tools/setup --fuzz
	$(QUIET_MAKE) V=fuzz fuzzers
	@tools/fuzz build/fuzz/fuzz $(FUZZ_SECONDS)

fuzzers: $(FUZZ)

bench: setup-tests ## the figures, as ratios
	$(BUILD) $(BIN) $(BENCH)
	@bench/run $(B)

coverage: setup-tests ## run all tests in V=cov and sum up the lines they reach
	+@$(MAKE) --no-print-directory V=cov check
	@tools/coverage build/cov

bare: setup-bare ## the README's commands in a minimal Debian 12 of their own, as root
	@tools/bare

deb: setup-deb ## the Debian package, in build/deb, as lintian likes it
	@tools/deb

install: $(BIN) ## install under $(DESTDIR)$(PREFIX); the variables PREFIX and DESTDIR say where
	install -D -m 755 $(BIN) $(DESTDIR)$(PREFIX)/bin/doormat
	install -D -m 644 doc/doormat.1 $(DESTDIR)$(PREFIX)/share/man/man1/doormat.1
	install -D -m 644 doc/doormat.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/doormat

uninstall: ## remove what make install put under $(DESTDIR)$(PREFIX)
	rm -f $(DESTDIR)$(PREFIX)/bin/doormat $(DESTDIR)$(PREFIX)/share/man/man1/doormat.1 \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions/doormat

clean: ## remove build/
	rm -rf build

help: ## this list
	@echo "usage: make [V=release|asan|tsan|cov|fuzz|torture] TARGET"
	@echo
	@sed -n 's/^\([a-z][a-z0-9 ]*\):.*## \(.*\)/  \1|\2/p' Makefile | \
	    awk -F'|' '{ gsub(/\$$\(V\)/, "$(V)"); gsub(/\$$\(DESTDIR\)\$$\(PREFIX\)/, "$(DESTDIR)$(PREFIX)"); \
	        printf "%-30s %s\n", $$1, $$2 }'

.PHONY: all tests demo check unit dialogue replay e2e torture attack isolation drivers scoreboard valgrind lint peers fuzz fuzzers bench \
        coverage bare deb install uninstall clean help
.DEFAULT_GOAL := all
