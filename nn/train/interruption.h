/* Ctrl-C and SIGTERM as a question that long work asks. */
#ifndef GLYPHLIFT_TRAIN_INTERRUPTION_H
#define GLYPHLIFT_TRAIN_INTERRUPTION_H

/* From now on the first of these signals is only noted; a second one ends the program at once. */
void train_interruption_catch(void);
/* 1 once a signal was noted. In the form that train_trainer_epoch asks in; user is not looked at. */
int train_interruption_asked(void *user);

#endif
