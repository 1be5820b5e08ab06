#!/usr/bin/env bash
# The installed tree as its users meet it: every public header compiles alone in C11 and C++17, programs build through
# the CMake package and through pkg-config, the program runs from a tree that was moved, and the library exports its
# public functions and nothing else.
set -euo pipefail

build=${GLYPHLIFT_BUILD_DIR:?the build folder}
source=${GLYPHLIFT_SOURCE_DIR:?the source folder}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

complain() {
  echo "test_install: $*"
  failed=1
}

cmake --install "$build" --prefix "$work/first" >"$work/log" || { cat "$work/log"; exit 1; }
prefix=$work/moved
mv "$work/first" "$prefix"
library=$(find "$prefix" -name libglyphlift.so)
libdir=$(dirname "$library")
sanitize=$(grep -qx 'GLYPHLIFT_SANITIZE:BOOL=ON' "$build/CMakeCache.txt" && echo '-fsanitize=address,undefined' || true)

headers() {
  for header in "$prefix"/include/glyphlift/*.h; do
    header=$(basename "$header")
    echo "#include <glyphlift/$header>" >"$work/alone.c"
    cc -std=c11 -pedantic -Wall -Wextra -Werror -I"$prefix/include" -fsyntax-only "$work/alone.c" ||
      complain "$header does not compile alone in C11"
    c++ -std=c++17 -pedantic -Wall -Wextra -Werror -I"$prefix/include" -fsyntax-only -x c++ "$work/alone.c" ||
      complain "$header does not compile alone in C++17"
  done
  for header in "$source"/shim/*.h; do
    echo "#include \"$header\"" >"$work/alone.c"
    cc -std=c11 -pedantic -Wall -Wextra -Werror -fsyntax-only "$work/alone.c" ||
      complain "$header does not compile alone in C11"
    c++ -std=c++17 -pedantic -Wall -Wextra -Werror -fsyntax-only -x c++ "$work/alone.c" ||
      complain "$header does not compile alone in C++17"
  done
}

# A function declared GLYPH_API or NN_API is exported, and no other symbol is. Modules export their one table.
symbols() {
  grep -hE '^(GLYPH|NN)_API ' "$prefix"/include/glyphlift/*.h | sed -E 's/^[^(]*[ *]([a-z_0-9]+)\(.*/\1/' | sort \
    >"$work/declared"
  nm -D --defined-only "$libdir"/libglyphlift.so $(ls "$libdir"/libglyphlift-batch.so 2>/dev/null) |
    awk 'NF == 3 { print $3 }' | sort >"$work/exported"
  [ -s "$work/declared" ] || complain "no public function was found in the headers"
  diff "$work/declared" "$work/exported" >"$work/difference" ||
    complain "declared (<) and exported (>) symbols differ:" "$(cat "$work/difference")"
  for module in "$libdir"/glyphlift/*.so; do
    [ -e "$module" ] || continue
    nm -D --defined-only "$module" | awk '{ print $3 }' >"$work/exported"
    [ "$(grep -c . "$work/exported")" = 1 ] ||
      complain "$(basename "$module") exports more than its one table:" "$(head -n 20 "$work/exported")"
  done
  readelf -d "$library" | grep -q 'SONAME.*libglyphlift\.so\.' || complain "the library has no soname with a version"
}

program() {
  local expected
  expected="glyphlift $(sed -nE 's/^#define GLYPH_VERSION "(.*)"$/\1/p' "$prefix/include/glyphlift/glyphlift.h")"
  [ "$("$prefix/bin/glyphlift" --version | head -n 1)" = "$expected" ] ||
    complain "the moved program does not print '$expected'"
  grep -q "^project(glyphlift VERSION ${expected#glyphlift } " "$source/CMakeLists.txt" ||
    complain "CMakeLists.txt has another version than glyphlift.h"
}

manual() {
  local file
  for file in man/man1/glyphlift.1 man/man1/glyphlift-read.1 bash-completion/completions/glyphlift \
    zsh/site-functions/_glyphlift; do
    [ -s "$prefix/share/$file" ] || complain "share/$file is not installed"
  done
}

# The README's example, built as a project of its own would.
consumers() {
  mkdir "$work/consumer"
  cp "$source/samples/read_photo.c" "$work/consumer/"
  cat >"$work/consumer/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.22)
project(consumer LANGUAGES C)
find_package(glyphlift 0.1 REQUIRED)
add_executable(consumer read_photo.c)
target_link_libraries(consumer PRIVATE glyphlift::glyphlift)
END
  if cmake -S "$work/consumer" -B "$work/consumer/build" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_FLAGS="$sanitize" \
    >"$work/log" 2>&1 && cmake --build "$work/consumer/build" >>"$work/log" 2>&1; then
    "$work/consumer/build/consumer" "$source/samples/pages/numbers.jpg" >"$work/read" ||
      complain "the example built through the CMake package fails"
    grep -q '[0-9]' "$work/read" || complain "the example built through the CMake package reads no digit"
  else
    complain "the CMake package does not build the example:" "$(cat "$work/log")"
  fi
  if command -v pkg-config >/dev/null; then
    local flags
    flags=$(PKG_CONFIG_PATH=$libdir/pkgconfig pkg-config --cflags --libs glyphlift)
    cc $sanitize "$source/samples/read_photo.c" $flags -Wl,-rpath,"$libdir" -o "$work/by_pkg_config" ||
      complain "pkg-config's flags do not build the example"
  fi
}

headers
symbols
program
manual
consumers
[ $failed = 0 ] && echo "the installed tree is in order"
exit $failed
