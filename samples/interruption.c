/* Ctrl-C and SIGTERM, for commands that end in good order. */
#include "interruption.h"

#include <signal.h>
#include <stddef.h>

/* Set by the handler alone, which can reach nothing but a global. Blocking the signals would not do: libraries start
 * threads before main that do not block them. */
static volatile sig_atomic_t signalled;

static void note_signal(int number) {
  signalled = number;
}

void interruption_catch(void) {
  struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART | SA_RESETHAND};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

int interruption_signal(void) {
  return signalled;
}

void interruption_pass_on(void) {
  raise(signalled);
}
