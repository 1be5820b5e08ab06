#!/bin/sh
# Downloads MNIST's four files from public mirrors into a folder, as glyphlift-train reads them, and verifies the
# SHA-256 of their uncompressed contents. What is there already and right is skipped; an interrupted download is
# continued; a file appears under its name only once it is whole and verified.
set -u

MIRRORS="https://storage.googleapis.com/cvdf-datasets/mnist https://ossci-datasets.s3.amazonaws.com/mnist"

FILES="train-images-idx3-ubyte:ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db
train-labels-idx1-ubyte:65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5
t10k-images-idx3-ubyte:0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7
t10k-labels-idx1-ubyte:ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"

usage() {
  cat <<END
Usage: fetch_mnist.sh [--url BASE]... [FOLDER]

Downloads MNIST into FOLDER (default: mnist), about 11 MB, and verifies it.

  --url BASE   where BASE/train-images-idx3-ubyte.gz and the others are; several are tried in turn. Default:
               the variable MNIST_URL, or else the public mirrors
  --help
END
}

complain() {
  echo "fetch_mnist.sh: $*" >&2
}

# checksum FILE: of its contents, unpacked if it is gzip; nothing where it cannot be read whole.
checksum() {
  if gzip -t "$1" 2>/dev/null; then gzip -dc "$1" | sha256sum | cut -d ' ' -f 1
  else sha256sum <"$1" | cut -d ' ' -f 1; fi
}

is_right() {
  [ -f "$1" ] && [ "$(checksum "$1")" = "$2" ]
}

# download URL FILE: continues FILE where there is a beginning of it.
download() {
  if command -v curl >/dev/null 2>&1; then
    curl --fail --location --silent --show-error --retry 2 --connect-timeout 20 --continue-at - --output "$2" "$1"
  else
    wget --quiet --continue --tries 3 --timeout 20 --output-document "$2" "$1"
  fi
}

# fetch_file NAME CHECKSUM: tries each mirror, twice where a continued download turns out wrong.
fetch_file() {
  part="$folder/$1.gz.part"
  for base in $mirrors; do
    for attempt in 1 2; do
      continued=no
      [ -s "$part" ] && continued=yes
      if is_right "$part" "$2" || { download "$base/$1.gz" "$part" && is_right "$part" "$2"; }; then
        mv -f "$part" "$folder/$1.gz" && return 0
        complain "$folder/$1.gz: cannot be written"
        return 1
      fi
      # The beginning may come from elsewhere, or be the whole of a damaged file: once more from nothing.
      if [ $continued = no ]; then break; fi
      rm -f "$part"
    done
    if [ -s "$part" ] && gzip -t "$part" 2>/dev/null; then
      complain "$base/$1.gz: is not MNIST's file: its SHA-256 is $(checksum "$part"), $2 was expected"
      rm -f "$part"
    else
      complain "$base/$1.gz: cannot be downloaded whole"
    fi
  done
  return 1
}

main() {
  mirrors=
  folder=
  while [ $# -gt 0 ]; do
    case $1 in
      --help) usage; return 0 ;;
      --url)
        [ $# -ge 2 ] || { complain "--url needs an address"; return 2; }
        mirrors="$mirrors $2"
        shift 2 ;;
      -*) complain "there is no option '$1'; --help tells the options"; return 2 ;;
      *)
        [ -z "$folder" ] || { complain "one folder is expected, '$1' is a second"; return 2; }
        folder=$1
        shift ;;
    esac
  done
  folder=${folder:-mnist}
  mirrors=${mirrors:-${MNIST_URL:-$MIRRORS}}
  for tool in gzip sha256sum; do
    command -v $tool >/dev/null 2>&1 || { complain "the program $tool is needed"; return 3; }
  done
  if ! command -v curl >/dev/null 2>&1 && ! command -v wget >/dev/null 2>&1; then
    complain "the program curl or wget is needed"
    return 3
  fi
  mkdir -p "$folder" || { complain "$folder: the folder cannot be made"; return 1; }
  failed=0
  for entry in $FILES; do
    name=${entry%%:*}
    expected=${entry##*:}
    if is_right "$folder/$name" "$expected" || is_right "$folder/$name.gz" "$expected"; then
      echo "$name: is there"
    elif fetch_file "$name" "$expected"; then
      echo "$name: downloaded and verified"
    else
      complain "$name: no mirror gave it"
      failed=1
    fi
  done
  return $failed
}

main "$@"
