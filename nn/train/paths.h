/* Names of files and folders as the commands take them, and what the machine gives. */
#ifndef GLYPHLIFT_TRAIN_PATHS_H
#define GLYPHLIFT_TRAIN_PATHS_H

enum { TRAIN_PATH_SIZE = 4096 };

/* format holds one %s, for the name. Returns 0 where the result is too long. */
int train_path_make(char out[TRAIN_PATH_SIZE], const char *format, const char *name);
/* The folder that --data names (`given`), or, where that is NULL, the one of this set in GLYPHLIFT_DATA. Returns -1 to
 * go on, otherwise an exit status, having complained. */
int train_path_data(char out[TRAIN_PATH_SIZE], const char *command, const char *given, const char *set);
/* 1 or more. */
int train_core_count(void);

#endif
