#!/usr/bin/env bash
# nn/train/fetch_mnist.sh against a file server on loopback. Without python3 there is no server, without GLYPHLIFT_DATA
# no MNIST to serve: then only what needs neither is tried.
set -u
script=${GLYPHLIFT_SOURCE_DIR:-$(cd "$(dirname "$0")/.." && pwd)}/nn/train/fetch_mnist.sh
work=$(mktemp -d)
server=
trap '[ -n "$server" ] && kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
failures=0

expect() { # WHAT CONDITION...
  local what=$1
  shift
  if ! "$@"; then
    echo "FAILED: $what"
    sed 's/^/    /' "$work/out" "$work/err"
    failures=$((failures + 1))
  fi
}

fetch() { # EXPECTED_STATUS ARGUMENTS...
  local expected=$1
  shift
  env -u MNIST_URL sh "$script" "$@" >"$work/out" 2>"$work/err"
  local status=$?
  expect "exit status $status instead of $expected: $*" [ "$status" = "$expected" ]
}

said() { grep -q -- "$1" "$work/out" "$work/err"; }

fetch 0 --help
expect "help names --url" said "--url"
fetch 2 --nonsense
fetch 2 --url
fetch 2 one two

if ! command -v curl >/dev/null && ! command -v wget >/dev/null; then
  echo "SKIPPED: neither curl nor wget"
  exit $((failures ? 1 : 77))
fi
# Port 9 (discard) is closed everywhere.
fetch 1 --url http://127.0.0.1:9/mnist "$work/nowhere"
expect "a dead mirror is named" said "127.0.0.1:9/mnist/train-images-idx3-ubyte.gz: cannot be downloaded"

if ! command -v python3 >/dev/null; then
  echo "SKIPPED the rest: no python3 to serve files"
  exit $((failures ? 1 : 77))
fi
mkdir "$work/serve"
# Python's own server knows no ranges; this one answers them, so that continuing is tried too.
cat >"$work/server.py" <<'PYTHON'
import http.server, os, sys

class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        path = self.translate_path(self.path)
        if not os.path.isfile(path):
            return self.send_error(404)
        data = open(path, "rb").read()
        start = int(self.headers.get("Range", "bytes=0-")[6:].split("-")[0])
        if start and start >= len(data):
            return self.send_error(416)
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", "bytes %d-%d/%d" % (start, len(data) - 1, len(data)))
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        self.wfile.write(data[start:])

    def log_message(self, *arguments):
        open("requests", "a").write("%s %s\n" % (self.path, self.headers.get("Range", "whole")))

os.chdir(sys.argv[1])
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
open("port", "w").write(str(server.server_port))
server.serve_forever()
PYTHON
python3 "$work/server.py" "$work/serve" >/dev/null 2>&1 &
server=$!
for _ in $(seq 100); do
  [ -s "$work/serve/port" ] && break
  sleep 0.1
done
port=$(cat "$work/serve/port")
url=http://127.0.0.1:$port

# A file of the right name and wrong contents.
echo "not MNIST" | gzip >"$work/serve/train-images-idx3-ubyte.gz"
fetch 1 --url "$url" "$work/wrong"
expect "wrong contents are told" said "train-images-idx3-ubyte.gz: is not MNIST's file"
expect "missing files are told" said "t10k-labels-idx1-ubyte.gz: cannot be downloaded"
expect "nothing wrong is kept" [ -z "$(find "$work/wrong" -type f -size +0)" ]

data=${GLYPHLIFT_DATA:-}/mnist
if [ ! -f "$data/train-images-idx3-ubyte.gz" ]; then
  echo "SKIPPED the rest: no MNIST in GLYPHLIFT_DATA"
  exit $((failures ? 1 : 77))
fi
cp "$data"/*.gz "$work/serve/"

fetch 0 --url http://127.0.0.1:9 --url "$url" "$work/good"
expect "four files came from the second mirror" [ "$(grep -c 'downloaded and verified' "$work/out")" = 4 ]
expect "the file is the served one" cmp -s "$work/good/t10k-images-idx3-ubyte.gz" "$data/t10k-images-idx3-ubyte.gz"

: >"$work/serve/requests"
fetch 0 --url "$url" "$work/good"
expect "what is there is skipped" [ "$(grep -c 'is there' "$work/out")" = 4 ]
expect "without a request" [ ! -s "$work/serve/requests" ]

gzip -d "$work/good/train-labels-idx1-ubyte.gz"
fetch 0 --url "$url" "$work/good"
expect "an unpacked file counts too" [ "$(grep -c 'is there' "$work/out")" = 4 ]

# An interrupted download goes on where it stopped.
mv "$work/good/t10k-images-idx3-ubyte.gz" "$work/whole"
head -c 100000 "$work/whole" >"$work/good/t10k-images-idx3-ubyte.gz.part"
fetch 0 --url "$url" "$work/good"
expect "the rest alone was asked for" grep -q "bytes=100000-" "$work/serve/requests"
expect "and the file is whole" cmp -s "$work/good/t10k-images-idx3-ubyte.gz" "$work/whole"

# A beginning that belongs to another file.
rm "$work/good/t10k-images-idx3-ubyte.gz"
head -c 100000 /dev/zero >"$work/good/t10k-images-idx3-ubyte.gz.part"
fetch 0 --url "$url" "$work/good"
expect "a wrong beginning is thrown away" cmp -s "$work/good/t10k-images-idx3-ubyte.gz" "$work/whole"

# A damaged file is replaced.
printf 'x' | dd of="$work/good/train-images-idx3-ubyte.gz" bs=1 seek=5000 conv=notrunc 2>/dev/null
fetch 0 --url "$url" "$work/good"
expect "a damaged file is replaced" cmp -s "$work/good/train-images-idx3-ubyte.gz" "$data/train-images-idx3-ubyte.gz"

[ $failures = 0 ] && echo "all good"
exit $((failures > 0))
