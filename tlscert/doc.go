// Package tlscert lists what a Java keystore holds, as Java lists it, without
// opening any key, and states facts about its aliases and certificates.
//
// [List] reads what a file shows without a password, [Read] verifies it with
// one. [Store.Find] and [Store.FindAs] look an alias up as Java does,
// [Store.ServerEntry] and [Store.ServerEntryAs] as Tomcat does. [CoveredBy] and
// the methods of [Certificate] and [Entry] state facts; nothing in this package
// says whether they matter.
//
// # Formats
//
//   - The first bytes tell the format: FEEDFEED is JKS, CECECECE is JCEKS, a
//     DER sequence is PKCS12. File names and configured types do not: Java
//     opens PKCS12 as "JKS" since Java 9, and the product's encryption.keystore
//     went from JCEKS to PKCS12 under one name. [OpenJDK 17 KeyStoreDelegator]
//   - JKS and JCEKS of version 1 and 2 are read. A digest over the password in
//     UTF-16, a fixed text and the bytes proves both; any password goes, the
//     empty one and characters outside ASCII too. [OpenJDK 17 JavaKeyStore,
//     JceKeyStore]
//   - CaseExactJKS has the bytes of JKS. Java lists an alias as it is written,
//     so two aliases that differ in case both list; [Store.CaseExact] tells that
//     a plain JKS or JCEKS store could not find them. [OpenJDK 17
//     JavaKeyStore.CaseExactJKS]
//   - A secret key of JCEKS is a serialized Java object without a length. It is
//     walked, never built: one SealedObjectForKeyProtector of the versions Java
//     knows, holding byte arrays and strings. [Java Object Serialization
//     Specification; OpenJDK 17 JceKeyStore.DeserializationChecker]
//   - PKCS12 is read as version 3 with password privacy and integrity, in DER
//     or BER. Safes are clear or encrypted: PBES2 with PBKDF2 over HMAC with
//     SHA-1, SHA-224, SHA-256, SHA-384 or SHA-512 and AES-128 or AES-256 in CBC;
//     the older schemes with SHA-1 and three-key triple DES, RC2 of 40 or 128
//     bits or RC4 of 40 or 128 bits; and MD5 with DES. Other schemes, AES-192
//     and two-key triple DES among them, are refused because Java 17 does not
//     open them: a server would not start. [RFC 7292; OpenJDK 17
//     PKCS12KeyStore, PBES2Parameters]
//   - The MAC of PKCS12 is HMAC with SHA-1, SHA-224, SHA-256, SHA-384, SHA-512,
//     SHA-512/224 or SHA-512/256. A store without a MAC is read and stays
//     unverified. The password must be ASCII, from space to "~", wherever a key
//     is derived from it, as Java 17 asks; newer Java takes more. An empty
//     password is tried in the two forms that exist. [OpenJDK 17 MacData,
//     PBEKey]
//   - What follows the store in the file is ignored, as in Java.
//
// # Entries
//
//   - Private and secret keys are identified and stepped over. None is
//     decrypted, so their passwords are not needed and need not be the store's.
//   - Entries stand in the order of the file. A later entry of the same alias
//     replaces the earlier one and takes its place. Java enumerates by hash.
//   - In PKCS12 the alias is the friendly name, folded; a bag without one gets
//     the next number. A certificate is an entry of its own only with Oracle's
//     trustedKeyUsage attribute; the others serve the chains of the keys: first
//     the one with the key's localKeyId, failing that its name, then issuer by
//     issuer. A key without localKeyId is listed only if it is the first of the
//     file. Bags of other kinds, unencrypted keys among them, are not listed.
//     [OpenJDK 17 PKCS12KeyStore.engineLoad]
//   - Dates are those of the entries in JKS and JCEKS; in PKCS12 Java hides
//     them in the localKeyId of keys as "Time" and milliseconds, and there are
//     none for trusted certificates.
//   - A certificate that Go's parser refuses and Java's takes (a negative serial
//     number, the curve secp256k1) is listed with its bytes and the error. One
//     that Java's parser refuses closes the whole store, as in Java, and the
//     error names the entry: an unknown curve (SM2, the twisted Brainpool curves)
//     or explicit curve parameters, RSA keys below 512 or above 16384 bits, an
//     empty issuer, an empty subject without critical alternative names, an
//     extension that comes twice, a critical extension that cannot be read, a
//     boolean of more than one byte. [OpenJDK 17 X509CertImpl, CurveDB]
//
// # Where this package and Java 17 differ
//
//   - One file may cost 6,000,000 hash computations, which lets through what
//     NSS and GnuTLS write by default, 600,000 iterations for the MAC and for
//     each of several safes; [ReadOptions] moves the bound. Java bounds the MAC
//     and each safe alone, by 5,000,000 iterations, and takes seconds for each;
//     its bound holds here too. The chains of one PKCS12 store may have 262,144
//     certificates in all, and 256 certificates may share their name with
//     another one that could have issued them. A certificate of more than 256
//     KiB is listed without being parsed by Go. ErrLimit tells a store that was
//     given up from one that is bad.
//   - BER that mixes definite and indefinite lengths inside one structure is
//     read as the standard says; Java loses attributes in it. Lengths nested
//     deeper than 32 are refused.
//   - Certificates in PEM form inside a store, which Java's factory would take
//     and nobody writes, are refused.
//   - Of a certificate's extensions those are checked that Java has a class for,
//     where they are critical. [OpenJDK 17 OIDMap] Java's own quirks with Diffie-Hellman keys
//     are not followed: such certificates are taken.
//   - A JCEKS secret key whose class has a superclass that does not exist is
//     refused; Java lists it and can never open it.
//   - An entry of JCEKS whose alias has capitals is listed with its kind. Java
//     lists the alias and can say nothing about it. One with a key and without
//     certificates is listed; Java fails when its certificate is asked for.
//
// # Aliases
//
//   - Java folds an alias to lower case before it looks it up ([FoldAlias]), so
//     "Server" finds "server"; CaseExactJKS does not fold. [OpenJDK 17
//     JavaKeyStore.convertAlias]
//   - Whether a capital sigma becomes the final form depends on where Java's
//     word breaks are. At the end of an ordinary word the answer is Java's;
//     beside digits, punctuation and rare letters it may differ, and then the
//     alias that Java would find is offered in [AliasError].Near.
//   - Tomcat needs a key entry under a configured alias, or its connector does
//     not start. Without an alias it takes the first key that Java enumerates:
//     in PKCS12 the first of the file, in JKS and JCEKS one that is not stable
//     where there are several. The configured store type decides which aliases
//     are found, and type PKCS12 refuses chains out of order. [Tomcat
//     SSLUtilBase.getKeyManagers]
//   - The installer's own entry is "server": self-signed, RSA 2048,
//     SHA256withRSA, 7305 days. [installer 7.0.0]
//
// # Names of hosts
//
//   - [Covers] answers as Java's HTTPS client: DNS names and IP addresses of the
//     subject alternative names count, the common name only where there is no
//     DNS name, a star anywhere in a label, no underscore and no dot at the end.
//     [CoveredBy] names the difference where browsers decide otherwise.
//     [RFC 2818; OpenJDK 17 HostnameChecker; browsers]
//
// # Safety
//
//   - Every length is compared with the bytes left before anything is
//     allocated; memory and time go with the size of the file. No bytes make
//     this package panic.
//   - No password and no byte of a key is in any error, store or entry.
package tlscert
