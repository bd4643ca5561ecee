#include "room/link.h"

#include <assert.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/numeric.h"

enum { LINK_MESSAGE_B = 1024, LINK_ANSWER_B = 8192, LINK_UP = 1 /* IFF_UP of net/if.h */ };

struct link {
    struct mnl_socket *socket;
    uint32_t sequence;
};

/* A message under construction. */
union message {
    struct nlmsghdr header;
    char bytes[LINK_MESSAGE_B];
};

int link_open(struct link **out, struct err *err) {
    struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);

    if (socket == NULL)
        return err_errno(err, "no netlink socket");
    if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) != 0) {
        err_errno(err, "no netlink socket");
        mnl_socket_close(socket);
        return -1;
    }
    *out = mem_zalloc(sizeof **out);
    (*out)->socket = socket;
    return 0;
}

void link_close(struct link **link) {
    struct link *dying = *link;

    *link = NULL;
    if (dying == NULL)
        return;
    mnl_socket_close(dying->socket);
    free(dying);
}

static void begin(union message *message, int type, int flags) {
    memset(message, 0, sizeof *message);
    mnl_nlmsg_put_header(message);
    message->header.nlmsg_type = (uint16_t)type;
    message->header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
}

/* The kernel acts before it answers; its answer is an error number, 0 if all is well. */
static int receive_answer(struct link *link) {
    union {
        struct nlmsghdr header;
        char bytes[LINK_ANSWER_B];
    } answer;
    ssize_t n;

    do
        n = mnl_socket_recvfrom(link->socket, &answer, sizeof answer);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno;
    if (!mnl_nlmsg_ok(&answer.header, (int)n) || answer.header.nlmsg_type != NLMSG_ERROR ||
        answer.header.nlmsg_seq != link->sequence)
        return EPROTO;
    return -((const struct nlmsgerr *)mnl_nlmsg_get_payload(&answer.header))->error;
}

/* 0 or an errno. */
static int ask_kernel(struct link *link, union message *message) {
    message->header.nlmsg_seq = ++link->sequence;
    if (mnl_socket_sendto(link->socket, message, message->header.nlmsg_len) < 0)
        return errno;
    return receive_answer(link);
}

static int failed(int cause, struct err *err, const char *what, const char *which) {
    if (cause == 0)
        return 0;
    errno = cause;
    return err_errno(err, "%s %s", what, which);
}

