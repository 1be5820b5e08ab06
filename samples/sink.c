/* The output file: written beside its place under a temporary name and renamed at the end, so that neither a failure
 * nor a signal leaves half a file or takes an older one away. Signals are waited for by a thread of their own, which
 * may use any call and needs no global. A kill that cannot be caught leaves the temporary file. */
#include "sink.h"

#include "message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const sink *sink, const char *what) {
  if (errno != EPIPE) complain("%s: cannot %s: %s", sink->name, what, strerror(errno));
  return -1;
}

static void *remove_on_signal(void *user) {
  sink *sink = user;
  int number;
  if (sigwait(&sink->signals, &number)) return NULL;
  unlink(sink->temporary);
  signal(number, SIG_DFL);
  pthread_sigmask(SIG_UNBLOCK, &sink->signals, NULL);
  raise(number);
  return NULL;
}

/* Signals that are ignored already (nohup) stay so. */
static int watch_signals(sink *sink) {
  static const int deadly[] = {SIGHUP, SIGINT, SIGTERM};
  sigemptyset(&sink->signals);
  for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) {
    struct sigaction action;
    if (!sigaction(deadly[i], NULL, &action) && action.sa_handler == SIG_DFL) sigaddset(&sink->signals, deadly[i]);
  }
  pthread_sigmask(SIG_BLOCK, &sink->signals, &sink->signals_before);
  errno = pthread_create(&sink->watcher, NULL, remove_on_signal, sink);
  if (errno) pthread_sigmask(SIG_SETMASK, &sink->signals_before, NULL);
  return errno ? -1 : 0;
}

static void stop_watching(sink *sink) {
  pthread_cancel(sink->watcher);
  pthread_join(sink->watcher, NULL);
  pthread_sigmask(SIG_SETMASK, &sink->signals_before, NULL);
}

/* "folder/.glyphlift-XXXXXX" for "folder/name". NULL without memory. */
static char *make_template(const char *path) {
  static const char name[] = ".glyphlift-XXXXXX";
  const char *slash = strrchr(path, '/');
  size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
  char *template = malloc(folder + sizeof name);
  if (!template) return NULL;
  memcpy(template, path, folder);
  memcpy(template + folder, name, sizeof name);
  return template;
}

static mode_t mode_of_new_file(void) {
  mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

/* sink->path is set. */
static int open_temporary(sink *sink, mode_t mode) {
  sink->temporary = make_template(sink->path);
  int file = sink->temporary ? mkstemp(sink->temporary) : -1;
  if (file >= 0) sink->stream = fdopen(file, "w");
  if (sink->stream && !fchmod(file, mode) && !watch_signals(sink)) return 0;
  fail(sink, "create");
  if (file >= 0) unlink(sink->temporary);
  if (sink->stream)
    fclose(sink->stream);
  else if (file >= 0)
    close(file);
  free(sink->temporary);
  free(sink->path);
  return -1;
}

int sink_open(sink *sink, const char *path) {
  struct stat status;
  *sink = (struct sink){.name = path};
  if (!path || !strcmp(path, "-")) {
    sink->name = "standard output";
    sink->stream = stdout;
    return 0;
  }
  int exists = !stat(path, &status);
  if (exists && !S_ISREG(status.st_mode)) {
    sink->stream = fopen(path, "w");
    return sink->stream ? 0 : fail(sink, "open");
  }
  if (exists && access(path, W_OK)) return fail(sink, "open");
  /* Where path is a symbolic link, what it points to is replaced. */
  sink->path = exists ? realpath(path, NULL) : strdup(path);
  if (!sink->path) return fail(sink, "create");
  return open_temporary(sink, exists ? status.st_mode & 07777 : mode_of_new_file());
}

int sink_write(sink *sink, const char *text) {
  return fputs(text, sink->stream) == EOF || fflush(sink->stream) ? fail(sink, "write") : 0;
}

int sink_close(sink *sink, int keep) {
  int failed = 0;
  if (keep && sink->temporary && fsync(fileno(sink->stream))) failed = fail(sink, "write");
  if (fclose(sink->stream) && keep && !failed) failed = fail(sink, "write");
  if (!sink->temporary) return failed;
  if (keep && !failed && rename(sink->temporary, sink->path)) failed = fail(sink, "rename to it");
  if (!keep || failed) unlink(sink->temporary);
  stop_watching(sink);
  free(sink->temporary);
  free(sink->path);
  return failed;
}
