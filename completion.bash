# bash completion of arclight; made by `arclight completion bash`.
_arclight() {
    local current previous command word options
    COMPREPLY=()
    current="${COMP_WORDS[COMP_CWORD]}"
    previous="${COMP_WORDS[COMP_CWORD - 1]}"
    command=""
    for word in "${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
        case " srm eval encode decode latents inspect devices selftest bench completion man help version " in *" $word "*) command="$word"; break ;; esac
    done
    case "$previous" in
    --out|-o) compopt -o filenames; COMPREPLY=($(compgen -d -- "$current")); return ;;
    --max-counts) COMPREPLY=(); return ;;
    --members) COMPREPLY=(); return ;;
    --theme) COMPREPLY=($(compgen -W "dark light" -- "$current")); return ;;
    --scale) COMPREPLY=(); return ;;
    --basis) compopt -o filenames; COMPREPLY=($(compgen -f -- "$current")); return ;;
    --epsilon|-e) COMPREPLY=(); return ;;
    --angles|-a) COMPREPLY=(); return ;;
    --pairs) COMPREPLY=($(compgen -W "comb perm" -- "$current")); return ;;
    --planes|-p) COMPREPLY=(); return ;;
    --control) COMPREPLY=(); return ;;
    --seed) COMPREPLY=(); return ;;
    --labels) compopt -o filenames; COMPREPLY=($(compgen -f -- "$current")); return ;;
    --rows|-r) COMPREPLY=(); return ;;
    --step) COMPREPLY=(); return ;;
    --max-norm) COMPREPLY=(); return ;;
    --target) compopt -o filenames; COMPREPLY=($(compgen -f -- "$current")); return ;;
    --positions) compopt -o filenames; COMPREPLY=($(compgen -f -- "$current")); return ;;
    --compare) compopt -o filenames; COMPREPLY=($(compgen -f -- "$current")); return ;;
    --input) compopt -o filenames; COMPREPLY=($(compgen -f -- "$current")); return ;;
    --tokens) compopt -o filenames; COMPREPLY=($(compgen -f -- "$current")); return ;;
    --vocab) compopt -o filenames; COMPREPLY=($(compgen -f -- "$current")); return ;;
    --latents) COMPREPLY=(); return ;;
    --contexts) COMPREPLY=(); return ;;
    --window) COMPREPLY=(); return ;;
    --unembed) compopt -o filenames; COMPREPLY=($(compgen -f -- "$current")); return ;;
    --repetitions|-n) COMPREPLY=(); return ;;
    --device|-d) COMPREPLY=(); return ;;
    --limits) COMPREPLY=(); return ;;
    --submission-ms) COMPREPLY=(); return ;;
    esac
    case "$command" in
    srm)
        if [[ "$current" == -* ]]; then
            options="--out --max-counts --members --panels --theme --scale --no-picture --basis --epsilon --angles --pairs --planes --signed --control --seed --labels --rows --step --center --strict --device --limits --submission-ms --json --quiet --verbose --no-color --help --version"
            COMPREPLY=($(compgen -W "$options" -- "$current"))
        else
            compopt -o filenames
            COMPREPLY=($(compgen -f -- "$current"))
        fi ;;
    eval)
        if [[ "$current" == -* ]]; then
            options="--out --theme --scale --no-picture --rows --step --strict --max-norm --target --positions --compare --device --limits --submission-ms --json --quiet --verbose --no-color --help --version"
            COMPREPLY=($(compgen -W "$options" -- "$current"))
        else
            compopt -o filenames
            COMPREPLY=($(compgen -f -- "$current"))
        fi ;;
    encode)
        if [[ "$current" == -* ]]; then
            options="--out --rows --step --strict --dense --device --limits --submission-ms --json --quiet --verbose --no-color --help --version"
            COMPREPLY=($(compgen -W "$options" -- "$current"))
        else
            compopt -o filenames
            COMPREPLY=($(compgen -f -- "$current"))
        fi ;;
    decode)
        if [[ "$current" == -* ]]; then
            options="--out --rows --step --input --device --limits --submission-ms --json --quiet --verbose --no-color --help --version"
            COMPREPLY=($(compgen -W "$options" -- "$current"))
        else
            compopt -o filenames
            COMPREPLY=($(compgen -f -- "$current"))
        fi ;;
    latents)
        if [[ "$current" == -* ]]; then
            options="--out --rows --step --strict --max-norm --positions --tokens --vocab --latents --contexts --window --unembed --device --limits --submission-ms --json --quiet --verbose --no-color --help --version"
            COMPREPLY=($(compgen -W "$options" -- "$current"))
        else
            compopt -o filenames
            COMPREPLY=($(compgen -f -- "$current"))
        fi ;;
    inspect)
        if [[ "$current" == -* ]]; then
            options="--check --json --quiet --verbose --no-color --help --version"
            COMPREPLY=($(compgen -W "$options" -- "$current"))
        else
            compopt -o filenames
            COMPREPLY=($(compgen -f -- "$current"))
        fi ;;
    devices)
        if [[ "$current" == -* ]]; then
            options="--limits --json --quiet --verbose --no-color --help --version"
            COMPREPLY=($(compgen -W "$options" -- "$current"))
        else
            COMPREPLY=($(compgen -W "" -- "$current"))
        fi ;;
    selftest)
        if [[ "$current" == -* ]]; then
            options="--device --limits --submission-ms --json --quiet --verbose --no-color --help --version"
            COMPREPLY=($(compgen -W "$options" -- "$current"))
        else
            COMPREPLY=($(compgen -W "" -- "$current"))
        fi ;;
    bench)
        if [[ "$current" == -* ]]; then
            options="--repetitions --device --limits --submission-ms --json --quiet --verbose --no-color --help --version"
            COMPREPLY=($(compgen -W "$options" -- "$current"))
        else
            COMPREPLY=($(compgen -W "" -- "$current"))
        fi ;;
    completion)
        if [[ "$current" == -* ]]; then
            options="--quiet --verbose --no-color --help --version"
            COMPREPLY=($(compgen -W "$options" -- "$current"))
        else
            COMPREPLY=($(compgen -W "bash zsh fish" -- "$current"))
        fi ;;
    man)
        if [[ "$current" == -* ]]; then
            options="--quiet --verbose --no-color --help --version"
            COMPREPLY=($(compgen -W "$options" -- "$current"))
        else
            COMPREPLY=($(compgen -W "" -- "$current"))
        fi ;;
    help)
        if [[ "$current" == -* ]]; then
            options="--quiet --verbose --no-color --help --version"
            COMPREPLY=($(compgen -W "$options" -- "$current"))
        else
            COMPREPLY=($(compgen -W "srm eval encode decode latents inspect devices selftest bench completion man help version" -- "$current"))
        fi ;;
    version)
        if [[ "$current" == -* ]]; then
            options="--json --quiet --verbose --no-color --help --version"
            COMPREPLY=($(compgen -W "$options" -- "$current"))
        else
            COMPREPLY=($(compgen -W "" -- "$current"))
        fi ;;
    *) COMPREPLY=($(compgen -W "srm eval encode decode latents inspect devices selftest bench completion man help version --help --version" -- "$current")) ;;
    esac
}
complete -F _arclight arclight
