/* become - the child's side between clone(2) and execve(2).  System calls alone, since the process that was copied may have
 * had threads. */
#ifndef DOORMAT_NET_BECOME_H
#define DOORMAT_NET_BECOME_H

/* Opens the file that becomes standard input; the descriptor, or -1. */
int become_open_input(const char *path);

/* input_fd (closed behind it) and output_fd become standard input, output and error; signals that we handle are again as a
 * program expects them, and the process group is its own.  argv[0] is looked up in PATH.  Returns only if it fails: errno. */
int become_program(const char *const *argv, const char *const *env, int input_fd, int output_fd);

#endif