int link_add_pair(struct link *link, struct link_end here, struct link_end there, int there_fd,
                  struct err *err) {
    union message message;

    begin(&message, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    struct ifinfomsg *own = mnl_nlmsg_put_extra_header(&message.header, sizeof *own);
    own->ifi_index = here.number;
    mnl_attr_put_strz(&message.header, IFLA_IFNAME, here.name);
    struct nlattr *info = mnl_attr_nest_start(&message.header, IFLA_LINKINFO);
    mnl_attr_put_str(&message.header, IFLA_INFO_KIND, "veth");
    struct nlattr *data = mnl_attr_nest_start(&message.header, IFLA_INFO_DATA);
    struct nlattr *peer = mnl_attr_nest_start(&message.header, VETH_INFO_PEER);
    struct ifinfomsg *other = mnl_nlmsg_put_extra_header(&message.header, sizeof *other);
    other->ifi_index = there.number;
    mnl_attr_put_strz(&message.header, IFLA_IFNAME, there.name);
    mnl_attr_put_u32(&message.header, IFLA_NET_NS_FD, (uint32_t)there_fd);
    mnl_attr_nest_end(&message.header, peer);
    mnl_attr_nest_end(&message.header, data);
    mnl_attr_nest_end(&message.header, info);
    return failed(ask_kernel(link, &message), err, "no pair of interfaces", here.name);
}

static int change_link(struct link *link, int type, int number, unsigned flags) {
    union message message;

    begin(&message, type, 0);
    struct ifinfomsg *header = mnl_nlmsg_put_extra_header(&message.header, sizeof *header);
    header->ifi_index = number;
    header->ifi_flags = flags;
    header->ifi_change = flags;
    return ask_kernel(link, &message);
}

int link_delete(struct link *link, int number, struct err *err) {
    return failed(change_link(link, RTM_DELLINK, number, 0), err, "an interface", "stays");
}

int link_up(struct link *link, int number, struct err *err) {
    return failed(change_link(link, RTM_NEWLINK, number, LINK_UP), err, "an interface",
                  "cannot be switched on");
}

/* The addresses are ours, hence well-formed. */
static unsigned char family_of(const char *address, uint8_t bytes[NUMERIC_IPV6_B], size_t *len) {
    *len = numeric_bytes(address, bytes);
    assert(*len != 0);
    return *len == NUMERIC_IPV4_B ? AF_INET : AF_INET6;
}

static void put_address(union message *message, uint16_t type, const char *address) {
    uint8_t bytes[NUMERIC_IPV6_B];
    size_t len;

    family_of(address, bytes, &len);
    mnl_attr_put(&message->header, type, len, bytes);
}

int link_add_address(struct link *link, int number, struct link_prefix address, struct err *err) {
    union message message;
    uint8_t bytes[NUMERIC_IPV6_B];
    size_t len;

    begin(&message, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
    struct ifaddrmsg *header = mnl_nlmsg_put_extra_header(&message.header, sizeof *header);
    header->ifa_family = family_of(address.address, bytes, &len);
    header->ifa_prefixlen = (unsigned char)address.length;
    header->ifa_flags = IFA_F_NODAD;
    header->ifa_index = (unsigned)number;
    put_address(&message, IFA_LOCAL, address.address);
    put_address(&message, IFA_ADDRESS, address.address);
    return failed(ask_kernel(link, &message), err, "no address", address.address);
}

static struct rtmsg *begin_route(union message *message, struct link_prefix to, unsigned char table,
                                 unsigned char type) {
    uint8_t bytes[NUMERIC_IPV6_B];
    size_t len;

    begin(message, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
    struct rtmsg *header = mnl_nlmsg_put_extra_header(&message->header, sizeof *header);
    header->rtm_family = family_of(to.address, bytes, &len);
    header->rtm_dst_len = (unsigned char)to.length;
    header->rtm_table = table;
    header->rtm_type = type;
    header->rtm_protocol = RTPROT_STATIC;
    if (to.length > 0)
        put_address(message, RTA_DST, to.address);
    return header;
}

int link_add_local(struct link *link, struct link_prefix prefix, struct err *err) {
    union message message;

    begin_route(&message, prefix, RT_TABLE_LOCAL, RTN_LOCAL)->rtm_scope = RT_SCOPE_HOST;
    mnl_attr_put_u32(&message.header, RTA_OIF, LINK_LOOPBACK);
    return failed(ask_kernel(link, &message), err, "no local route", prefix.address);
}

int link_add_beyond(struct link *link, int number, const char *address, struct err *err) {
    union message message;
    uint8_t bytes[NUMERIC_IPV6_B];
    size_t len;

    family_of(address, bytes, &len);
    struct link_prefix to = {address, (unsigned)len * 8};
    begin_route(&message, to, RT_TABLE_LOCAL, RTN_UNICAST)->rtm_scope = RT_SCOPE_LINK;
    mnl_attr_put_u32(&message.header, RTA_OIF, (uint32_t)number);
    return failed(ask_kernel(link, &message), err, "no route to", address);
}

int link_add_default(struct link *link, int number, const char *gateway, struct err *err) {
    union message message;
    uint8_t bytes[NUMERIC_IPV6_B];
    size_t len;
    struct link_prefix all = {family_of(gateway, bytes, &len) == AF_INET ? "0.0.0.0" : "::", 0};

    begin_route(&message, all, RT_TABLE_MAIN, RTN_UNICAST);
    put_address(&message, RTA_GATEWAY, gateway);
    mnl_attr_put_u32(&message.header, RTA_OIF, (uint32_t)number);
    return failed(ask_kernel(link, &message), err, "no default route over", gateway);
}
