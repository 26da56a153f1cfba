#!/bin/sh
# The way without the library: looks at the members of a cluster with keytool,
# grep and diff, and prints what is wrong. Each argument is a folder with one
# member's disk, in which its network storage is mounted at /media/share;
# STOREPASS opens the keystores. Exit code 1: something is wrong.
set -u
server=opt/ibm-ucd/server
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
bad=0
wrong() { echo "$1"; bad=1; }
value() { sed -n "s/^$2=//p" "$1" | tail -n 1 | sed 's/\\\(.\)/\1/g'; }

first=
for disk in "$@"; do
	home=$disk/$server
	name=$(basename "$disk")
	out=$work/$name
	mkdir "$out"
	file=$home/conf/server/installed.properties
	for f in "$file" "$home/conf/server/secured-installed.properties" "$home/conf/installed.version"; do
		[ -f "$f" ] || wrong "$name: $f is missing"
	done

	# What every member must say.
	grep -qx 'com\.urbancode\.ds\.UDeployServer\.multiserver=true' "$file" || wrong "$name: multiserver is not true"
	grep -q '^hibernate\.connection\.url=jdbc\\*:derby' "$file" && wrong "$name: Derby"
	grep -q '^agentcomm\.uri=wss\\*:' "$file" || wrong "$name: agentcomm.uri is not wss"
	data=$(value "$file" server.appdata.dir)
	case $data in
	..*) data=$home${data#..} ;;
	*) data=$disk$data ;;
	esac
	for item in var/plugins var/repository logs conf/collectors conf/encryption.keystore conf/server.keystore conf/installed.version; do
		[ -e "$data/$item" ] || wrong "$name: $data/$item is missing"
	done
	cmp -s "$home/conf/installed.version" "$data/conf/installed.version" ||
		[ "$(value "$home/conf/installed.version" installed.version)" = "$(value "$data/conf/installed.version" installed.version)" ] ||
		wrong "$name: the shared version is another one"
	ls "$home/lib/ext" | grep -q '\.jar$' || wrong "$name: no database driver"
	[ -e "$home/var/server.pid" ] && wrong "$name: runs"

	# Every keystore of the member.
	for key in encryption.keystore server.keystore; do
		path=$(value "$file" $key)
		case $path in
		../*) path=$home/${path#../} ;;
		*) path=$disk$path ;;
		esac
		keytool -list -v -storetype "$(case $key in encryption*) echo JCEKS ;; *) echo JKS ;; esac)" \
			-storepass "$STOREPASS" -keystore "$path" >"$out/$key" 2>/dev/null || wrong "$name: $key cannot be opened"
	done
	keytool -list -v -storepass "$STOREPASS" -keystore "$home/opt/tomcat/conf/tomcat.keystore" >"$out/tomcat" 2>/dev/null ||
		wrong "$name: tomcat.keystore cannot be opened"
	keytool -list -v -storetype JCEKS -storepass "$STOREPASS" -keystore "$home/conf/server/s2s-client-identity.keystore" >"$out/identity" 2>/dev/null ||
		wrong "$name: the identity keystore cannot be opened"
	alias=$(value "$file" encryption.keystore.alias)
	grep -qix "Alias name: $alias" "$out/encryption.keystore" || wrong "$name: encryption alias $alias is not in its keystore"
	alias=$(value "$file" tomcat.key.alias)
	[ -z "$alias" ] || grep -qix "Alias name: $alias" "$out/tomcat" || wrong "$name: TLS alias $alias is not in its keystore"
	grep -m 1 'SHA256:' "$out/tomcat" >"$out/certificate"
	cksum <"$home/conf/server/s2s-client-identity.keystore" >"$out/identity.sum"

	# What must be the same, and what must not.
	grep -E '^(database\.type|hibernate\.connection\.(url|driver_class)|encryption\.keystore\.alias|install\.server\.web\.(host|port|https\.port|always\.secure))=' "$file" |
		sort >"$out/same"
	grep -E '^(server\.unique\.id|server\.brokerId|agentcomm\.uri)=' "$file" | sort >"$out/own"
	if [ -n "$first" ]; then
		diff "$first/same" "$out/same" >"$out/diff" || wrong "$name: properties differ: $(cat "$out/diff")"
		[ -z "$(comm -12 "$first/own" "$out/own")" ] || wrong "$name: copied from another member"
		cmp -s "$first/certificate" "$out/certificate" || wrong "$name: serves another certificate"
		cmp -s "$first/identity.sum" "$out/identity.sum" && wrong "$name: identity keystore of another member"
		diff "$first/encryption.keystore" "$out/encryption.keystore" >/dev/null || wrong "$name: another encryption keystore"
		[ "$(value "$home/conf/installed.version" installed.version)" = "$version" ] || wrong "$name: another version"
	else
		first=$out
		version=$(value "$home/conf/installed.version" installed.version)
	fi
done
exit $bad
