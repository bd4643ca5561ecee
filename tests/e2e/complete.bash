#!/bin/bash
# complete.bash - drives doc/doormat.bash as bash does: prints what the whole line would be with each candidate.
#
# usage: tests/e2e/complete.bash DOORMAT LINE      the cursor is at the end of LINE
#
# With OFFSET=yes in the environment there is bash-completion's _command_offset, and it says where it was called.
cd "$(dirname "$0")/../.." || exit 2
program=$1 line=$2
# shellcheck source=doc/doormat.bash
. doc/doormat.bash
# shellcheck disable=SC2317 # the completion calls them
doormat() { echo 'the function, not the program' >&2; }
# shellcheck disable=SC2317
compopt() { :; }
if [ "${OFFSET-}" = yes ]; then
    # shellcheck disable=SC2317
    _command_offset() { COMPREPLY=("command at $1: ${COMP_WORDS[$1]}"); }
fi

# As readline parts a line: at blanks, and at '=', '@' and ':', runs of which are words.
COMP_WORDS=()
rest=$line
while [[ $rest =~ ^[[:blank:]]*(([=@:]+)|([^=@:[:blank:]]+)) ]]; do
    COMP_WORDS+=("${BASH_REMATCH[1]}")
    rest=${rest:${#BASH_REMATCH[0]}}
done
[[ $line =~ [[:blank:]=]$ ]] && COMP_WORDS+=('')
COMP_WORDS[0]=$program
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
COMP_LINE=$line
COMP_POINT=${#line}
# What readline completes begins behind the last break, but with an '@' itself.
current=${line##*[[:blank:]=:]}
case $current in *@*) current=@${current##*@} ;; esac

_doormat doormat "$current" ''
for candidate in "${COMPREPLY[@]}"; do
    printf '%s%s\n' "${line%"$current"}" "$candidate"
done
