/* The output file: written without a name into its folder, named beside its place and renamed at the end, so that
 * neither a failure nor a signal leaves half a file or takes an older one away. Where the file system knows no files
 * without a name it has a temporary one from the start, and a signal leaves that behind. (Signals are not caught:
 * OpenCV's libraries start threads before main, which blocking does not reach, and a handler needs a global.) */
#define _GNU_SOURCE /* O_TMPFILE */
#include "sink.h"

#include "message.h"

#include <glyphlift/glyphlift.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAMES_TRIED = 1000 };

static int fail(const sink *sink, const char *what) {
  if (errno != EPIPE) complain("%s: cannot be %s: %s", sink->name, what, glyph_errno_text(errno));
  return -1;
}

/* Length of the folder in path, its slash included; 0 for none. */
static int folder_length(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? (int)(slash - path) + 1 : 0;
}

/* A file without a name in the folder of sink->path, or -1. */
static int open_unnamed(const sink *sink) {
#ifdef O_TMPFILE
  char *folder = strdup(sink->path);
  if (!folder || access("/proc/self/fd", X_OK)) {
    free(folder);
    return -1;
  }
  folder[folder_length(sink->path)] = '\0';
  int file = open(*folder ? folder : ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
  free(folder);
  return file;
#else
  (void)sink;
  return -1;
#endif
}

/* Makes the file `name`: a new one where `unnamed` is -1, else a name for that. Returns its descriptor or -1. */
static int make_name(int unnamed, const char *name) {
  char link[64];
  if (unnamed < 0) return open(name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
  snprintf(link, sizeof link, "/proc/self/fd/%d", unnamed);
  return linkat(AT_FDCWD, link, AT_FDCWD, name, AT_SYMLINK_FOLLOW) ? -1 : unnamed;
}

/* The same under the first free name of the form folder/.glyphlift-PROCESS-N, which becomes sink->temporary. */
static int make_temporary(sink *sink, int unnamed) {
  int folder = folder_length(sink->path);
  size_t size = (size_t)folder + 64;
  char *name = malloc(size);
  int file = -1;
  if (!name) return -1;
  for (int i = 0; i < NAMES_TRIED && file < 0; i++) {
    snprintf(name, size, "%.*s.glyphlift-%ld-%d", folder, sink->path, (long)getpid(), i);
    file = make_name(unnamed, name);
    if (file < 0 && errno != EEXIST) break;
  }
  if (file >= 0)
    sink->temporary = name;
  else
    free(name);
  return file;
}

static void forget(sink *sink) {
  if (sink->temporary) unlink(sink->temporary);
  free(sink->temporary);
  free(sink->path);
}

/* sink->path is set. `status` is that of the file it replaces, or NULL. */
static int open_replacement(sink *sink, const struct stat *status) {
  int file = open_unnamed(sink);
  if (file < 0) file = make_temporary(sink, -1);
  if (file >= 0 && (!status || !fchmod(file, status->st_mode & 07777))) sink->stream = fdopen(file, "w");
  if (sink->stream) return 0;
  fail(sink, "created");
  if (file >= 0) close(file);
  forget(sink);
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
    return sink->stream ? 0 : fail(sink, "opened");
  }
  if (exists && access(path, W_OK)) return fail(sink, "opened");
  /* Where path is a symbolic link, what it points to is replaced. */
  sink->path = exists ? realpath(path, NULL) : strdup(path);
  return sink->path ? open_replacement(sink, exists ? &status : NULL) : fail(sink, "created");
}

int sink_write(sink *sink, const char *text) {
  return fputs(text, sink->stream) == EOF || fflush(sink->stream) ? fail(sink, "written") : 0;
}

/* All is flushed already. */
static int settle(sink *sink) {
  int file = fileno(sink->stream);
  if (fsync(file) || (!sink->temporary && make_temporary(sink, file) < 0)) return fail(sink, "written");
  return rename(sink->temporary, sink->path) ? fail(sink, "put in place") : 0;
}

int sink_close(sink *sink, int keep) {
  int failed = sink->path && keep ? settle(sink) : 0;
  if (fclose(sink->stream) && keep && !failed) failed = fail(sink, "written");
  if (!sink->path) return failed;
  if (keep && !failed) {
    free(sink->temporary);
    sink->temporary = NULL;
  }
  forget(sink);
  return failed;
}
