#!/bin/bash
# Man pages and shell completion: each option of a command's table stands in its help, and so in its man page; the pages are
# clean; both shells take their completion, and bash completes with it.
. "$(dirname "$0")/common.sh"
manual=$build/manual

for command in read shapes classify batch merge export camera; do
  "$glyphlift" $command --list-options >options 2>err || continue # built without SQLite
  : >out
  ran="glyphlift $command --list-options" status=0
  expect grep -qx 'help' options
  "$glyphlift" $command --help >help
  awk 'length > 80 { exit 1 }' help || fail "the help of $command is wider than 80 columns"
  sed 's/\\-/-/g; s/\\f[BRI]//g' "$manual/glyphlift-$command.1" >page
  while IFS== read -r option _; do
    case $command-$option in
      *-version | *-help | *-quiet) continue ;;
      camera-threads | camera-keep-rejected) continue ;; # which it takes among those for reading, and does not use
    esac
    grep -qE -- "--$option([^a-z-]|$)" help || fail "--$option is not in the help of $command"
    grep -qE -- "--$option([^a-z-]|$)" page || fail "--$option is not in the man page of $command"
  done <options
done

for command in digits shapes compare eval export; do
  [ -x "$build/glyphlift-train" ] || continue
  "$build/glyphlift-train" $command --help | awk 'length > 80 { exit 1 }' ||
    fail "the help of glyphlift-train $command is wider than 80 columns"
done

# The generators and reports of the tests, too.
for tool in "$build"/glyphlift-*; do
  [ -f "$tool" ] && [ -x "$tool" ] && [ "$tool" != "$build/glyphlift-train" ] || continue
  ran="${tool##*/} --help"
  "$tool" --help >help 2>err || fail 'exit status not 0'
  [ ! -s err ] && head -n 1 help | grep -q "^Usage: ${tool##*/} " || fail 'no usage'
  awk 'length > 80 { exit 1 }' help || fail 'wider than 80 columns'
done

checked=0
for page in "$manual"/*.1; do
  ran="man $page" status=0
  for part in '.TH' '.SH NAME' '.SH SYNOPSIS' '.SH DESCRIPTION'; do
    grep -q "^$part" "$page" || fail "no $part"
  done
  if command -v mandoc >/dev/null; then
    mandoc -T lint -W error "$page" >lint 2>&1 || fail "$(cat lint)"
  fi
  if command -v man >/dev/null; then
    man -l --warnings "$page" >shown 2>lint || fail 'man does not show it'
    [ -s lint ] && fail "$(cat lint)"
    grep -q "SYNOPSIS" shown || fail 'nothing is shown'
  fi
  checked=$((checked + 1))
done
[ "$checked" -ge 8 ] || fail "$checked man pages"

# complete WORD...: what bash offers for the last of the words.
complete_words() {
  bash -c '. "$1"; shift; COMP_WORDS=(glyphlift "$@"); COMP_CWORD=$#; _glyphlift; printf "%s\n" "${COMPREPLY[@]}"' \
    - "$manual/glyphlift.bash" "$@" >out 2>err
  status=$?
  ran="complete glyphlift $*"
  expect_quiet
}
complete_words re
expect_out '^read$'
complete_words read --min
expect_out '^--min-confidence$'
complete_words read --format js
expect_out '^json$'
complete_words read -f ''
expect_out '^tsv$'
complete_words shapes -f s
expect_out '^svg$'
complete_words classify --zzz
expect test -z "$(cat out)"
touch some.pdf
complete_words read some
expect_out '^some\.pdf$'
complete_words read --model so
expect_out '^some\.pdf$'
complete_words read -
expect_out '^--region$'
expect test "$(sort out | uniq -d | wc -l)" = 0

if command -v zsh >/dev/null; then
  for file in "$manual"/_*; do
    ran="zsh -n $file"
    zsh -n "$file" 2>err || fail 'zsh does not take it'
  done
  zsh -f -c 'autoload -U compinit; fpath=("$1" $fpath); compinit -D -u; autoload +X -U _glyphlift; whence -w _glyphlift' \
    - "$manual" >out 2>err
  expect_out '_glyphlift: function'
else
  echo 'SKIPPED: zsh is not installed'
fi

finish
