# bash completion for doormat(1)

# The options of each subcommand, as its table has them: letter, name and argument (tools/lint-options compares).
declare -gA _doormat_options=(
    [check]='-p,--policy=NAME -d,--as-of=DATE -c,--ca=PATH -C,--crl=FILE --starttls --tls -Q,--quick
        --allow-private -4,--ipv4 -j,--jobs=N -t,--timeout=SECONDS -r,--tries=N --resolver=ADDR[@PORT]
        --no-dnssec --helo=NAME --json --jsonl -F,--format=NAME -o,--output=FILE -R,--resume=FILE
        -x,--explain=RULE,... -q,--quiet -h,--help'
    [faults]='-j,--json -m,--markdown -n,--names -h,--help'
    [mint]='-o,--out=DIR -H,--host=NAME -t,--text -h,--help'
    [serve]='-l,--listen=ADDRESS -b,--base-port=N -B,--tls-base-port=N -w,--web-port=N -f,--faults=LIST
        -H,--host=NAME -j,--json -q,--quiet -o,--out=DIR --zone=APEX --dns=ADDRESS[:PORT] -L,--log=FILE
        -h,--help'
    [zone]='-l,--listen=NETWORK --dns=ADDRESS[:PORT] -f,--faults=LIST --whole -h,--help'
    [try]='-f,--faults=LIST -p,--policy=NAME --trust=NAME -H,--host=NAME --from=ADDRESS --to=ADDRESS
        --helo=NAME --with=MTA[=PATH] --room --setup=COMMAND --once --require=LIST --apply -j,--jobs=N -t,--timeout=SECONDS -r,--retry=N -l,--listen=ADDRESS
        -w,--wait=SECONDS -s,--settle=SECONDS -F,--format=NAME
        --title=TEXT -o,--output=FILE -b,--baseline=FILE --fail-on=SEVERITY -a,--list-all -v,--verbose
        -q,--quiet -h,--help'
)

# The values of options that take no others.
declare -gA _doormat_values=(
    ['check --policy']='bsi bsi-lenient ncsc-nl nist mozilla-modern mozilla-intermediate rfc9325'
    ['check --format']='text json jsonl junit csv markdown html'
    ['try --policy']='strict bsi bsi-lenient ncsc-nl nist mozilla-modern mozilla-intermediate rfc9325'
    ['try --trust']='pkix dane-ee'
    ['try --format']='text json junit tap markdown html'
    ['try --fail-on']='low medium high critical'
)

# They ask the program that is being completed, which may be a path.
_doormat_names() {
    command "$_doormat_program" faults --names 2>/dev/null
}

# What `mint` takes: no groups.
_doormat_recipes() {
    _doormat_names | grep -v '^@'
}

_doormat_rules() {
    command "$_doormat_program" check --explain list 2>/dev/null | sed 's/ .*//'
}

# Candidates for the word $1 out of the words $2.
_doormat_offer() {
    mapfile -t COMPREPLY < <(compgen -W "$2" -- "$1")
}

# The same for the last of the names in $1, which commas or plus signs part; '-' before a name stays.
_doormat_offer_last() {
    local last=${1##*[,+]} before
    before=${1%"$last"}
    case $last in -*) before=$before- last=${last#-} ;; esac
    mapfile -t COMPREPLY < <(compgen -P "$before" -W "$2" -- "$last")
    compopt -o nospace 2>/dev/null
}

_doormat_offer_paths() {
    mapfile -t COMPREPLY < <(compgen "$1" -- "$2")
    compopt -o filenames 2>/dev/null
}

# The row of the option $2 of the subcommand $1, "-f,--faults=LIST"; nothing if there is none.
_doormat_row() {
    local row
    local -a rows
    read -rd '' -a rows <<<"${_doormat_options[$1]-}"
    for row in "${rows[@]}"; do
        case ,${row%%=*}, in *",$2,"*) echo "$row" ;; esac
    done
}

# What the option, whose row is $2, of the subcommand $1 may have for the word $3.
_doormat_offer_values() {
    local name=${2#*,} argument=${2#*=}
    name=${name%%=*}
    if [[ -n ${_doormat_values[$1 $name]-} ]]; then
        _doormat_offer "$3" "${_doormat_values[$1 $name]}"
        return
    fi
    case $name:$argument in
    *:LIST) _doormat_offer_last "$3" "$(_doormat_names)" ;;
    --explain:*) _doormat_offer_last "$3" "list $(_doormat_rules)" ;;
    *:FILE | *:PATH) _doormat_offer_paths -f "$3" ;;
    *:DIR) _doormat_offer_paths -d "$3" ;;
    --host:*) _doormat_offer "$3" localhost ;;
    --with:*) _doormat_offer "$3" "postfix exim opensmtpd sendmail" ;;
    esac
}

_doormat_offer_options() {
    local row names=
    local -a rows
    read -rd '' -a rows <<<"${_doormat_options[$1]-}"
    for row in "${rows[@]}"; do
        row=${row%%=*}
        names="$names ${row#*,}"
    done
    _doormat_offer "$2" "$names"
}

# Behind `--` stands a command of its own: its first word is at $1, counted as in COMP_WORDS.
_doormat_offer_command() {
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$1"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$1"
    elif ((COMP_CWORD == $1)); then
        mapfile -t COMPREPLY < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}")
    else
        _doormat_offer_paths -f "${COMP_WORDS[COMP_CWORD]}"
    fi
}

# Where COMP_WORDS has the first `--` before the word that is completed; nothing if it has none.
_doormat_end_of_options() {
    local i
    for ((i = 2; i < COMP_CWORD; i++)); do
        if [[ ${COMP_WORDS[i]} == -- ]]; then
            echo "$i"
            return
        fi
    done
}

_doormat_offer_for() {
    local sub=$1 word=$2 previous=$3 row
    case $word in
    --*=*) # one word here, though bash parts it
        previous=${word%%=*} word=${word#*=}
        ;;
    esac
    row=$(_doormat_row "$sub" "$previous")
    if [[ $row == *=* ]]; then
        _doormat_offer_values "$sub" "$row" "$word"
        return
    fi
    case $sub:$word in
    *:-*) _doormat_offer_options "$sub" "$word" ;;
    help:*) _doormat_offer "$word" "${!_doormat_options[*]}" ;;
    faults:*) _doormat_offer_last "$word" "$(_doormat_names)" ;;
    mint:*) _doormat_offer_last "$word" "$(_doormat_recipes)" ;;
    esac
}

_doormat() {
    local _doormat_program=${COMP_WORDS[0]} line=${COMP_LINE:0:COMP_POINT} head end i
    local -a words

    # Bash parts words at '=' and '@' as well; what it calls the word is $2, and a candidate has to begin there.
    read -ra words <<<"$line"
    case $line in *[[:blank:]]) words+=('') ;; esac
    local word=${words[-1]} previous=${words[-2]-}
    head=${word%"$2"}
    COMPREPLY=()
    if ((${#words[@]} <= 2)); then
        _doormat_offer "$word" "${!_doormat_options[*]} help version --help --version"
        return
    fi
    end=$(_doormat_end_of_options)
    if [[ ${words[1]} == try && -n $end ]]; then
        _doormat_offer_command $((end + 1))
        return
    fi
    if [[ -n $end ]]; then # what begins with '-' is no option there
        case $word in -*) return ;; esac
        previous=
    fi
    _doormat_offer_for "${words[1]}" "$word" "$previous"
    for i in "${!COMPREPLY[@]}"; do
        COMPREPLY[i]=${COMPREPLY[i]#"$head"}
    done
}

complete -o default -F _doormat doormat
