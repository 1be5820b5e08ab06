#!/usr/bin/env bash
# The README tells what is so: its C block is samples/read_photo.c, which the build compiles; its console blocks are
# what the commands print; its JSON is that of its page; the files it names are there.
set -euo pipefail

build=${GLYPHLIFT_BUILD_DIR:?the build folder}
source=${GLYPHLIFT_SOURCE_DIR:?the source folder}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

complain() {
  echo "test_readme: $*"
  failed=1
}

# block LANGUAGE: the fenced blocks of that language, one after the other.
block() {
  awk -v fence="\`\`\`$1" '$0 == "```" { inside = 0 } inside { print } $0 == fence { inside = 1 }' "$source/README.md"
}

block c >"$work/block.c"
diff "$work/block.c" "$source/samples/read_photo.c" >"$work/difference" ||
  complain "the C block (<) is not samples/read_photo.c (>):" "$(cat "$work/difference")"

# Each line after '$ ' is a command, run from the top with build/ standing for the build folder; what follows is its
# output.
block console >"$work/console"
sed -n 's/^\$ //p' "$work/console" >"$work/commands"
[ -s "$work/commands" ] || complain "no command stands in the console blocks"
cd "$source"
while read -r command; do
  echo "\$ $command"
  bash -c "${command//build\//$build/}" 2>&1 </dev/null || true
done <"$work/commands" >"$work/printed"
diff "$work/console" "$work/printed" >"$work/difference" ||
  complain "the console blocks (<) are not what the commands print (>):" "$(cat "$work/difference")"

# The JSON block is the page's own up to its lines, and from the number that it shows to that number's end; times differ.
json=$(block json | sed 's/^ *//' | tr -d '\n')
page=${json#*\"file\":\"}
"$build/glyphlift" read -q -f json "${page%%\"*}" >"$work/page.json"
number=${json#*\"numbers\":[}
for shown in "${json%%,\"lines\":*}" "${number%%]\}],\"tables\":*}"; do
  grep -qF -- "$shown" "$work/page.json" || complain "the JSON block is not what 'read -f json' prints: $shown"
done

# Targets of links, and paths between backticks that begin with one of the rooms.
{
  grep -oE '\]\([^)#:]+\)' README.md | tr -d ']()'
  grep -oE '`(pipeline|nn|shim|samples|tests)/[A-Za-z0-9_./-]+`' README.md | tr -d '`'
} | sort -u >"$work/named"
[ -s "$work/named" ] || complain "no file is named"
while read -r file; do
  [ -e "$file" ] || complain "names $file, which is not there"
done <"$work/named"

[ $failed = 0 ] && echo "the README is as things are"
exit $failed
