/* What the program says beside its results. */
#ifndef GLYPHLIFT_PROGRAM_MESSAGE_H
#define GLYPHLIFT_PROGRAM_MESSAGE_H

enum { EXIT_GOOD = 0, EXIT_INPUT = 1, EXIT_USAGE = 2, EXIT_ENVIRONMENT = 3 };

/* "glyphlift: " and one sentence to standard error. Control characters, which file names may hold, become '?'. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes text to standard output and closes it. Returns EXIT_GOOD, or EXIT_ENVIRONMENT having complained. */
int print_and_close(const char *text);
/* The same for the line that --version prints. */
int print_version(void);

#endif
