# Doormat's one Makefile.  `make help` lists the targets; V=release|asan|cov|fuzz picks the variant, built in build/$(V).

V       ?= release
PREFIX  ?= /usr/local
DESTDIR ?=
VERSION := $(shell cat VERSION)
B       := build/$(V)

PKGS    := openssl libevent_core libevent_pthreads jansson
CC_release := gcc
CC_asan    := gcc
CC_cov     := gcc
CC_fuzz    := clang
CC      := $(CC_$(V))

WARN    := -Wall -Wextra -Werror -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 \
           -Wimplicit-fallthrough -Wundef -Wwrite-strings
HARDEN  := -fstack-protector-strong -fPIE -fno-strict-overflow
LINKHARD := -pie -Wl,-z,relro,-z,now,-z,noexecstack

FLAGS_release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-clash-protection -fcf-protection
FLAGS_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_cov     := -O0 -g --coverage
FLAGS_fuzz    := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LINK_asan     := -fsanitize=address,undefined
LINK_cov      := --coverage
LINK_fuzz     := -fsanitize=address,undefined

CPPFLAGS += -Isrc -D_GNU_SOURCE -DOPENSSL_API_COMPAT=30000 -DOPENSSL_NO_DEPRECATED -DDOORMAT_VERSION='"$(VERSION)"' \
            -include src/base/banned.h
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
ALL_CFLAGS  = -std=c11 $(WARN) $(HARDEN) $(FLAGS_$(V)) $(PKG_CFLAGS) $(CFLAGS)
ALL_LDFLAGS = $(LINKHARD) $(LINK_$(V)) $(LDFLAGS)
LIBS        = $(PKG_LIBS) -lpthread

SRC  := $(filter-out src/cmd/main.c,$(wildcard src/*/*.c))
OBJ  := $(SRC:src/%.c=$(B)/obj/%.o)
LIB  := $(B)/libdoormat.a
BIN  := $(B)/doormat
UNIT := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/test_*.c))
FUZZ := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

all: $(BIN)

$(BIN): $(B)/obj/cmd/main.o $(LIB)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(LIB): $(OBJ)
	@rm -f $@
	ar rcs $@ $^

$(B)/obj/%.o: src/%.c Makefile VERSION
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/unit/%: tests/unit/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -Itests/unit -MMD -MP -o $@ $< $(LIB) $(ALL_LDFLAGS) $(LIBS) -lcmocka

$(B)/fuzz/%: tests/fuzz/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -fsanitize=fuzzer -MMD -MP -o $@ $< $(LIB) $(ALL_LDFLAGS) $(LIBS)

unit: $(UNIT)

-include $(OBJ:.o=.d) $(B)/obj/cmd/main.d $(UNIT:=.d) $(FUZZ:=.d)

clean:
	rm -rf build

.PHONY: all unit clean
.DEFAULT_GOAL := all
