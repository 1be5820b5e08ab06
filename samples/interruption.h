/* Ctrl-C and SIGTERM, for commands that end in good order. */
#ifndef GLYPHLIFT_PROGRAM_INTERRUPTION_H
#define GLYPHLIFT_PROGRAM_INTERRUPTION_H

/* From now on the first of these signals is noted; a second one ends the program at once. */
void interruption_catch(void);
/* The signal, or 0. */
int interruption_signal(void);
/* Ends the program as the signal would have, so that whoever started it knows. */
void interruption_pass_on(void);

#endif
