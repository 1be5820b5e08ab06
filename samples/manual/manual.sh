#!/usr/bin/env bash
# Man pages and shell completion, made of what the programs themselves say: --help, and --list-options for the names that
# their option tables hold. The build calls it.
#
#   samples/manual/manual.sh man PROGRAM [COMMAND]   a man page
#   samples/manual/manual.sh bash PROGRAM            completion for bash
#   samples/manual/manual.sh zsh PROGRAM             completion for zsh
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
kind=${1:?man, bash or zsh}
program=${2:?a program}
name=$(basename "$program")

# The commands that the program's help lists: a name and a description a line.
commands() {
  "$program" --help | awk '/^Commands:/ { on = 1; next } on && !NF { exit }
    on && /^  [a-z]/ { command = $1; $1 = ""; print command "\t" substr($0, 2) }'
}

# options COMMAND: short form, long form, value and description, apart by tabs. Names that are in the table alone, because
# the help tells of them in one line together, come without a description.
options() {
  { "$program" "$1" --help 2>/dev/null || true; } | awk -f "$here/options.awk" # a command may be left out of the build
  "$program" "$1" --list-options 2>/dev/null | awk -F= '{ print "\t--" $1 "\t" (NF > 1 ? "VALUE" : "") "\t" }' || true
}

# Of options named twice, the first.
unique_options() {
  options "$1" | awk -F'\t' '!($2 in seen) { seen[$2] = 1; print }'
}

write_bash() {
  local function=_${name//-/_}
  echo "# bash completion for $name, made by its build"
  echo "$function() {"
  echo "  local words values commands='$(commands | cut -f1 | tr '\n' ' ')'"
  echo "  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}"
  echo "  if [ \"\$COMP_CWORD\" = 1 ]; then"
  echo "    COMPREPLY=(\$(compgen -W \"\$commands --help --version\" -- \"\$current\"))"
  echo "    return"
  echo "  fi"
  echo "  case \${COMP_WORDS[1]} in"
  commands | cut -f1 | while read -r command; do
    unique_options "$command" | awk -F'\t' -v command="$command" '
      { words = words " " $2; if ($1) words = words " " $1; if ($3) taking = taking (taking ? "|" : "") $2 ($1 ? "|" $1 : "") }
      $2 == "--format" || $2 == "--what" { values = values "      " $1 ($1 ? "|" : "") $2 ") values=\"" choices($4) "\" ;;\n" }
      function choices(text,   parts, n, i, word, out) {
        n = split(text, parts, /,|;|:| or /)
        for (i = 1; i <= n; i++) {
          word = parts[i]; sub(/^ +/, "", word); sub(/ .*/, "", word)
          if (word ~ /^(text|json|csv|tsv|svg|numbers|glyphs|cells|shapes|errors)$/) out = out (out ? " " : "") word
        }
        return out
      }
      END {
        print "    " command ")"
        print "      words=\"" substr(words, 2) "\""
        print "      case $previous in"
        printf "%s", values
        if (taking) print "      " taking ") words= ;;"
        print "      esac"
        print "      ;;"
      }'
  done
  echo "  esac"
  echo "  if [ -n \"\${values:-}\" ]; then"
  echo "    COMPREPLY=(\$(compgen -W \"\$values\" -- \"\$current\"))"
  echo "  elif [ \"\${current#-}\" != \"\$current\" ]; then"
  echo "    COMPREPLY=(\$(compgen -W \"\${words:-}\" -- \"\$current\"))"
  echo "  else"
  echo "    COMPREPLY=(\$(compgen -f -- \"\$current\"))"
  echo "    compopt -o filenames 2>/dev/null"
  echo "  fi"
  echo "}"
  echo "complete -F $function $name"
}

write_zsh() {
  local function=_${name//-/_}
  echo "#compdef $name"
  echo "# zsh completion for $name, made by its build"
  echo "$function() {"
  echo "  local -a commands"
  echo "  commands=("
  commands | sed "s/'/'\\\\''/g; s/:/\\\\:/g; s/\t/:/; s/.*/    '&'/"
  echo "  )"
  echo "  if (( CURRENT == 2 )); then"
  echo "    _describe command commands"
  echo "    return"
  echo "  fi"
  echo "  local command=\$words[2]"
  echo "  (( CURRENT-- ))"
  echo "  shift words"
  echo "  case \$command in"
  commands | cut -f1 | while read -r command; do
    echo "    $command)"
    echo "      _arguments \\"
    unique_options "$command" | awk -F'\t' -v quote="'" '
      function clean(text) { gsub(quote, "", text); gsub(/\[|\]|:|\\/, " ", text); return text }
      { spec = "[" clean($4) "]" ($3 ? ":" clean($3) ":_files" : "")
        if ($1) print "        " quote "(" $1 " " $2 ")" quote "{" $1 "," $2 "}" quote spec quote " \\"
        else print "        " quote $2 spec quote " \\" }'
    echo "        '*:file:_files'"
    echo "      ;;"
  done
  echo "  esac"
  echo "}"
  echo "$function \"\$@\""
}

write_man() {
  local page=$name arguments=() others
  [ $# = 0 ] || { page=$name-$1 arguments=("$1"); }
  others=$([ $# = 0 ] || echo "$name"; commands | cut -f1 | sed "s/^/$name-/" | { grep -vx "$page" || true; })
  "$program" "${arguments[@]}" --help |
    awk -v page="$page" -v version="$("$program" --version | head -n 1)" -v others="$(echo $others)" -f "$here/man.awk"
}

case $kind in
  man) write_man "${@:3}" ;;
  bash) write_bash ;;
  zsh) write_zsh ;;
  *) echo "manual.sh: man, bash or zsh is expected, not $kind" >&2; exit 2 ;;
esac
