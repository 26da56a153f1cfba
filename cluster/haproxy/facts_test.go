package haproxy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster/haproxy"
)

const (
	two = " server a node1.example.com:8080\n server b node2.example.com:8080\n"
	// plain is an http listener on 443 with TLS; its servers follow.
	plain = "listen l\n mode http\n bind :443 ssl\n"
)

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
		"frontend f\n mode http\n bind :80\n use_backend b if { path / }\nbackend b\n mode http\n" + two:                                  "? 4 the backend is used under a condition",
		"frontend f\n mode http\n bind :80\n use_backend b if TRUE\n default_backend b\nbackend b\n mode http\n" + two:                    "http://ucd.example.com",
		"listen l\n mode http\n bind :80\n redirect scheme https\n bind :443 ssl\n balance source\n" + two + "listen m\n bind :1\n":       "? 0 no connection reaches a web port of the members",
		"frontend f\n mode http\n bind :8080\n redirect scheme https\n default_backend b\nbackend b\n mode http\n balance source\n" + two: "? 0 no connection reaches a web port of the members",
		"listen l\n mode http\n bind :80\n redirect scheme https if !{ ssl_fc }\n bind :443 ssl\n balance source\n" + two:                 "https://ucd.example.com",
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
