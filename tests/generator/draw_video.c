/* glyphlift-draw-video: draws a video of sheets under a camera, and prints its truth as rows of tab-separated values:
 * from when to when (milliseconds) which numbers are to be told. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "video.h"

static int usage(FILE *out, int status) {
  fputs("Usage: glyphlift-draw-video [OPTIONS] VIDEO.avi\n"
        "  -s, --seed N    another video for each number (default 1)\n"
        "  -f, --fps N     frames a second (default 30)\n"
        "  -w, --width N   pixels; the height follows as 9 to 16 (default 1280)\n"
        "  -h, --help\n",
        out);
  return status;
}

int main(int argc, char **argv) {
  static const struct option options[] = {{"seed", required_argument, NULL, 's'},
                                          {"fps", required_argument, NULL, 'f'},
                                          {"width", required_argument, NULL, 'w'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
  video_spec spec = {&video_scene_sheets, 1, 1280, 720, 30};
  int option;
  while ((option = getopt_long(argc, argv, "s:f:w:h", options, NULL)) != -1) switch (option) {
    case 's': spec.seed = strtoull(optarg, NULL, 10); break;
    case 'f': spec.fps = atoi(optarg); break;
    case 'w': spec.width = atoi(optarg); break;
    case 'h': return usage(stdout, 0);
    default: return usage(stderr, 2);
    }
  spec.height = spec.width * 9 / 16;
  if (optind + 1 != argc || spec.fps < 1 || spec.width < 64) return usage(stderr, 2);
  if (video_write(&spec, argv[optind])) {
    fprintf(stderr, "glyphlift-draw-video: %s: cannot be written\n", argv[optind]);
    return 1;
  }
  for (int i = 0; i < spec.scene->truth_count; i++)
    printf("%g\t%g\t%s\n", spec.scene->truth[i].from_ms, spec.scene->truth[i].to_ms, spec.scene->truth[i].text);
  return 0;
}
