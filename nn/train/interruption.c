/* Notes Ctrl-C and SIGTERM, so that a command can end with its files whole. */
#include "interruption.h"

#include <signal.h>
#include <stddef.h>

/* Set by the signal handler alone. A handler can reach nothing but a global, and blocking the signals would not do:
 * OpenBLAS starts threads before main that do not block them. */
static volatile sig_atomic_t signalled;

static void note_signal(int number) {
  signalled = number;
}

void train_interruption_catch(void) {
  struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART | SA_RESETHAND};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

int train_interruption_asked(void *user) {
  (void)user;
  return signalled != 0;
}
