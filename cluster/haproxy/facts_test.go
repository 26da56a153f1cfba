package haproxy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/haproxy"
)

// short renders the facts in one line, "?" for what is not declared, and the
// reasons of what is unclear.
func short(lb cluster.LoadBalancer, open []haproxy.Unclear) (facts string, reasons []string) {
	flag := func(b *bool) string {
		if b == nil {
			return "?"
		}
		return fmt.Sprint(*b)
	}
	tls, ports := "?", "?"
	if lb.TLSEnds != 0 {
		tls = lb.TLSEnds.String()
	}
	if lb.Ports != nil {
		ports = strings.Trim(fmt.Sprint(lb.Ports), "[]")
	}
	for _, u := range open {
		reasons = append(reasons, fmt.Sprintf("%d %s", u.Line, u.Reason))
	}
	return fmt.Sprintf("ports %s, affinity %s, tls %s, jms %s, ws %s", ports, flag(lb.Affinity), tls, flag(lb.JMS), flag(lb.WebSocket)), reasons
}

const (
	two = " server a node1.example.com:8080\n server b node2.example.com:8080\n"
	// plain is an http listener on 443 with TLS; its servers follow.
	plain = "listen l\n mode http\n bind :443 ssl\n"
)

// sticky are two servers behind a cookie.
func sticky(cookie string) string {
	return " cookie " + cookie + "\n server a node1.example.com:8080 cookie a\n server b node2.example.com:8080 cookie b\n"
}

