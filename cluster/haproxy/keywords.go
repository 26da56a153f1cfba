package haproxy

import "strings"

// keywords are names, with a space before and after each.
type keywords string

func (k keywords) has(name string) bool {
	return name != "" && !strings.Contains(name, " ") && strings.Contains(string(k), " "+name+" ")
}

// otherSections are passed over: they balance nothing.
const otherSections keywords = "" +
	" cache crt-store fcgi-app global http-errors log-forward log-profile mailers peers program resolvers ring" +
	" traces userlist "

// passedOver are the statements of proxies that decide none of the facts.
const passedOver keywords = "" +
	" backlog bind-process capture clitcpka-cnt clitcpka-idle clitcpka-intvl compression declare description" +
	" email-alert error-log-format errorfile errorfiles errorloc errorloc302 errorloc303 external-check filter" +
	" force-persist fullconn grace http-check http-error http-reuse http-send-name-header id load-server-state-from-file" +
	" log log-format log-format-sd log-tag max-keep-alive-queue max-session-srv-conns maxconn monitor monitor-uri no" +
	" persist rate-limit retries retry-on server-state-file-name source srvtcpka-cnt srvtcpka-idle srvtcpka-intvl" +
	" stats tcp-check tcp-response timeout unique-id-format unique-id-header "

// bindFlags stand alone on a bind line.
const bindFlags keywords = "" +
	" accept-proxy allow-0rtt defer-accept force-sslv3 force-tlsv10 force-tlsv11 force-tlsv12 force-tlsv13" +
	" generate-certificates no-ca-names no-sslv3 no-tls-tickets no-tlsv10 no-tlsv11 no-tlsv12 no-tlsv13 prefer-client-ciphers" +
	" quic-force-retry ssl strict-sni tfo transparent v4v6 v6only "

// bindValues take the next word on a bind line.
const bindValues keywords = "" +
	" accept-netscaler-cip alpn backlog ca-file ca-ignore-err ca-sign-file ca-sign-pass ca-verify-file ciphers" +
	" ciphersuites crl-file crt crt-ignore-err crt-list curves ecdhe expose-fd gid group id interface level maxconn" +
	" mode mss name namespace nice npn process proto quic-cc-algo severity-output shards ssl-max-ver ssl-min-ver" +
	" tcp-ut thread tls-ticket-keys uid user verify "

// serverFlags stand alone on a server or default-server line.
const serverFlags keywords = "" +
	" agent-check allow-0rtt backup check check-send-proxy check-ssl check-via-socks4 disabled enabled force-sslv3" +
	" force-tlsv10 force-tlsv11 force-tlsv12 force-tlsv13 no-agent-check no-backup no-check no-check-ssl" +
	" no-send-proxy no-send-proxy-v2 no-send-proxy-v2-ssl no-send-proxy-v2-ssl-cn no-ssl no-ssl-reuse no-sslv3 no-tfo" +
	" no-tls-tickets no-tlsv10 no-tlsv11 no-tlsv12 no-tlsv13 no-verifyhost non-stick send-proxy send-proxy-v2" +
	" send-proxy-v2-ssl send-proxy-v2-ssl-cn ssl ssl-reuse stick tfo tls-tickets "

// serverValues take the next word on a server or default-server line.
const serverValues keywords = "" +
	" addr agent-addr agent-inter agent-port agent-send alpn ca-file check-alpn check-proto check-sni ciphers" +
	" ciphersuites cookie crl-file crt downinter error-limit fall fastinter id init-addr inter interface log-proto" +
	" max-reuse maxconn maxqueue minconn namespace npn observe on-error on-marked-down on-marked-up pool-low-conn" +
	" pool-max-conn pool-purge-delay port proto proxy-v2-options redir resolve-net resolve-opts resolve-prefer" +
	" resolvers rise slowstart sni socks4 source ssl-max-ver ssl-min-ver tcp-ut track usesrc verify verifyhost" +
	" weight ws "
