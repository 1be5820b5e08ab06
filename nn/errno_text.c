/* Reasons of failed system calls, for the sentences of nn, the pipeline, its programs and the trainer: strerror() would
 * answer in the user's language, and messages are the same in every locale. */
#include "errno_text.h"

#include <errno.h>

const char *nn_errno_text(int number) {
  switch (number) {
  case ENOENT: return "there is no such file or folder";
  case EACCES:
  case EPERM: return "permission denied";
  case EISDIR: return "it is a directory";
  case ENOTDIR: return "a part of its path is not a directory";
  case ENAMETOOLONG: return "the file name is too long";
  case ELOOP: return "too many symbolic links";
  case EMFILE:
  case ENFILE: return "too many open files";
  case ENOMEM: return "out of memory";
  case ENOSPC: return "no space left on the disk";
  case EDQUOT: return "the disk quota is used up";
  case EFBIG: return "the file would be too large";
  case EROFS: return "the file system is read-only";
  case EIO: return "the device reports an input/output error";
  case EBADF: return "it is not open";
  case EPIPE: return "the reader of the pipe has gone";
  case ENXIO:
  case ENODEV: return "there is no such device";
  case EBUSY:
  case ETXTBSY: return "it is in use";
  case EAGAIN: return "it has no data at the moment";
  case EINVAL: return "the file system does not allow it";
  case EXDEV: return "it lies on another file system";
  case EEXIST: return "the file exists";
  case ESTALE: return "the network file system lost it";
  case EOVERFLOW: return "the file is too large for this system";
  case ETIMEDOUT: return "the connection timed out";
  }
  return "unexpected system error";
}
