#include "harness/mta_postfix_policy.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "net/ask.h"
#include "report/settings.h"

enum { ENTRY_MAX_B = 4096 };

/* "partner.example" of the recipient; NULL if it is the one that nobody chose. */
static const char *domain_of_recipient(const struct mta *mta) {
    const char *at = strrchr(mta->setup->to, '@');

    return at == NULL || strcmp(at + 1, "doormat.test") == 0 ? NULL : at + 1;
}

/* What one table has under the key, as one line; empty: nothing. */
static void look_up(const struct mta *mta, const char *table, const char *key, struct buf *out) {
    char *postmap = mta_beside(mta, "postmap");
    const char *const words[] = {postmap, "-c", mta->machine, "-q", key, table, NULL};
    struct err err;

    if (ask_program(words, false, out, &err) < 0)
        texts_add(&mta->setup->about->seen, "%s: %s", table, err.text);
    while (out->len > 0 && out->data[out->len - 1] == '\n')
        out->data[--out->len] = '\0';
    free(postmap);
}

/* The entry for the key, or for the domains above it, as Postfix looks for them. */
static void find_entry(const struct mta *mta, const char *tables, const char *key,
                       struct buf *out) {
    char *copy = mem_strdup(tables), *rest = copy;

    for (char *table; (table = strsep(&rest, ", \t")) != NULL;)
        for (const char *k = key; *table != '\0' && out->len == 0 && k != NULL;
             k = key[0] == '[' ? NULL : strchr(k + 1, '.'))
            look_up(mta, table, k, out);
    free(copy);
}

/* Names to look for are those of the machine's partner, which no test host has. */
static void put_words(const char *entry, struct buf *out) {
    char *copy = mem_strdup(entry), *rest = copy;

    for (char *word; (word = strsep(&rest, " \t\n")) != NULL;)
        if (*word != '\0' && strncmp(word, "match=", 6) != 0 &&
            strncmp(word, "servername=", 11) != 0)
            buf_printf(out, " %s", word);
    free(copy);
}

static int write_table(const struct mta *mta, const char *key, const char *entry, struct err *err) {
    const struct mta_setup *setup = mta->setup;
    struct buf table, words;

    buf_init(&words, ENTRY_MAX_B);
    buf_init(&table, MTA_CONFIG_MAX_B);
    put_words(entry, &words);
    for (size_t i = 0; i < setup->route_count; i++)
        buf_printf(&table, "[%s]:%u%s\n", setup->host, mta_port(mta, &setup->routes[i]),
                   buf_text(&words));
    texts_add(&setup->about->seen, "smtp_tls_policy_maps for %s: %.400s", key, entry);
    texts_add(&setup->about->changed,
              "smtp_tls_policy_maps: the test hosts have the entry of %s, without the names to "
              "look for.",
              key);
    int rc = mta_write(mta, "tls_policy", buf_text(&table), err);
    buf_fini(&words);
    buf_fini(&table);
    return rc;
}

int postfix_write_policy(const struct mta *mta, postfix_ask_fn *ask, bool *found, struct err *err) {
    char *tables = ask(mta, "-xh", "smtp_tls_policy_maps", err);
    char *relay = tables != NULL ? ask(mta, "-xh", "relayhost", err) : NULL;
    const char *key = domain_of_recipient(mta);
    struct buf entry;
    int rc = 0;

    *found = false;
    buf_init(&entry, ENTRY_MAX_B);
    if (key == NULL && relay != NULL && *relay != '\0')
        key = relay;
    if (relay == NULL)
        rc = -1;
    else if (*tables != '\0' && key != NULL)
        find_entry(mta, tables, key, &entry);
    if (rc == 0 && *tables != '\0' && key != NULL && entry.len == 0)
        texts_add(&mta->setup->about->seen, "smtp_tls_policy_maps has nothing for %s", key);
    if (rc == 0 && entry.len > 0 && strstr(mta->setup->lines, "smtp_tls_security_level") != NULL)
        texts_add(&mta->setup->about->changed,
                  "The lines that were tried stand in place of the entry of %s in "
                  "smtp_tls_policy_maps.",
                  key);
    else if (rc == 0 && entry.len > 0) {
        *found = true;
        rc = write_table(mta, key, buf_text(&entry), err);
    }
    buf_fini(&entry);
    free(tables);
    free(relay);
    return rc;
}
