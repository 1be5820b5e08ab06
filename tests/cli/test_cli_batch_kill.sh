#!/bin/bash
# Killed at 50 random moments, and gone on with each time: the database is whole after each, and in the end the same, row for
# row, as that of a run that nobody disturbed.
. "$(dirname "$0")/common.sh"
. "$GLYPHLIFT_SOURCE_DIR/tests/cli/batch_common.sh"
RANDOM=20240517
make_scans scans 12
long=()
for _ in $(seq 40); do long+=("$pages/single.png"); done
"$build/make_tiff" scans/2024/long.tif "${long[@]}" # so that kills come between the pages of a file, too

started=${EPOCHREALTIME/./}
run batch scans -o calm.db -j 2 -q
expect_status 1
took_us=$((${EPOCHREALTIME/./} - started))
dump calm.db >calm
[ "$(grep -c '^page' calm)" -eq 72 ] || fail 'not all pages were read'
[ "$(grep -c '^error' calm)" -eq 3 ] || fail 'three failures expected'
[ "$failures" -eq 0 ] || finish

kills=0 completed=0 midway=0 partly=0
while [ $kills -lt 50 ]; do
  "$glyphlift" batch scans -o killed.db -j 2 -q 2>/dev/null &
  pid=$!
  sleep "$(awk -v us=$took_us -v random=$RANDOM 'BEGIN { printf "%.4f", us * 1e-6 * random / 32768 }')"
  kill -KILL $pid 2>/dev/null
  wait $pid 2>/dev/null
  status=$? ran="batch, killed at random moment $kills"
  if [ $status -eq 137 ]; then
    kills=$((kills + 1))
    [ -e killed.db ] || continue
    expect_whole killed.db
    done_pages=$(sqlite3 killed.db 'SELECT count(*) FROM pages' 2>/dev/null)
    [ "${done_pages:-0}" -gt 0 ] && [ "$done_pages" -lt 72 ] && midway=$((midway + 1))
    partly=$((partly + $(sqlite3 killed.db 'SELECT count(*) FROM files WHERE NOT done' 2>/dev/null || echo 0)))
  else
    expect_status 1
    expect_same killed.db calm
    rm killed.db
    completed=$((completed + 1))
  fi
done
run batch scans -o killed.db -j 2 -q
expect_status 1
expect_same killed.db calm
[ ! -e killed.db-wal ] || fail 'a log stayed beside the database'
[ $midway -gt 0 ] || fail 'no kill came in the middle of the work'
[ $partly -gt 0 ] || fail 'no kill came between the pages of a file'
echo "50 kills, $midway of them in the middle of the work, $partly between the pages of a file, $((completed + 1)) runs to the end"
finish
