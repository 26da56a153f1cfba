#!/bin/bash
# Makes the keystores of testdata/made with keytool and OpenSSL, and beside each
# FILE a FILE.txt in which Java says what is inside, or that it refuses it. Needs
# Java 17 and OpenSSL 3 with its legacy provider. Every key and certificate is
# made here and worthless. Running it again gives other keys and dates; commit
# files and texts together.
set -euo pipefail
cd "$(dirname "$0")"
rm -rf made && mkdir made && cd made
pw=changeit

kt() { keytool -J-Duser.language=en "$@" -storepass "$pw" 2>/dev/null; }
twin() { java ../java/ListStore.java -text "$1" "$2" >"$1.txt"; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What the product and its documentation make.
kt -genkeypair -keystore tomcat.jks -storetype JKS -alias server -keyalg RSA -keysize 2048 \
   -sigalg SHA256withRSA -validity 7305 -dname CN=deploy1.example.com -keypass "$pw"
kt -genseckey -keystore encryption.jceks -storetype JCEKS -alias aes128keyab12 -keyalg AES -keysize 128 -keypass "$pw"
kt -genseckey -keystore encryption.jceks -storetype JCEKS -alias desedekey -keyalg DESede -keysize 168 -keypass "$pw"
kt -genseckey -keystore encryption.p12 -storetype PKCS12 -alias aes128keyab12 -keyalg AES -keysize 128
kt -genseckey -keystore encryption.p12 -storetype PKCS12 -alias abcdkey -keyalg AES -keysize 256
for f in tomcat.jks encryption.jceks encryption.p12; do twin $f "$pw"; done

# A chain of three in each format, a trusted certificate beside it.
cert() { # NAME ISSUER ALGORITHM EXTENSIONS...: a key pair and a certificate in the work folder
  local name=$1 issuer=$2 alg=$3; shift 3
  openssl genpkey -quiet -algorithm ${alg%%:*} $([ "$alg" = RSA ] || echo "-pkeyopt ${alg#*:}") -out "$work/$name.key" 2>/dev/null
  openssl req -new -key "$work/$name.key" -subj "/O=Example/CN=$name" -out "$work/$name.csr"
  printf '%s\n' "$@" >"$work/ext"
  if [ "$issuer" = "$name" ]; then
    openssl x509 -req -in "$work/$name.csr" -signkey "$work/$name.key" -days 3650 -extfile "$work/ext" -out "$work/$name.pem" 2>/dev/null
  else
    openssl x509 -req -in "$work/$name.csr" -CA "$work/$issuer.pem" -CAkey "$work/$issuer.key" -CAcreateserial \
      -days 3650 -extfile "$work/ext" -out "$work/$name.pem" 2>/dev/null
  fi
}
cert root root RSA basicConstraints=critical,CA:TRUE subjectKeyIdentifier=hash
cert inter root EC:ec_paramgen_curve:P-256 basicConstraints=critical,CA:TRUE subjectKeyIdentifier=hash authorityKeyIdentifier=keyid
cert balancer.example.com inter EC:ec_paramgen_curve:P-256 basicConstraints=CA:FALSE \
  subjectAltName=DNS:balancer.example.com,DNS:*.deploy.example.com,IP:192.0.2.7,IP:2001:db8::7 authorityKeyIdentifier=keyid
cat "$work/inter.pem" "$work/root.pem" >"$work/cas.pem"
leaf() { openssl pkcs12 -export -inkey "$work/balancer.example.com.key" -in "$work/balancer.example.com.pem" -certfile "$work/cas.pem" -name server "$@"; }
leaf -passout "pass:$pw" -out chain-openssl.p12
for t in JKS JCEKS PKCS12; do
  f=chain-$(echo $t | tr A-Z a-z).keystore
  keytool -importkeystore -srckeystore chain-openssl.p12 -srcstorepass "$pw" -destkeystore $f -deststoretype $t \
    -deststorepass "$pw" -noprompt 2>/dev/null
  kt -importcert -noprompt -keystore $f -alias Agent-1 -file "$work/root.pem"
  twin $f "$pw"
done
twin chain-openssl.p12 "$pw"

# Every encryption and MAC of PKCS12 that Java reads, and some that it does not.
p12() { local f=$1.p12; shift; leaf -passout "pass:$pw" -out "$f" "$@"; twin "$f" "$pw"; }
p12 alg-aes128-sha512   -certpbe aes-128-cbc -macalg sha512
p12 alg-aes256-sha1     -certpbe aes-256-cbc -macalg sha1
p12 alg-mac-sha224      -macalg sha224
p12 alg-mac-sha384      -macalg sha384
p12 alg-mac-sha512-256  -macalg sha512-256
p12 alg-3des            -legacy -certpbe PBE-SHA1-3DES
p12 alg-rc2-40          -legacy -certpbe PBE-SHA1-RC2-40
p12 alg-rc2-128         -legacy -certpbe PBE-SHA1-RC2-128
p12 alg-rc4-40          -legacy -certpbe PBE-SHA1-RC4-40
p12 alg-rc4-128         -legacy -certpbe PBE-SHA1-RC4-128
p12 alg-md5-des         -legacy -certpbe PBE-MD5-DES
# The five functions of PBKDF2: Java writes what its properties ask for.
for prf in SHA1 SHA224 SHA256 SHA384 SHA512; do
  f=prf-$(echo $prf | tr A-Z a-z).p12
  keytool "-J-Dkeystore.pkcs12.certProtectionAlgorithm=PBEWithHmac${prf}AndAES_128" -importkeystore -noprompt \
    -srckeystore chain-openssl.p12 -srcstorepass "$pw" -destkeystore $f -deststoretype PKCS12 -deststorepass "$pw" 2>/dev/null
  twin $f "$pw"
done
p12 no-mac              -nomac
p12 clear-certs         -certpbe NONE
p12 clear-keys          -keypbe NONE
p12 refused-aes192      -certpbe aes-192-cbc
p12 refused-pbes2-3des  -certpbe DES-EDE3-CBC
p12 refused-2des        -legacy -certpbe PBE-SHA1-2DES
p12 refused-md5-mac     -macalg md5
leaf -passout pass: -out empty-password.p12;                   twin empty-password.p12 ""
leaf -passout pass: -legacy -out empty-password-legacy.p12;    twin empty-password-legacy.p12 ""
leaf -passout pass:é -out refused-unicode-password.p12;        twin refused-unicode-password.p12 é

# Certificates that are weak, odd or old.
odd() { # NAME OPENSSL-ALGORITHM OPTIONS...
  local name=$1 alg=$2; shift 2
  openssl req -x509 -newkey $alg -nodes -keyout "$work/k" -out "$work/c" -days 365 -subj "/CN=$name" "$@" 2>/dev/null
  openssl pkcs12 -export -inkey "$work/k" -in "$work/c" -name "$name" -passout "pass:$pw" -out "$work/$name.p12"
  keytool -importkeystore -srckeystore "$work/$name.p12" -srcstorepass "$pw" -destkeystore odd.jks -deststoretype JKS \
    -deststorepass "$pw" -noprompt 2>/dev/null
}
odd rsa1024-sha1 rsa:1024 -sha1
odd rsa2048-md5 rsa:2048 -md5
odd negative-serial rsa:2048 -set_serial -5
odd p224 "ec -pkeyopt ec_paramgen_curve:P-224" 2>/dev/null || true
odd ed25519 ed25519
kt -genkeypair -keystore odd.jks -alias dsa -keyalg DSA -keysize 2048 -dname CN=dsa -keypass "$pw"
twin odd.jks "$pw"
ls | wc -l
