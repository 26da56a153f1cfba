package haproxy_test

import (
	"fmt"

	"github.com/deploycluster/deploycluster/cluster/haproxy"
)

const config = `
defaults
    mode http
    timeout connect 5s
    timeout client 1m
    timeout server 1m

frontend users
    bind :443 ssl crt /etc/ssl/private/ucd.pem
    acl deploy hdr(host) -i ucd.example.com
    use_backend deploy if deploy
    default_backend wiki

backend deploy
    cookie SRV insert indirect nocache
    server node1 10.0.0.11:8080 check cookie n1
    server node2 10.0.0.12:8080 check cookie n2

backend wiki
    server wiki 10.0.0.20:80
`

func ExampleParse() {
	c, err := haproxy.Parse("haproxy.cfg", []byte(config))
	if err != nil {
		fmt.Println(err)
		return
	}
	o := haproxy.Options{
		Host: "ucd.example.com",
		Members: []haproxy.Member{
			{Name: "node1", Hosts: []string{"node1.example.com", "10.0.0.11"}, HTTP: 8080, HTTPS: 8443},
			{Name: "node2", Hosts: []string{"node2.example.com", "10.0.0.12"}, HTTP: 8080, HTTPS: 8443},
		},
	}
	lb, unclear := c.Facts(o)
	fmt.Println("affinity:", *lb.Affinity, "TLS ends at the", lb.TLSEnds)
	fmt.Println("ports:", lb.Ports)
	for _, u := range unclear {
		fmt.Println(u)
	}

	// The condition tells Deploy's users from others by their host.
	o.Conditions = true
	lb, unclear = c.Facts(o)
	fmt.Println("ports:", lb.Ports, lb.URLs, len(unclear), "unclear")
	// Output:
	// affinity: true TLS ends at the balancer
	// ports: []
	// haproxy.cfg:11: the backend is used under a condition: not clear: urls, ports
	// ports: [8080] [https://ucd.example.com] 0 unclear
}

func ExampleParse_mistake() {
	_, err := haproxy.Parse("haproxy.cfg", []byte("frontend users\n    bind 443\n"))
	fmt.Println(err)
	// Output: haproxy: haproxy.cfg:2:10: the address has no port, or one that does not exist
}