func TestFacts(t *testing.T) {
	const kept, lost = "ports 8080, affinity true, tls balancer, jms false, ws false", "ports 8080, affinity false, tls balancer, jms false, ws false"
	const open = "ports 8080, affinity ?, tls balancer, jms false, ws false"
	const nothing = "ports ?, affinity ?, tls ?, jms ?, ws ?"
	for _, c := range []struct {
		name, config, want string
		why                string // part of a reason, "" for none
	}{
		{"round robin by default", plain + two, lost, ""},
		{"leastconn", plain + " balance leastconn\n" + two, lost, ""},
		{"random with draws", plain + " balance random(3)\n" + two, lost, ""},
		{"source", plain + " balance source\n" + two, kept, ""},
		{"hash of the source", plain + " balance hash src\n" + two, kept, ""},
		{"hash of something else", plain + " balance hash req.hdr(x)\n" + two, open, "4 whether this algorithm"},
		{"one server", "frontend l\n mode http\n bind :443 ssl\n default_backend b\nbackend b\n mode http\n server a node1.example.com:8080\n", "ports ?, affinity true, tls balancer, jms false, ws false", `no connection reaches port 8080 of "node2"`},
		{"source from defaults", "defaults\n balance source\n" + plain + two, kept, ""},
		{"defaults begin anew", "defaults\n balance source\ndefaults\n log global\n" + plain + two, lost, ""},
		{"named defaults", "defaults d\n balance source\ndefaults\n log global\nlisten l from d\n mode http\n bind :443 ssl\n" + two, kept, ""},
		{"defaults from defaults", "defaults d\n balance source\ndefaults e from d\n mode http\nlisten l\n bind :443 ssl\n" + two, kept, ""},

		{"cookie inserted", plain + " cookie S insert\n server a node1.example.com:8080 cookie a\n server b node2.example.com:8080 cookie b\n", kept, ""},
		{"cookie on one server", plain + " cookie S insert\n server a node1.example.com:8080 cookie a\n server b node2.example.com:8080\n", open, "not every server"},
		{"one value for two servers", plain + " cookie S insert\n server a node1.example.com:8080 cookie a\n server b node2.example.com:8080 cookie a\n", open, "one cookie value"},
		{"cookie looked at only", plain + " cookie S\n server a node1.example.com:8080 cookie a\n server b node2.example.com:8080 cookie b\n", lost, ""},
		{"cookie prefixed that nobody sets", plain + " cookie S prefix\n server a node1.example.com:8080 cookie a\n server b node2.example.com:8080 cookie b\n", open, "not known to set"},
		{"cookie rewritten", plain + " cookie JSESSIONID_8080 rewrite\n server a node1.example.com:8080 cookie a\n server b node2.example.com:8080 cookie b\n", open, "cookie statement"},
		{"cookie dynamic", plain + " cookie S insert dynamic\n dynamic-cookie-key k\n" + two, kept, ""},
		{"cookie dynamic without key", plain + " cookie S insert dynamic\n" + two, open, "without a key"},
		{"cookie value from a variable", plain + " cookie S insert\n server a node1.example.com:8080 cookie \"$A\"\n server b node2.example.com:8080 cookie b\n", open, "cookie value is not certain"},
		{"cookie value after an unknown parameter", plain + " cookie S insert\n server a node1.example.com:8080 surprise cookie a\n server b node2.example.com:8080 cookie b\n", open, "cookie value is not certain"},
		{"cookie without HTTP", "listen l\n bind :8443\n cookie S insert\n server a node1.example.com:8443 cookie a\n server b node2.example.com:8443 cookie b\n",
			"ports 8443, affinity false, tls servers, jms false, ws false", ""},

		{"stick on source", plain + " stick-table type ip size 1k\n stick on src\n" + two, kept, ""},
		{"stick on source in another table", plain + " stick on src table other\n" + two + "backend other\n stick-table type ip size 100k\n", kept, ""},
		{"stick on source in a table that is not there", plain + " stick on src table other\n" + two, open, "no such table"},
		{"stick on source without a table", plain + " stick on src\n" + two, open, "no such table"},
		{"a table of a few clients", plain + " stick-table type ip size 10\n stick on src\n" + two, open, "4 the table may be too small"},
		{"a table that forgets", plain + " stick-table type ip size 100k expire 10s\n stick on src\n" + two, open, "4 the table may forget"},
		{"a table that forgets in milliseconds", plain + " stick-table type ip size 100k expire 1800000\n stick on src\n" + two, kept, ""},
		{"a table whose size is a variable", plain + " stick-table type ip size \"$N\"\n stick on src\n" + two, open, "the table has an environment variable"},
		{"matched here and stored there", plain + " stick-table type string size 1m\n stick match req.cook(JSESSIONID_8080)\n stick store-response res.cook(JSESSIONID_8080) table other\n" + two + "backend other\n stick-table type string size 1m\n", open, "not what is stored"},

		{"the other server is drained", plain + " server a node1.example.com:8080\n server b node2.example.com:8080 weight 0\n", "ports ?, affinity true, tls balancer, jms false, ws false", "no connection reaches port 8080"},
		{"the other server is disabled", plain + " server a node1.example.com:8080\n server b node2.example.com:8080 disabled\n", "ports ?, affinity true, tls balancer, jms false, ws false", "no connection reaches port 8080"},
		{"active and passive", plain + " server a node1.example.com:8080\n server b node2.example.com:8080 backup\n", open, "4 whether more than one server takes sessions"},
		{"two backups", plain + " default-server backup\n" + two, open, "5 whether more than one server takes sessions"},
		{"two active ones and a backup", plain + two + " server c 10.0.0.13:8080 backup\n", lost, ""},
		{"backup taken back", plain + " default-server backup\n server a node1.example.com:8080 no-backup\n server b node2.example.com:8080 no-backup\n", lost, ""},
		{"the other server may be drained", plain + " server a node1.example.com:8080\n server b node2.example.com:8080 weight \"$W\"\n", "ports ?, affinity ?, tls balancer, jms false, ws false", "4 whether more than one server"},
		{"a disabled server without a cookie value", plain + " cookie S insert\n server a node1.example.com:8080 cookie a\n server b node2.example.com:8080 cookie b\n server c 10.0.0.13:8080 disabled\n", kept, ""},

		{"source that is set", plain + " balance source\n http-request set-src hdr(X-Forwarded-For)\n" + two, open, "5 sessions are kept by the client's address"},
		{"source that is set at the frontend", "frontend f\n mode http\n bind :443 ssl\n tcp-request connection set-src dst\n default_backend b\nbackend b\n mode http\n balance source\n" + two, open, "4 sessions are kept by the client's address"},
		{"source that is set, and a cookie", plain + " http-request set-src hdr(X-Forwarded-For)\n" + sticky("S insert"), kept, ""},
		{"source that may be set", plain + " balance source\n.if 0\n http-request set-src hdr(X)\n.endif\n" + two, "ports ?, affinity ?, tls ?, jms ?, ws ?", "6 it stands between"},
		{"Cookie deleted", plain + " http-request del-header cookie\n" + sticky("S insert"), open, "4 sessions are kept by a cookie"},
		{"Set-Cookie replaced", plain + " http-response replace-header Set-Cookie (.*) x\n" + sticky("S insert"), open, "4 sessions are kept by a cookie"},
		{"Set-Cookie set afterwards", plain + " http-after-response set-header Set-Cookie x\n" + sticky("S insert"), open, "4 sessions are kept by a cookie"},
		{"headers deleted by a pattern", plain + " http-response del-header ^Set -m reg\n" + sticky("S insert"), open, "4 sessions are kept by a cookie"},
		{"other headers changed", plain + " http-response set-header X y\n http-request del-header X-Forwarded-For\n" + sticky("S insert"), kept, ""},
		{"headers of responses that may be changed", plain + ".if 0\n http-response set-header X y\n.endif\n" + sticky("S insert"), kept, ""},
		{"cookie with an end", plain + sticky("S insert maxlife 1h"), open, "the cookie ends"},
		{"cookie with an idle time", plain + sticky("S insert maxidle 1h"), open, "the cookie ends"},
		{"cookie of another domain", plain + sticky("S insert domain example.org"), open, "the cookie is for a domain"},
		{"cookie of the domain", plain + sticky("S insert domain .example.com"), kept, ""},
		{"cookie of the host", plain + sticky("S insert domain UCD.example.com"), kept, ""},
		{"cookie of the domain's end only", plain + sticky("S insert domain ample.com"), open, "the cookie is for a domain"},
		{"secure cookie with TLS", plain + sticky("S insert secure"), kept, ""},
		{"secure cookie over plain HTTP", "listen l\n mode http\n bind :80\n" + sticky("S insert secure"), "ports 8080, affinity ?, tls ?, jms false, ws false", "do not send this cookie"},
		{"secure cookie, plain HTTP redirected", plain + " bind :80\n redirect scheme https if !{ ssl_fc }\n" + sticky("S insert secure"), kept, ""},
		{"secure cookie, some of plain HTTP redirected", plain + " bind :80\n redirect scheme https if { path /x }\n" + sticky("S insert secure"), open, "do not send this cookie"},
		{"a cookie in a backend of mode tcp", "frontend f\n mode http\n bind :443 ssl\n default_backend b\nbackend b\n" + sticky("S insert"), open, "without mode http"},

		{"stick under a condition", plain + " stick on src if TRUE\n" + two, open, "a stick statement"},
		{"stick matched and never stored", plain + " stick-table type string size 1m\n stick match req.cook(JSESSIONID_8080)\n" + two, open, "not what is stored"},
		{"stick on a cookie that nobody sets", plain + " stick match req.cook(X)\n stick store-response res.cook(X)\n" + two, open, "not known to set"},
		{"a server left out of the table", plain + " stick-table type ip size 1m\n stick on src\n server a node1.example.com:8080 non-stick\n server b node2.example.com:8080\n", open, "left out"},

		{"encrypted anew by default-server", plain + " balance source\n default-server ssl verify none\n server a node1.example.com:8443\n server b node2.example.com:8443\n",
			"ports 8443, affinity true, tls balancer, jms false, ws false", ""},
		{"plain HTTP to the HTTPS port", "listen l\n mode http\n bind :80\n balance source\n server a node1.example.com:8443\n server b node2.example.com:8443\n",
			"ports 8443, affinity true, tls ?, jms false, ws false", "plain HTTP goes"},
		{"both ends", plain + " balance source\n" + two + "listen m\n bind :8443\n balance source\n server a node1.example.com\n server b node2.example.com\n",
			"ports 8080 8443, affinity true, tls ?, jms false, ws false", "for some connections"},
		{"an unknown parameter, then ssl", "listen l\n mode http\n bind :443 surprise ssl\n balance source\n" + two, "ports 8080, affinity true, tls ?, jms false, ws false", "whether TLS ends here"},
		{"a value that reads ssl", "listen l\n mode http\n bind :443 name ssl\n balance source\n" + two, "ports 8080, affinity true, tls ?, jms false, ws false", "no connection with TLS"},
		{"a variable among the parameters", "listen l\n mode http\n bind :443 \"$SSL\"\n balance source\n" + two, "ports 8080, affinity true, tls ?, jms false, ws false", "an environment variable"},
		{"loopback", "listen l\n mode http\n bind 127.0.0.1:443 ssl\n balance source\n" + two, "ports 8080, affinity true, tls ?, jms false, ws false", "from this machine"},
		{"socket file", "listen l\n mode http\n bind /run/x.sock ssl\n balance source\n" + two, "ports 8080, affinity true, tls ?, jms false, ws false", "from this machine"},

		{"port moved", "listen l\n bind :443\n balance source\n server a node1.example.com:+8000\n server b node2.example.com:+8000\n", "ports 8443, affinity true, tls servers, jms false, ws false", ""},
		{"port unclear", "listen l\n bind \":$PORT\"\n balance source\n server a node1.example.com\n server b node2.example.com\n", nothing, "the server uses the client's"},
		{"another port of the machine", plain + " balance source\n server a node1.example.com:9999\n", "ports 9999, affinity ?, tls ?, jms false, ws false", "reaches a web port"},
		{"JMS alone", "listen l\n bind :7918\n server a node1.example.com:7918\n", "ports 7918, affinity ?, tls ?, jms true, ws false", "reaches a web port"},
		{"one member left out", plain + " balance source\n server a node1.example.com:8080\n server b node2.example.com:8080 disabled\n", "ports ?, affinity true, tls balancer, jms false, ws false", "no connection reaches port 8080"},
		{"weight 0", plain + " balance source\n default-server weight 0\n server a node1.example.com:8080 weight 1\n server b node2.example.com:8080\n", "ports ?, affinity true, tls balancer, jms false, ws false", "no connection reaches port 8080"},
		{"weight from a variable", plain + " balance source\n server a node1.example.com:8080\n server b node2.example.com:8080 weight \"$W\"\n", "ports ?, affinity true, tls balancer, jms false, ws false", "takes part"},

		{"a backend that nothing leads to", plain + " balance source\n" + two + "backend b\n server a node1.example.com:7918\n", kept, ""},
		{"a proxy that is disabled", plain + " disabled\n balance source\n" + two, "ports ?, affinity ?, tls ?, jms false, ws false", "reaches a web port"},
		{"a frontend that is disabled", "frontend f\n disabled\n mode http\n bind :443 ssl\n default_backend b\nbackend b\n" + two, "ports ?, affinity ?, tls ?, jms false, ws false", "reaches a web port"},
		{"rules after the one that decides", "frontend f\n mode http\n bind :443 ssl\n use_backend good\n use_backend bad\nbackend good\n balance source\n" + two + "backend bad\n" + two, kept, ""},
		{"another kind of section that may not be there", plain + two + ".if 0\npeers p\n.endif\n balance source\n", nothing, "what follows may belong"},
		{"use_backend without a condition", "frontend f\n mode http\n bind :443 ssl\n use_backend good\n default_backend bad\nbackend good\n balance source\n" + two + "backend bad\n" + two, kept, ""},
		{"default_backend of a listen section", "listen l\n mode http\n bind :443 ssl\n default_backend good\n" + two + "backend good\n balance source\n" + two, kept, ""},
		{"no sessions under a condition", "frontend f\n mode http\n bind :443 ssl\n use_backend bad if { path /x }\n default_backend good\nbackend good\n balance source\n" + two + "backend bad\n" + two, open, "keeps no sessions"},
		{"no sessions, under a condition or not", "frontend f\n mode http\n bind :443 ssl\n use_backend bad if { path /x }\n default_backend bad\nbackend bad\n" + two, lost, ""},
		{"two backends of one name", "frontend f\n mode http\n bind :443 ssl\n default_backend b\nbackend b\n" + two + "backend b\n" + two, nothing, "several backends"},
		{"a name from a variable", "frontend f\n mode http\n bind :443 ssl\n default_backend \"$B\"\nbackend b\n" + two, nothing, "decided while HAProxy runs"},
		{"a statement that is not known", plain + " balance source\n surprise\n" + two, nothing, "does not know what the statement does"},
		{"dispatch", plain + " dispatch node1.example.com:8080\n" + two, nothing, "does not know what the statement does"},
		{"every request refused", plain + " balance source\n http-request deny\n" + two, "ports ?, affinity true, tls balancer, jms ?, ws ?", "ends every request"},
		{"some requests refused", plain + " balance source\n http-request deny if { src 192.0.2.1 }\n" + two, kept, ""},
		{"plain HTTP redirected", "listen l\n mode http\n bind :80\n redirect scheme https if !{ ssl_fc }\n balance source\n" + two, "ports ?, affinity true, tls ?, jms false, ws false", "redirected to https"},
		{"an escape that is not listed", "listen l\n mode http\n bind :443 ssl\n balance source\n server a node1.example.com\\:8080\n", nothing, "no server line"},
		{"statements of other sections", "peers p\n bind :1\n server node1.example.com\nresolvers r\n nameserver x 192.0.2.1:53\n" + plain + " balance source\n" + two, kept, ""},
		{"families", "listen l\n mode http\n bind ipv4@:443 ssl\n balance source\n server a ipv4@node1.example.com:8080\n server b ipv6@node2.example.com:8080\n server c unix@/run/c\n server d /run/d\n", kept, ""},
		{"a family that is not known", plain + " balance source\n" + two + " server c rhttp@x\n", nothing, "a kind of address"},
		{"an inherited descriptor", "listen l\n mode http\n bind fd@3 ssl\n balance source\n" + two, kept, "the port has a kind of address"},
		{"an address from a variable", "listen l\n mode http\n bind \"$ADDRESS\" ssl\n balance source\n" + two, "ports 8080, affinity true, tls ?, jms false, ws false", "the address has an environment variable"},
		{"several addresses from a variable", "listen l\n mode http\n bind \"${ADDRESSES[*]}\" ssl\n balance source\n" + two, nothing, "the address has an environment variable"},
		{"the address that the client meant", plain + " balance source\n" + two + " server c 0.0.0.0:8080\n", nothing, "the client meant"},
		{"the port of one server is a variable", plain + " balance source\n server a node1.example.com:8080\n server b \"node2.example.com:$P\"\n", nothing, "the server's address has"},
		{"IPv6", "listen l\n mode http\n bind [::]:443 ssl\n balance source\n server a [2001:DB8::0011]:8080\n server b 10.0.0.12:8080\n", kept, ""},
		{"taken back", plain + " balance source\n default-server ssl disabled non-stick\n server a node1.example.com:8080 no-ssl enabled stick\n server b node2.example.com:8080 enabled\n", kept, ""},
		{"parameters from a variable", plain + " balance source\n server a node1.example.com:8080 \"$OPTIONS\"\n server b node2.example.com:8080\n", nothing, "the server has an environment variable"},
		{"the value of a parameter from a variable", plain + " balance source\n server a node1.example.com:8080 ca-file \"$FILE\"\n server b node2.example.com:8080\n", kept, ""},
		{"disabled after an unknown parameter", plain + " balance source\n server a node1.example.com:8080 surprise disabled\n server b node2.example.com:8080\n", "ports ?, affinity true, tls balancer, jms false, ws false", "takes part is not certain"},
		{"a server that redirects", plain + " balance source\n server a node1.example.com:8080 redir http://x\n server b node2.example.com:8080\n", "ports ?, affinity true, tls balancer, jms false, ws false", "takes part is not certain"},
		{"default-server from a variable", plain + " balance source\n default-server \"$OPTIONS\"\n" + two, nothing, "default-server has"},
		{"connections refused", plain + " balance source\n tcp-request connection reject\n" + two, "ports ?, affinity true, tls balancer, jms ?, ws ?", "ends every request"},
		{"a destination that is set", plain + " balance source\n http-request set-dst-port int(1)\n" + two, nothing, "where connections go"},
		{"an action from a variable", plain + " balance source\n http-request \"$ACTION\"\n" + two, "ports ?, affinity true, tls ?, jms ?, ws ?", "not certain"},
		{"redirected elsewhere", plain + " balance source\n http-request redirect location /x\n" + two, "ports ?, affinity true, tls balancer, jms ?, ws ?", "redirects every request"},
		{"headers in a defaults section", "defaults\n http-request set-header X y\n option httplog\n" + plain + " balance source\n" + two, kept, ""},
		{"a statement in a defaults section that is not known", "defaults\n surprise\n" + plain + " balance source\n" + two, nothing, "surprise in a defaults section"},
		{"a defaults section that is not certain", "defaults \"$D\"\n balance source\n" + plain + two, nothing, "the section's line has"},
		{"a statement from a variable", plain + " balance source\n \"$X\" y\n" + two, nothing, "the statement's name has"},
		{"transparent", plain + " balance source\n option transparent\n" + two, nothing, "does not know what the statement does"},
		{"a mode that is not known", "listen l\n mode surprise\n bind :443 ssl\n balance source\n" + two, "ports 8080, affinity ?, tls ?, jms false, ws false", "a mode that"},
		{"encryption from a variable", "listen l\n bind :8443\n balance source\n server a node1.example.com:8443 verify none \"$SSL\"\n server b node2.example.com:8443\n", nothing, "the server has"},
		{"a section whose name is not certain", plain + " balance source\n" + two + "frontend \"$F\"\n bind :1\n", nothing, "the section's line has an environment variable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conf, err := haproxy.Parse("haproxy.cfg", []byte(c.config))
			if err != nil {
				t.Fatal(err)
			}
			lb, unclear := conf.Facts(haproxy.Options{Host: "ucd.example.com", Members: members()})
			got, reasons := short(lb, unclear)
			if got != c.want {
				t.Errorf("\n got %s\nwant %s\n%s", got, c.want, strings.Join(reasons, "\n"))
			}
			found := c.why == "" && len(reasons) == 0 || c.why != "" && slices.ContainsFunc(reasons, func(r string) bool { return strings.Contains(r, c.why) })
			if !found {
				t.Errorf("reasons %q, want one with %q", reasons, c.why)
			}
			for fact, declared := range map[string]bool{"ports": lb.Ports != nil, "affinity": lb.Affinity != nil, "tlsEnds": lb.TLSEnds != 0, "jms": lb.JMS != nil, "webSocket": lb.WebSocket != nil, "urls": lb.URLs != nil} {
				said := slices.ContainsFunc(unclear, func(u haproxy.Unclear) bool { return slices.Contains(u.Facts, fact) })
				if declared == said {
					t.Errorf("%s: declared %v, called unclear %v", fact, declared, said)
				}
			}
		})
	}
}

