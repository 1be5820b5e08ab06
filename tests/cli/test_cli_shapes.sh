#!/bin/bash
# glyphlift shapes: a drawing made here, its formats, and what is told of wrong usage and damaged files.
. "$(dirname "$0")/common.sh"

# A rectangle and a triangle of lines three pixels wide, and a line between them.
awk 'function line(x0, y0, x1, y1,   i, n, x, y, k, l) {
  n = int(sqrt((x1 - x0) ^ 2 + (y1 - y0) ^ 2)) + 1
  for (i = 0; i <= n; i++) {
    x = int(x0 + (x1 - x0) * i / n); y = int(y0 + (y1 - y0) * i / n)
    for (k = -1; k <= 1; k++) for (l = -1; l <= 1; l++) ink[(y + k) * 400 + x + l] = 1
  }
}
BEGIN {
  line(40, 60, 160, 60); line(160, 60, 160, 140); line(160, 140, 40, 140); line(40, 140, 40, 60)
  line(300, 50, 360, 150); line(360, 150, 240, 150); line(240, 150, 300, 50)
  line(160, 105, 266, 105)
  print "P2\n400 200\n255"
  for (i = 0; i < 80000; i++) print (i in ink) ? 40 : 225
}' >chart.pgm

run shapes chart.pgm
expect_status 0
expect_quiet
expect_out '^[01] rectangle 3[0-9] 5[0-9] 12[0-9] 8[0-9]$'
expect_out '^[01] triangle '
expect_out '^[01] -- [01]$'
run shapes -f json chart.pgm
expect_out '"kind":"triangle","confidence":[01]\.[0-9]+,"box":\[.*"polygon":\[\[.*"connectors":\[\{"from":[01],"to":[01],"arrow":"none","path":'
run shapes -f csv chart.pgm
expect_out '^file,page,shape,kind,x,y,width,height,text,confidence$'
expect_out '^chart.pgm,1,[01],rectangle,3[0-9],'
run shapes --tidy -f svg -o chart.svg chart.pgm
expect_status 0
expect grep -q 'class="rectangle"' chart.svg
expect grep -q 'data-from="shape-[01]"' chart.svg
run shapes -q --overlay seen.png chart.pgm
expect_status 0
expect_png seen.png

# ---- wrong usage
run shapes -f svg chart.pgm chart.pgm
expect_status 2
expect_err 'one drawing of one FILE'
run shapes --csv tables chart.pgm
expect_status 2
run read -f svg chart.pgm
expect_status 2
expect_err 'text, json, csv or tsv'
run read --tidy chart.pgm
expect_status 2
run shapes
expect_status 2

# Help names what is taken, and nothing else.
for command in shapes classify; do
  run $command --help
  cp out help
  for option in --csv --keep-rejected; do
    run $command $option x chart.pgm
    expect_status 2
    expect_err "'$option'"
    grep -q -- "$option" help && fail "$command --help tells of $option"
  done
done
run classify --expect 5 chart.pgm
expect_status 2

# ---- another model
models=$GLYPHLIFT_SOURCE_DIR/nn/models
run shapes --model "$models/shapes.glnn" chart.pgm
expect_status 0
expect_out ' triangle '
run shapes --model "$models/digits.glnn" chart.pgm
expect_status 3
expect_err 'digits\.glnn: .*not shapes'
run shapes --model missing.glnn chart.pgm
expect_status 3
expect_err 'missing\.glnn'
run read --model "$models/shapes.glnn" chart.pgm
expect_status 3
expect_err 'shapes\.glnn: .*not glyphs'

# ---- damaged input, and pages without shapes
head -c 3000 "$pages/shadow.jpg" >cut.jpg
run shapes -f json cut.jpg chart.pgm
expect_out '"kind":"triangle"'
run shapes missing.pgm chart.pgm
expect_status 1
expect_err 'missing.pgm'
expect_out 'rectangle'
run shapes "$pages/numbers.jpg"
expect_status 0
expect_no_out
finish
