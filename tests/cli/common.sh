# What the tests of the command line share; sourced by them. Needs GLYPHLIFT_BUILD_DIR and GLYPHLIFT_SOURCE_DIR.
build=${GLYPHLIFT_BUILD_DIR:?the build folder}
pages=${GLYPHLIFT_SOURCE_DIR:?the checkout}/samples/pages
glyphlift=$build/glyphlift
work=$(mktemp -d "${TMPDIR:-/tmp}/glyphlift-cli-XXXXXX")
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export LC_ALL=C
failures=0

# run ARGUMENTS...: runs the program; its output is in out and err, its exit status in $status.
run() {
  ran="glyphlift $*"
  "$glyphlift" "$@" >out 2>err </dev/null
  status=$?
}

fail() {
  failures=$((failures + 1))
  printf 'FAILED: %s\n  after: %s\n' "$1" "$ran"
  printf '  status %s; first lines of output and errors:\n' "$status"
  head -n 5 out err
}

expect_status() { [ "$status" -eq "$1" ] || fail "exit status $status, not $1"; }
expect_out() { grep -qE -- "$1" out || fail "no output like: $1"; }
expect_err() { grep -qE -- "$1" err || fail "no sentence like: $1"; }
expect_no_out() { [ ! -s out ] || fail "unexpected output"; }
expect_quiet() { [ ! -s err ] || fail "unexpected sentences"; }
expect_err_lines() { [ "$(wc -l <err)" -eq "$1" ] || fail "$(wc -l <err) lines of errors, not $1"; }
expect_json() { "$build/check_json" "$1" "$2" <out >files || fail "JSON"; }
expect() { "$@" || fail "not so: $*"; } # a command that must succeed
expect_png() { [ "$(head -c 4 "$1" | tail -c 3)" = PNG ] || fail "$1 is no PNG"; }

finish() {
  [ "$failures" -eq 0 ] && echo "all passed" && exit 0
  echo "$failures failed"
  exit 1
}
