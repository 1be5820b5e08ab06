#!/bin/bash
# Start-up costs: JPEG and PNG load no module and none of OpenCV's file, camera and window libraries; another kind of
# picture loads the codecs, which shows that this test would see them.
. "$(dirname "$0")/common.sh"
heavy='glyphlift_(codecs|video|window)|opencv_(imgcodecs|videoio|highgui)'

# loaded ARGUMENTS...: the libraries the dynamic linker opens for the program go to the file libraries.
loaded() {
  rm -f linker*
  LD_DEBUG=files LD_DEBUG_OUTPUT=linker "$glyphlift" "$@" >out 2>err
  status=$? ran="glyphlift $*"
  cat linker* | grep -oE '(calling init: |file=)[^ ]+' >libraries
  expect grep -q opencv_imgproc libraries
}
for arguments in --version "read $pages/numbers.jpg" "classify $pages/single.png"; do
  loaded $arguments
  expect_status 0
  grep -E "$heavy" libraries && fail 'a module was loaded'
done

if [ -e "$build/glyphlift_codecs.so" ]; then
  { printf 'P5\n40 40\n255\n' && head -c 1600 /dev/zero; } >blank.pgm
  loaded read blank.pgm
  expect_status 0
  expect grep -q glyphlift_codecs libraries
else
  echo 'SKIPPED: the codecs module is not built'
fi

finish
