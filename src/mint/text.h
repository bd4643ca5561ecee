/* text - the marks in names and extensions, which stand for what depends on the host.  Private to src/mint.
 *
 *     {host}     the host; as an item of its own (at the start, or behind ',' or ';') with its kind: "DNS:localhost"
 *     {HOST}     the same in capitals
 *     {initial}  its first letter
 *     {label}    its first label
 *     {parent}   what it lies in, as far as that is below .test; else test, since the lab root can give no other
 *     {subtree}  as an item: the host and nothing else, as a name constraint has it: "IP:127.0.0.1/255.255.255.255"
 *     {domain}   likewise: what the host lies in; of one label, or of an address, the host alone
 *     {other}    likewise: somebody-else.test or, if the host is an address, a network of documentation
 *     {below}    likewise, {domain} with a dot before it; of one label, or of an address, the host alone
 *     {wildcard} as an item: *.DOMAIN, for a host with three labels or more; else the host, and a wildcard beside it
 *     {loopback} as an item: the addresses of localhost, or, of a host that is an address, DNS:localhost
 *     {address}  within an item: the host, if that is an address, or else 127.0.0.1
 *     {nul}      a byte 0, within a name
 *     {1000}     as items: a thousand names in .test; {10000} likewise
 *     {excluded} as items: 2000 excluded subtrees, none of them of consequence */
#ifndef DOORMAT_MINT_TEXT_H
#define DOORMAT_MINT_TEXT_H

#include "mint/lab.h"

/* In place of {nul} while the text is a C string. */
enum { MINT_TEXT_NUL = 0x01 };

void mint_expand(const struct mint_lab *lab, const char *text, struct buf *out);

#endif