func TestURLs(t *testing.T) {
	const servers = " server a node1.example.com\n server b node2.example.com\n"
	for config, want := range map[string]string{
		plain + two: "https://ucd.example.com",
		"listen l\n mode http\n bind :80,:443\n bind :8081 ssl\n" + two:                                                                   "http://ucd.example.com http://ucd.example.com:443 https://ucd.example.com:8081",
		"listen l\n bind :8000-8500\n" + servers:                                                                                          "http://ucd.example.com:8080 https://ucd.example.com:8443",
		"listen l\n bind :9000-9500\n server a node1.example.com:-1000\n server b node2.example.com:-1000\n":                              "http://ucd.example.com:9080 https://ucd.example.com:9443",
		"listen l\n mode http\n bind :80-81\n" + two:                                                                                      "? 3 a range of ports leads to one port of the members",
		"listen l\n bind :443 ssl\n server a node1.example.com:8443 ssl\n":                                                                "https://ucd.example.com",
		"listen l\n mode http\n bind :80\n server a node1.example.com:8443 ssl\n":                                                         "http://ucd.example.com",
		"frontend f\n mode http\n bind :80\n use_backend b if TRUE\nbackend b\n mode http\n" + two:                                        "? 4 the backend is used under a condition",
		"frontend f\n mode http\n bind :80\n use_backend b if TRUE\n default_backend b\nbackend b\n mode http\n" + two:                    "http://ucd.example.com",
		"listen l\n mode http\n bind :80\n redirect scheme https\n bind :443 ssl\n balance source\n" + two + "listen m\n bind :1\n":       "? 5 every request is redirected to https",
		"frontend f\n mode http\n bind :8080\n redirect scheme https\n default_backend b\nbackend b\n mode http\n balance source\n" + two: "? 3 every request is redirected to https",
		"listen l\n mode http\n bind :80\n redirect scheme https if !{ ssl_fc }\n bind :443 ssl\n balance source\n" + two:                 "http://ucd.example.com https://ucd.example.com",
	} {
		c, err := haproxy.Parse("haproxy.cfg", []byte(config))
		if err != nil {
			t.Fatal(err)
		}
		lb, open := c.Facts(haproxy.Options{Host: "UCD.example.com.", Members: members()})
		got := strings.Join(lb.URLs, " ")
		for _, u := range open {
			if slices.Contains(u.Facts, "urls") {
				got = fmt.Sprintf("? %d %s", u.Line, u.Reason)
			}
		}
		if got != want {
			t.Errorf("%q:\n got %s\nwant %s", config, got, want)
		}
	}
	c, err := haproxy.Parse("haproxy.cfg", []byte(plain+two))
	if err != nil {
		t.Fatal(err)
	}
	if lb, _ := c.Facts(haproxy.Options{Host: "[2001:DB8::1]", Members: members()}); len(lb.URLs) != 1 || lb.URLs[0] != "https://[2001:db8::1]" {
		t.Errorf("%q", lb.URLs)
	}
	if lb, open := c.Facts(haproxy.Options{Members: members()}); lb.URLs != nil || len(open) != 1 {
		t.Errorf("without a host: %q, %v", lb.URLs, open)
	}
}
