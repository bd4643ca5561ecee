#include "report/check_tally.h"

#include "base/mem.h"

void check_tally_add(struct check_tally *tally, enum check_verdict verdict, size_t count) {
    tally->targets += count;
    tally->by_verdict[verdict] += count;
}

void check_tally_put(const struct check_tally *tally, struct buf *out) {
    static const struct {
        enum check_verdict verdict;
        const char *one, *many;
    } parts[] = {
        {CHECK_MEETS, "meets the policy", "meet the policy"},
        {CHECK_BREAKS, "does not", "do not"},
        {CHECK_UNREACHED, "was not reached", "were not reached"},
        {CHECK_UNDECIDED, "is unknown", "are unknown"},
        {CHECK_NO_MAIL, "takes no mail", "take no mail"},
    };
    const char *between = ": ";

    buf_printf(out, "%zu target%s", tally->targets, tally->targets == 1 ? "" : "s");
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        size_t count = tally->by_verdict[parts[i].verdict];

        if (count == 0 && parts[i].verdict != CHECK_MEETS)
            continue;
        buf_printf(out, "%s%zu %s", between, count, count == 1 ? parts[i].one : parts[i].many);
        between = ", ";
    }
    buf_puts(out, ".");
}
