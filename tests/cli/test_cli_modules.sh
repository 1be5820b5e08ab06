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
  # A BMP of 16 x 16 pixels, 24 bits each.
  {
    printf 'BM\066\003\000\000\000\000\000\000\066\000\000\000\050\000\000\000\020\000\000\000\020\000\000\000'
    printf '\001\000\030\000\000\000\000\000\000\003\000\000'
    head -c 784 /dev/zero # resolution and palette fields, then the pixels
  } >black.bmp
  loaded read black.bmp
  expect_status 0
  expect grep -q glyphlift_codecs libraries
else
  echo 'SKIPPED: the codecs module is not built'
fi

finish
