# What the tests of batch, merge and export share; sourced after common.sh.
"$glyphlift" batch --help >/dev/null 2>err || { echo "SKIPPED: $(cat err)"; exit 77; }
command -v sqlite3 >/dev/null || { echo 'SKIPPED: the program sqlite3 is not here'; exit 77; }
unset SLURM_ARRAY_TASK_ID SLURM_ARRAY_TASK_COUNT SLURM_ARRAY_TASK_MIN SLURM_ARRAY_TASK_MAX SLURM_ARRAY_TASK_STEP
unset JOB_COMPLETION_INDEX

# dump DATABASE: all that it holds but times and the numbers of runs and files, in order.
dump() {
  sqlite3 "$1" "
    SELECT 'file', path, size, sha256, pages, done, missing FROM files ORDER BY path;
    SELECT 'page', path, page, width, height, rotation, skew_degrees, json_remove(json, '\$.timing_ms')
      FROM pages JOIN files USING (file) ORDER BY path, page;
    SELECT 'number', path, page, number, line, cell, text, confidence, x, y, width, height
      FROM numbers JOIN files USING (file) ORDER BY path, page, number;
    SELECT 'glyph', path, page, glyph, number, text, confidence, x, y, width, height, second, second_confidence
      FROM glyphs JOIN files USING (file) ORDER BY path, page, glyph;
    SELECT 'cell', path, page, cell, table_number, row, column, row_span, column_span, text, confidence, x, y, width, height
      FROM cells JOIN files USING (file) ORDER BY path, page, cell;
    SELECT 'shape', path, page, shape, kind, confidence, x, y, width, height, filled
      FROM shapes JOIN files USING (file) ORDER BY path, page, shape;
    SELECT 'connector', path, page, connector, from_shape, to_shape, arrow
      FROM connectors JOIN files USING (file) ORDER BY path, page, connector;
    SELECT 'error', path, page, code, message FROM errors JOIN files USING (file) ORDER BY path, page;"
}

expect_whole() { [ "$(sqlite3 "$1" 'PRAGMA integrity_check')" = ok ] || fail "$1 is damaged"; }

expect_same() {
  expect_whole "$1"
  dump "$1" >dump.here
  cmp -s dump.here "$2" || fail "$1 holds other rows than $2: $(diff dump.here "$2" | head -n 4 | cut -c 1-200)"
}

# make_scans FOLDER COPIES: pages in folders, twice COPIES and four files, one of six pages; two more files are damaged.
make_scans() {
  mkdir -p "$1/2023" "$1/2024/may"
  for i in $(seq "$2"); do
    cp "$pages/small.jpg" "$1/2023/page $i.jpg"
    cp "$pages/single.png" "$1/2024/$i.png"
  done
  cp "$pages/numbers.jpg" "$1/2024.jpg"
  cp "$pages/tilted.jpg" "$1/2024/may/tilted.JPG"
  awk 'BEGIN { # a table of three rows and columns, a 1 in the first row and a 7 in the last
    print "P2\n340 220\n9"
    for (y = 0; y < 220; y++)
      for (x = 0; x < 340; x++) {
        rule = x >= 20 && x <= 321 && y >= 20 && y <= 201 && ((x - 20) % 100 <= 1 || (y - 20) % 60 <= 1)
        one = y >= 34 && y < 66 && (x - 166 - (50 - y) / 8) ^ 2 < 6
        seven = y >= 154 && y < 186 && ((y < 158 && x >= 256 && x < 276) || (x - 274 + (y - 154) / 3) ^ 2 < 6)
        print rule || one || seven ? 1 : 9
      }
  }' >"$1/2024/table.pgm"
  # Six pages, of which the third is damaged.
  "$build/make_tiff" "$1/2024/scan.tif" "$pages/small.jpg" "$pages/single.png" - "$pages/small.jpg" "$pages/small.jpg" \
    "$pages/single.png"
  head -c 4000 "$pages/small.jpg" >"$1/2023/cut.jpg"
  echo 'no picture' >"$1/text.png"
  echo 'a note' >"$1/notes.txt"
  mkdir "$1/.hidden" && cp "$pages/small.jpg" "$1/.hidden/"
  cp "$pages/small.jpg" "$1/.hidden.jpg"
}
