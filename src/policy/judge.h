/* judge - what the rooms of the judge share.  Private to src/policy.
 *
 * policy_judge picks the handshake that counts, lets each room note its findings, and drops
 * those that another finding implies. */
#ifndef DOORMAT_POLICY_JUDGE_H
#define DOORMAT_POLICY_JUDGE_H

#include "base/err.h"
#include "policy/policy_tables.h"

struct judge {
    const struct policy *policy;
    const struct policy_tables *tables;
    const struct host_facts *facts;
    const struct facts_handshake *handshake; /* the one that was completed and counts; or NULL */
    const struct facts_chain *chain;         /* the one that is judged; or NULL */
    bool is_beside; /* the handshake is one that offered only what the policy forbids */
    int year;
    struct findings *out;
};

enum { DEPTH_NONE = -1 };

/* A finding to be filled in and given to findings_add; the texts are empty. */
struct finding finding_of(const char *rule, struct appraisal appraisal, int depth,
                          const char *source);
struct appraisal appraisal_of(enum severity severity);
/* Is a value so appraised what the finding is short of? */
bool finding_wants(const struct finding *finding, struct appraisal appraisal);
void finding_see(struct finding *finding, const char *what, struct appraisal appraisal);

void findings_add(struct findings *findings, const struct finding *finding);
bool findings_have(const struct findings *findings, const char *rule, int depth);
bool findings_fail(const struct findings *findings, const char *rule); /* at any depth */
void findings_drop(struct findings *findings, const char *rule);       /* at all depths */
void findings_sort(struct findings *findings); /* worst first, then as the rules are listed */

void text_set(char *out, size_t size_b, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The alert's name, or its number where it has none. */
const char *alert_text(int alert, char *out, size_t size_b);
/* ", " between; what does not fit any more is left out, and shown as "..." */
void text_join(char *out, size_t size_b, const char *item);

struct appraisal appraise_version(const struct judge *judge, uint16_t version);
void judge_handshake(const struct judge *judge);
void judge_scheme(const struct judge *judge); /* with what the server signed the handshake */
void judge_beside(const struct judge *judge); /* what is taken that the policy forbids */
void judge_others(const struct judge *judge); /* what other clients get */
void judge_drop_implied(const struct judge *judge);
bool judge_bad_signature(const struct judge *judge); /* there was one */
void judge_failure(const struct judge *judge);       /* none was completed */
void judge_chain(const struct judge *judge);
/* The best that the rows say of a key of that kind and size. */
struct appraisal appraise_bits(const struct judge *judge, const struct key_row *rows, size_t count,
                               enum facts_key key, unsigned bits);
unsigned wanted_bits(const struct judge *judge, const struct key_row *rows, size_t count,
                     enum facts_key key); /* the least that is good */
void judge_key(const struct judge *judge, const struct facts_cert *cert, int depth);
void judge_key_flaw(const struct judge *judge, const struct facts_cert *cert, int depth);
void judge_signature(const struct judge *judge, const struct facts_cert *cert, int depth);

#define SEEN(finding, ...)   text_set((finding)->seen, sizeof(finding)->seen, __VA_ARGS__)
#define WANTED(finding, ...) text_set((finding)->wanted, sizeof(finding)->wanted, __VA_ARGS__)

#endif
