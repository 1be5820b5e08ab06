#!/usr/bin/env bash
# From a bare machine to read digits: installs the packages that are missing, builds, reads a sample page, and says
# where the results lie. May be run again at any time and from any folder.
#
#   samples/quickstart.sh [--no-install] [PHOTO]
#
#   PHOTO          a picture of your own in place of the sample page
#   --no-install   leave the packages alone
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build
photo=$root/samples/pages/shadow.jpg
install=yes

while [ $# -gt 0 ]; do
  case $1 in
    --no-install) install=no ;;
    -h | --help) sed -n '2,/^set -/{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    -*) echo "quickstart: there is no option '$1'; see --help" >&2; exit 2 ;;
    *) photo=$1 ;;
  esac
  shift
done
if ! [ -r "$photo" ]; then
  echo "quickstart: $photo cannot be read" >&2
  exit 1
fi

if [ $install = yes ]; then
  "$root/samples/install_packages.sh" read
fi

mkdir -p "$build"
log=$build/quickstart.log
echo "Building into $build ..."
if ! { cmake -S "$root" -B "$build" && cmake --build "$build" -j "$(nproc)" --target glyphlift_program; } \
  >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  echo "quickstart: the build failed; all of its output is in $log" >&2
  exit 1
fi

results=$build/quickstart
name=$(basename "${photo%.*}")
mkdir -p "$results"
echo "Reading $photo"
echo
"$build/glyphlift" read --overlay "$results/$name.overlay.png" -- "$photo"
"$build/glyphlift" read -f json -o "$results/$name.json" -- "$photo"
echo
echo "JSON:              $results/$name.json"
echo "Annotated picture: $results/$name.overlay.png"
echo "The program:       $build/glyphlift read --help"
