# bash completion for satellitectl; the words come from `satellitectl help --list`, so they fit the installed version.
# shellcheck shell=bash

_satellitectl_asked()
{
	# What the server has, for the prefix $3: member $1 of the rows that the words behind it list; $2 is the socket.
	# bash quotes what we give, as it does with file names.
	local member=$1 prefix=${3//\\/} name
	local -a where=()

	[[ -n $2 ]] && where=(-s "$2")
	shift 3
	while read -r name; do
		[[ $name == "$prefix"* ]] && COMPREPLY+=("$name")
	done < <("${COMP_WORDS[0]}" "${where[@]}" --json "$@" 2>/dev/null |
		grep -o "\"$member\":\"[^\"\\\\]*\"" | cut -d '"' -f 4 | sort -u)
}

_satellitectl_values()
{
	# Completes the value of option $1, whose row in the list is $2, for the prefix $3; $4 is the socket.
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
	*)
		case $1 in
		account) _satellitectl_asked name "$4" "$3" account list ;;
		role) mapfile -t COMPREPLY < <(compgen -W "system-administrator system-operator account-administrator account-user
			virtual-account-administrator virtual-account-user auditor courier" -- "$3") ;;
		user) _satellitectl_asked name "$4" "$3" user list ;;
		virtual-account | from | to) _satellitectl_asked name "$4" "$3" virtual-account list ;;
		esac
		;;
	esac
}

_satellitectl()
{
	local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} noun="" verb="" row="" word words list n v rest
	local socket=""
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
			socket=${COMP_WORDS[i]}
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
		_satellitectl_values "${before#--}" "$row" "" "$socket"
	elif [[ $before == "=" ]]; then
		word=${COMP_WORDS[COMP_CWORD - 2]}
		_satellitectl_values "${word#--}" "$row" "$cur" "$socket"
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
		_satellitectl_values "${before#--}" "$row" "$cur" "$socket"
	elif [[ $noun == instance ]]; then
		_satellitectl_asked productInstanceIdentifier "$socket" "$cur" instance list
	elif [[ $noun == satellite && ($verb == show || $verb == remove) ]]; then
		_satellitectl_asked name "$socket" "$cur" satellite list
	elif [[ $noun == account && ($verb == approve || $verb == reject || $verb == cancel) ]]; then
		_satellitectl_asked id "$socket" "$cur" account requests --state PENDING
	elif [[ $noun == account && $verb != add && $verb != request ]]; then
		_satellitectl_asked name "$socket" "$cur" account list
	elif [[ $noun == virtual-account && $verb != add ]]; then
		_satellitectl_asked name "$socket" "$cur" virtual-account list
	elif [[ $noun == client && $verb != create && $verb != list ]]; then
		_satellitectl_asked name "$socket" "$cur" client list
	elif [[ $noun == user && $verb != add && $verb != list ]]; then
		_satellitectl_asked name "$socket" "$cur" user list
	elif [[ $noun == webhook && $verb != add ]]; then
		_satellitectl_asked id "$socket" "$cur" webhook list
	elif [[ $noun == backup && $before == "$verb" ]]; then
		_satellitectl_asked name "$socket" "$cur" backup list
	elif [[ $noun == satellite-code ]]; then
		_satellitectl_asked id "$socket" "$cur" satellite-code list
	elif [[ $noun == license && $verb == cancel-move ]]; then
		_satellitectl_asked id "$socket" "$cur" license moves
	elif [[ $noun == sync && $verb == privacy ]]; then
		if [[ $before == on || $before == off || $before == privacy ]]; then
			mapfile -t COMPREPLY < <(compgen -W "hostname ip-address mac-address product-version" -- "$cur")
		else
			mapfile -t COMPREPLY < <(compgen -W "on off" -- "$cur")
		fi
	elif [[ ($noun == sync && ($verb == export || $verb == import)) || $noun == satellite ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}

complete -o filenames -F _satellitectl satellitectl
