#include "report/check_tally.h"

#include "base/mem.h"

void check_tally_add(struct check_tally *tally, enum check_verdict verdict, size_t count) {
    tally->targets += count;
    tally->by_verdict[verdict] += count;
}

void check_tally_note(struct check_tally *tally, const struct check_result *result) {
    check_tally_add(tally, result->verdict, 1);
    tally->unlooked += check_result_reason(result) == CHECK_REASON_PRIVATE;
}

static void put_part(size_t count, const char *one, const char *many, struct buf *out) {
    buf_printf(out, "%zu %s", count, count == 1 ? one : many);
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
        bool is_unreached = parts[i].verdict == CHECK_UNREACHED;
        size_t count = tally->by_verdict[parts[i].verdict] - (is_unreached ? tally->unlooked : 0);

        if (count == 0 && parts[i].verdict != CHECK_MEETS)
            continue;
        buf_puts(out, between);
        put_part(count, parts[i].one, parts[i].many, out);
        between = ", ";
    }
    if (tally->unlooked > 0) {
        buf_puts(out, between);
        put_part(tally->unlooked, "was not looked at", "were not looked at", out);
    }
    buf_puts(out, ".");
}
