/* Reasons of failed system calls. */
#ifndef GLYPHLIFT_NN_ERRNO_TEXT_H
#define GLYPHLIFT_NN_ERRNO_TEXT_H

/* A part of a sentence, e.g. "permission denied"; static. */
const char *nn_errno_text(int number);

#endif
