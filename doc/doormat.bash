# bash completion for doormat(1)

# The options of each subcommand, as `doormat SUBCOMMAND --help` lists them (tools/lint-docs compares).
declare -gA _doormat_options=(
    [check]='--policy --as-of --ca --crl --starttls --tls --quick --allow-private --ipv4 --jobs --timeout --tries --resolver --no-dnssec --helo --json --jsonl --format --output --resume --explain --quiet --help'
    [faults]='--json --markdown --help'
    [mint]='--out --host --text --help'
    [serve]='--listen --base-port --tls-base-port --web-port --faults --host --json --quiet --out --log --help'
    [try]='--faults --jobs --timeout --wait --settle --format --title --output --baseline --fail-on --policy --trust --host --from --to --helo --list-all --verbose --quiet --help'
)

# Completes the last of the names in $1, which commas or plus signs part; $2 holds the candidates.
_doormat_names() {
    local word=$1 last=${1##*[,+]} candidate
    local before=${word%"$last"}
    case $last in -*) before=$before- last=${last#-} ;; esac
    COMPREPLY=()
    while read -r candidate; do
        COMPREPLY+=("$before$candidate")
    done < <(compgen -W "$2" -- "$last")
    compopt -o nospace 2>/dev/null
}

_doormat_faults() {
    command doormat faults --json 2>/dev/null | sed -n 's/.*"name": *"\([a-z0-9-]*\)".*/\1/p'
}

_doormat_groups() {
    echo '@all @core @seed @slow @legal @pedantic @control @certificate @chain @key @signature @protocol @cipher @key-exchange @handshake @starttls @smtp @revocation'
}

_doormat_rules() {
    command doormat check --explain list 2>/dev/null | sed 's/ .*//'
}

_doormat_formats() {
    case $1 in
    check) echo 'text json jsonl junit csv markdown html' ;;
    *) echo 'text json junit tap markdown html' ;;
    esac
}

_doormat_policies() {
    case $1 in
    check) echo 'bsi bsi-lenient ncsc-nl nist mozilla-modern mozilla-intermediate rfc9325' ;;
    *) echo 'strict bsi bsi-lenient ncsc-nl nist mozilla-modern mozilla-intermediate rfc9325' ;;
    esac
}

_doormat() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} sub=${COMP_WORDS[1]}

    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W "${!_doormat_options[*]} --help --version" -- "$word")
        return
    fi
    case $previous in
    --faults) _doormat_names "$word" "$(_doormat_faults) $(_doormat_groups)" ;;
    --format) mapfile -t COMPREPLY < <(compgen -W "$(_doormat_formats "$sub")" -- "$word") ;;
    --policy) mapfile -t COMPREPLY < <(compgen -W "$(_doormat_policies "$sub")" -- "$word") ;;
    --fail-on) mapfile -t COMPREPLY < <(compgen -W 'low medium high critical' -- "$word") ;;
    --out) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
    --explain) _doormat_names "$word" "list $(_doormat_rules)" ;;
    --output | --log | --baseline | --resume | --ca | --crl) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    *)
        case $sub:$word in
        *:-*) mapfile -t COMPREPLY < <(compgen -W "${_doormat_options[$sub]}" -- "$word") ;;
        faults:* | mint:*) _doormat_names "$word" "$(_doormat_faults)" ;;
        esac
        ;;
    esac
}

complete -o default -F _doormat doormat
