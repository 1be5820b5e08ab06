#!/usr/bin/env bash
# Builds everything and runs the whole test suite through CTest. From a bare machine: installs the packages that are
# missing first. Works from any folder.
#
#   tests/run.sh [--quick] [--sanitize] [--levels] [--no-install] [-- CTEST_ARGUMENT...]
#
#   --quick        only the tests labelled quick
#   --sanitize     under the address and undefined behaviour sanitizers, in a build folder of its own
#   --levels       the tests once for each level of kernels that the CPU has, instead of for the best alone
#   --no-install   leave the packages alone
#
# GLYPHLIFT_DATA names the folder of photographs and MNIST that some tests measure on; those say SKIPPED without it.
# GLYPHLIFT_CPU (scalar, baseline, avx2, avxvnni, avx512, vnni; on arm64 dotprod) holds the kernels down to one level.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build
install=yes
levels=no
configure=(-DGLYPHLIFT_TESTS=ON)
ctest=(--output-on-failure -j 2)

while [ $# -gt 0 ]; do
  case $1 in
    --quick) ctest+=(-L quick) ;;
    --sanitize)
      build=$root/build-sanitize
      configure+=(-DGLYPHLIFT_SANITIZE=ON)
      ;;
    --levels) levels=yes ;;
    --no-install) install=no ;;
    -h | --help) sed -n '2,/^set -/{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    --) shift; ctest+=("$@"); break ;;
    *) echo "run.sh: there is no option '$1'; see --help" >&2; exit 2 ;;
  esac
  shift
done

if [ $install = yes ]; then
  "$root/samples/install_packages.sh" all
fi
if [ -z "${GLYPHLIFT_DATA:-}" ] && [ -d "$root/../shared/data" ]; then
  GLYPHLIFT_DATA=$(cd "$root/../shared/data" && pwd)
  export GLYPHLIFT_DATA
fi

cmake -S "$root" -B "$build" "${configure[@]}"
cmake --build "$build" -j "$(nproc)"
cd "$build"
if [ $levels = no ]; then
  ctest "${ctest[@]}"
  exit
fi
failed=0
for level in $(./list_levels); do
  echo "== kernels: $level"
  GLYPHLIFT_CPU=$level ctest "${ctest[@]}" || failed=1
done
exit $failed
