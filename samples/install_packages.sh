#!/usr/bin/env bash
# Installs the Debian or Ubuntu packages that glyphlift is built from: those that are missing, without recommended
# extras. Works as root and through sudo.
#
#   samples/install_packages.sh [SET]...
#
#   read      compiler, CMake, and what reading JPEG and PNG needs (the default)
#   modules   OpenCV's other picture formats, video and windows; TIFF
#   documents PDF (poppler, under the GPL) and HEIC
#   batch     results databases: glyphlift batch, merge and export
#   trainer   what glyphlift-train needs, and fetching MNIST
#   tests     what the test suite needs
#   all       all of them
set -euo pipefail

usage() {
  sed -n '2,/^set -/{/^#/s/^# \{0,1\}//p}' "$0"
}

packages_of() {
  case $1 in
    read)
      echo gcc g++ make cmake libopencv-core-dev libopencv-imgproc-dev libjpeg-dev libpng-dev libjansson-dev
      ;;
    modules) echo libopencv-imgcodecs-dev libopencv-videoio-dev libopencv-highgui-dev libtiff-dev ;;
    documents) echo pkg-config libpoppler-glib-dev libheif-dev ;;
    batch) echo libsqlite3-dev nettle-dev ;;
    trainer) echo libopenblas-dev zlib1g-dev libfreetype-dev curl ;;
    tests) echo libcmocka-dev libopencv-dnn-dev python3 sqlite3 \
      gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user ;;
    all) for set in read modules documents batch trainer tests; do packages_of "$set"; done ;;
    *) return 1 ;;
  esac
}

is_installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    env "$@"
  else
    sudo env "$@"
  fi
}

# Root is root; sudo must be there, and where nobody can type a password it must not ask for one.
can_be_root() {
  [ "$(id -u)" != 0 ] || return 0
  command -v sudo >/dev/null || return 1
  { [ -t 0 ] && [ -z "${CI:-}" ]; } || sudo -n true 2>/dev/null
}

fail() {
  echo "install_packages: $*" >&2
  exit 1
}

wanted=()
for set in "${@:-read}"; do
  case $set in
    -h | --help) usage; exit 0 ;;
  esac
  list=$(packages_of "$set") || fail "there is no package set '$set'; the sets are read, modules, documents, batch, trainer, tests, all"
  read -r -a names <<<"$(echo $list)"
  wanted+=("${names[@]}")
done

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  system=$(. /etc/os-release 2>/dev/null && echo "${PRETTY_NAME:-}") || true
  fail "this system (${system:-unknown}) has no apt-get: install what these Debian packages hold by its own means," \
    "then run the command again with --no-install: ${wanted[*]}"
fi

missing=()
for package in "${wanted[@]}"; do
  is_installed "$package" || missing+=("$package")
done
if [ ${#missing[@]} = 0 ]; then
  echo "Packages: all ${#wanted[@]} are there already."
  exit 0
fi

install=(apt-get install -y --no-install-recommends "${missing[@]}")
can_be_root || fail "neither root nor sudo without a password is at hand: let an administrator run '${install[*]}'"
echo "Packages: ${#wanted[@]} needed, installing the ${#missing[@]} missing ones: ${missing[*]}"
as_root apt-get update -q || fail "apt-get update failed (its message stands above)"
as_root DEBIAN_FRONTEND=noninteractive "${install[@]}" || fail "'${install[*]}' failed (its message stands above)"
