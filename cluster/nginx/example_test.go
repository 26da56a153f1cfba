package nginx_test

import (
	"fmt"

	"github.com/deploycluster/deploycluster/cluster/haproxy"
	"github.com/deploycluster/deploycluster/cluster/nginx"
)

func ExampleParse() {
	c, err := nginx.Parse("nginx.conf", []byte(`
http {
    upstream deploy {
        ip_hash;
        server 10.0.0.11:8080;
        server 10.0.0.12:8080;
    }
    server {
        listen 443 ssl;
        server_name ucd.example.com;
        location / { proxy_pass http://deploy; }
    }
}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	lb, unclear := c.Facts(haproxy.Options{
		Host: "ucd.example.com",
		Members: []haproxy.Member{
			{Name: "node1", Hosts: []string{"10.0.0.11"}, HTTP: 8080, HTTPS: 8443},
			{Name: "node2", Hosts: []string{"10.0.0.12"}, HTTP: 8080, HTTPS: 8443},
		},
	})
	fmt.Println("affinity:", *lb.Affinity, "TLS ends at the", lb.TLSEnds)
	fmt.Println("ports:", lb.Ports, lb.URLs)
	for _, u := range unclear {
		fmt.Println(u)
	}
	// Output:
	// affinity: true TLS ends at the balancer
	// ports: [8080] [https://ucd.example.com]
}
