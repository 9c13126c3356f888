# bash completion for satellitectl; the words come from `satellitectl help --list`, so they fit the installed version.
# shellcheck shell=bash

_satellitectl_values()
{
	# Completes the value of option $1, whose row in the list is $2, for the prefix $3.
	local word kind=""

	for word in $2; do
		[[ $word == "--$1="* ]] && kind=${word#*=}
	done
	case $kind in
	FILE)
		mapfile -t COMPREPLY < <(compgen -f -- "$3")
		;;
	*'|'*)
		mapfile -t COMPREPLY < <(compgen -W "${kind//|/ }" -- "$3")
		;;
	esac
}

_satellitectl()
{
	local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} noun="" verb="" row="" word words list n v rest
	local -i i

	COMPREPLY=()
	list=$("${COMP_WORDS[0]}" help --list 2>/dev/null) || return
	if [[ $before == -s || $before == --socket ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $word == -s || $word == --socket ]]; then
			i+=1
		elif [[ $word != -* && -z $noun ]]; then
			noun=$word
		elif [[ $word != -* && -z $verb ]]; then
			verb=$word
		fi
	done
	while read -r n v rest; do
		[[ $n == "$noun" && ($v == - || $v == "$verb") ]] && row=$rest
	done <<<"$list"

	# bash takes `=` as a word of its own
	if [[ $cur == "=" ]]; then
		_satellitectl_values "${before#--}" "$row" ""
	elif [[ $before == "=" ]]; then
		word=${COMP_WORDS[COMP_CWORD - 2]}
		_satellitectl_values "${word#--}" "$row" "$cur"
	elif [[ -z $noun && $cur != -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(cut -d ' ' -f 1 <<<"$list" | uniq)" -- "$cur")
	elif [[ -z $verb && $cur != -* && $noun == help ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(cut -d ' ' -f 1 <<<"$list" | uniq)" -- "$cur")
	elif [[ -z $verb && $cur != -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(sed -n "s/^$noun \([^ -][^ ]*\).*/\1/p" <<<"$list")" -- "$cur")
	elif [[ $cur == -* ]]; then
		words="--json --help --socket"
		for word in $row; do
			words+=" ${word%%=*}"
		done
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	elif [[ $before == --* ]]; then
		_satellitectl_values "${before#--}" "$row" "$cur"
	elif [[ $noun == sync || $noun == satellite ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}

complete -o filenames -F _satellitectl satellitectl
