/* Where the overlay of each input goes. */
#ifndef GLYPHLIFT_PROGRAM_PATHS_H
#define GLYPHLIFT_PROGRAM_PATHS_H

#include "options.h"

/* One path an input, the caller's to free with paths_free; *out is NULL without --overlay. A directory that is missing
 * is made. Refuses, like -o, to write over an input, and to write one file twice. Returns EXIT_GOOD, or another exit
 * status having complained. */
int paths_plan(const options *options, char ***out);
/* The path for page `page` of a file of several, which stands in its name; page 0: the path itself. The caller's to
 * free; NULL without memory. */
char *paths_of_page(const char *path, int page);
void paths_free(char **paths, int count);

#endif
