/* explain_rules - `doormat check --explain`: what the rules mean, and how to fix a server. */
#ifndef DOORMAT_CMD_EXPLAIN_RULES_H
#define DOORMAT_CMD_EXPLAIN_RULES_H

/* Rules with commas between, or "list" for all their names.  Prints, errors too, and returns the exit status. */
int explain_rules(const char *names);

#endif
