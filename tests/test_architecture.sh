#!/usr/bin/env bash
# The house's rules, read off the files: which room may include what, what may stand at the top, how large a file may
# be. Each rule is also tried on a small tree that breaks it, so that a rule that sees nothing is noticed.
set -euo pipefail

root=${GLYPHLIFT_SOURCE_DIR:-$(cd "$(dirname "$0")/.." && pwd)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

libc='(assert|ctype|dirent|errno|fcntl|float|fnmatch|inttypes|limits|locale|malloc|math|regex|setjmp|signal|stdalign|stdarg'
libc+='|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string|strings|time|unistd|wchar|sys/[a-z]+)\.h'
simd='(immintrin|arm_neon|cpuid|sys/auxv)\.h'
cxx='[a-z_]+'          # C++'s own headers carry no .h
nowhere='^$'

# The room a file belongs to; the first match counts.
room_of() {
  case $1 in
    nn/train/*) echo nn/train ;;
    nn/*) echo nn ;;
    shim/*.h) echo shim-headers ;;
    shim/*) echo shim ;;
    pipeline/input/*) echo pipeline/input ;;
    pipeline/stages/*) echo pipeline/stages ;;
    pipeline/output/*) echo pipeline/output ;;
    pipeline/batch/*) echo pipeline/batch ;;
    pipeline/camera/*) echo pipeline/camera ;;
    pipeline/glyphlift.h) echo public ;;
    pipeline/*) echo pipeline ;;
    samples/*) echo samples ;;
    tests/*) echo tests ;;
    *) echo unknown ;;
  esac
}

# What a room may include: between <>, and of our own files (paths from the top).
allowed_system() {
  case $1 in
    nn) echo "$libc|$simd" ;;
    nn/train) echo "$libc|getopt\.h|pthread\.h|cblas\.h|zlib\.h|jansson\.h|ft2build\.h|freetype/.*|xgboost/c_api\.h" ;;
    shim-headers) echo "$libc" ;;
    shim) echo "$libc|dlfcn\.h|link\.h|pthread\.h|linux/videodev2\.h|$cxx|opencv2/.*|tiffio\.h|poppler\.h|cairo\.h|libheif/heif\.h" ;;
    pipeline/input) echo "$libc|pthread\.h|jpeglib\.h|jerror\.h|png\.h" ;;
    pipeline/stages | pipeline) echo "$libc" ;;
    pipeline/output) echo "$libc|jansson\.h|png\.h|glyphlift/glyphlift\.h" ;;
    pipeline/batch) echo "$libc|pthread\.h|sqlite3\.h|nettle/sha2\.h|glyphlift/glyphlift\.h" ;;
    pipeline/camera) echo "$libc|pthread\.h|glyphlift/glyphlift\.h" ;;
    public) echo "(stddef|stdint)\.h" ;;
    samples) echo "$libc|getopt\.h|pthread\.h|glyphlift/(batch|camera|glyphlift|output|nn)\.h" ;;
    tests) echo '.*' ;;
    *) echo "$nowhere" ;;
  esac
}

allowed_own() {
  case $1 in
    nn) echo 'nn/([^/]+|x86/[^/]+|arm/[^/]+)' ;;
    nn/train) echo 'nn/.*|pipeline/(input|stages)/.*|pipeline/glyphlift\.h|shim/[^/]+\.h' ;;
    shim-headers) echo 'shim/[^/]+\.h' ;;
    shim) echo 'shim/[^/]+\.(h|hpp)' ;;
    # errno_text.h: one text for one reason, in nn and in all others.
    pipeline/input) echo 'pipeline/input/[^/]+\.h|pipeline/glyphlift\.h|shim/[^/]+\.h|nn/errno_text\.h' ;;
    pipeline/stages) echo 'pipeline/stages/[^/]+\.h|shim/shim\.h' ;;
    pipeline) echo 'pipeline/(stages/|input/)?[^/]+\.h|nn/nn\.h|shim/shim\.h' ;;
    # input.h declares png_write_file, the one place that writes PNG.
    pipeline/output) echo 'pipeline/output/[^/]+\.h|pipeline/glyphlift\.h|pipeline/input/input\.h|shim/shim\.h' ;;
    # input.h declares glyph_error_set and the decoders that image sequences go through.
    pipeline/camera)
      echo 'pipeline/camera/[^/]+\.h|pipeline/(input/input|output/output|glyphlift)\.h|shim/[^/]+\.h'
      ;;
    # input.h declares glyph_error_set.
    pipeline/batch) echo 'pipeline/batch/[^/]+\.h|pipeline/(input/input|output/output|output/output_string|glyphlift)\.h' ;;
    samples) echo 'samples/[^/]+\.h' ;;
    tests) echo '.*' ;;
    *) echo "$nowhere" ;;
  esac
}

sources() {
  (cd "$1" && find nn pipeline shim samples tests -type f \( -name '*.[ch]' -o -name '*.[ch]pp' -o -name '*.S' \) \
    2>/dev/null | sort) || true
}

# normalize PATH: its '..' resolved, into $path.
normalize() {
  local part
  path=
  for part in ${1//\// }; do
    case $part in
      ..) case $path in */*) path=${path%/*} ;; *) path= ;; esac ;;
      .) ;;
      *) path=${path:+$path/}$part ;;
    esac
  done
}

# Prints a sentence for each #include that its room does not allow.
check_includes() {
  local tree=$1 file line name path room system own
  while read -r file; do
    room=$(room_of "$file")
    system=$(allowed_system "$room")
    own=$(allowed_own "$room")
    while read -r line; do
      name=${line#*[<\"]}
      name=${name%%[>\"]*}
      if [[ $line == *'<'* ]]; then
        [[ $name =~ ^($system)$ ]] || echo "$file: <$name> is not for the room $room"
      else
        normalize "${file%/*}/$name"
        [[ $path =~ ^($own)$ ]] || echo "$file: \"$name\" ($path) is not for the room $room"
      fi
    done < <(grep -hE '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]' "$tree/$file" || true)
  done < <(sources "$tree")
}

# pipeline/input and the shim: one library a file (poppler draws with cairo, and they count as one).
check_one_library() {
  local tree=$1 file count
  for file in "$tree"/pipeline/input/*.c "$tree"/shim/*.{c,cpp}; do
    [ -e "$file" ] || continue
    count=$(grep -hoE '^#include <(jpeglib\.h|png\.h|tiffio\.h|poppler\.h|libheif|opencv2)' "$file" | sort -u | wc -l)
    [ "$count" -le 1 ] || echo "${file#"$tree"/}: includes $count picture libraries"
  done
}

# The shim's headers are C, and say nothing of OpenCV's types. In comments the name may stand.
check_shim_headers() {
  grep -nE '\bcv::|opencv2|\bCv[A-Z]|\bCV_[A-Z0-9]|\bMat\b|^[[:space:]]*(class|template|namespace)\b' \
    "$1"/shim/*.h /dev/null | sed "s|^$1/||; s|$| (an OpenCV or C++ name in a header of the shim)|" || true
}

check_top() {
  (cd "$1" && ls) | grep -vxE 'CMakeLists\.txt|README\.md|LICENSE|pipeline|nn|shim|samples|tests|build[^/]*' |
    sed 's/$/: no such entry may stand at the top/' || true
}

check_sizes() {
  (cd "$1" && find . -path './.git' -prune -o -path './build*' -prune -o -type f -size +1024k -print) |
    sed 's/$/: over 1 MiB/'
}

check_source_length() {
  local tree=$1 file
  while read -r file; do
    [ "$(wc -l <"$tree/$file")" -lt 600 ] || echo "$file: 600 lines or more"
  done < <(sources "$tree")
}

failed=0
run() {
  local check=$1 found
  found=$($check "$root")
  if [ -n "$found" ]; then
    printf '%s\n' "$found"
    failed=1
  fi
}

# breaks CHECK FILE TEXT EXPECTED: a tree of this one file must be found fault with, and the sentence name EXPECTED.
breaks() {
  local check=$1 file=$2 text=$3 expected=$4 tree=$work/tree
  rm -rf "$tree"
  mkdir -p "$tree/$(dirname "$file")" "$tree"/{pipeline/input,shim}
  printf '%b' "$text" >"$tree/$file"
  if ! $check "$tree" | grep -qF "$expected"; then
    echo "$check did not notice '$text' in $file"
    failed=1
  fi
}

# allows CHECK FILE TEXT: the same tree must pass.
allows() {
  local check=$1 file=$2 text=$3 tree=$work/tree
  rm -rf "$tree"
  mkdir -p "$tree/$(dirname "$file")" "$tree"/{pipeline/input,shim}
  printf '%b' "$text" >"$tree/$file"
  if [ -n "$($check "$tree")" ]; then
    echo "$check found fault with '$text' in $file"
    failed=1
  fi
}

breaks check_includes nn/model.c '#include <pthread.h>\n' pthread.h
breaks check_includes nn/model.c '#include "train/dataset.h"\n' train/dataset.h
breaks check_includes nn/model.c '  #  include "../pipeline/glyphlift.h"\n' glyphlift.h
breaks check_includes nn/train/main.c '#include "../../pipeline/output/output.h"\n' output.h
breaks check_includes shim/core.cpp '#include "../nn/nn.h"\n' nn.h
breaks check_includes shim/shim.h '#include <opencv2/core.hpp>\n' opencv2
breaks check_includes pipeline/stages/crop.c '#include <opencv2/core.hpp>\n' opencv2
breaks check_includes pipeline/stages/crop.c '#include "../../nn/nn.h"\n' nn.h
breaks check_includes pipeline/stages/crop.c '#include "../input/input.h"\n' input.h
breaks check_includes pipeline/input/png.c '#include "../stages/stages.h"\n' stages.h
breaks check_includes pipeline/output/json.c '#include "../../nn/nn.h"\n' nn.h
breaks check_includes pipeline/camera/track.c '#include "../results.h"\n' results.h
breaks check_includes pipeline/batch/run.c '#include "../reader.h"\n' reader.h
breaks check_includes pipeline/stages/crop.c '#include <sqlite3.h>\n' sqlite3.h
breaks check_includes pipeline/reader.c '#include <jpeglib.h>\n' jpeglib.h
breaks check_includes pipeline/reader.c '#include "../nn/kernels.h"\n' kernels.h
breaks check_includes samples/glyphlift.c '#include "../pipeline/glyphlift.h"\n' glyphlift.h
allows check_includes pipeline/reader.c '#include "../nn/nn.h"\n#include "stages/stages.h"\n#include <math.h>\n'
allows check_includes samples/glyphlift.c '#include <glyphlift/glyphlift.h>\n#include "options.h"\n'
breaks check_one_library pipeline/input/png.c '#include <png.h>\n#include <jpeglib.h>\n' png.c
breaks check_one_library shim/tiff.c '#include <tiffio.h>\n#include <libheif/heif.h>\n' tiff.c
breaks check_shim_headers shim/shim.h 'int shim_x(const cv::Mat *m);\n' shim.h
breaks check_top util/a.c '' util
breaks check_source_length nn/long.c "$(printf '\\n%.0s' {1..600})" long.c
mkdir -p "$work/large" && head -c 1100000 /dev/zero >"$work/large/model"
check_sizes "$work/large" | grep -q model || { echo "check_sizes did not notice a large file"; failed=1; }

run check_includes
run check_one_library
run check_shim_headers
run check_top
run check_sizes
run check_source_length
[ $failed = 0 ] && echo "the house is in order: $(sources "$root" | wc -l) sources looked at"
exit $failed
