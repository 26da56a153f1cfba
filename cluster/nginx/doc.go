// Package nginx reads from an NGINX configuration what the rules of package
// check ask about a load balancer, as package haproxy does from a haproxy.cfg,
// and with its Options, Members and Unclear.
//
// The text is one file, or what nginx -T prints: all files, each after a line
// "# configuration file NAME:". Nothing else is read. Where an include names a
// file that is not in the text, what it could hold is unclear. A file that is
// made to be included, with upstream and server blocks alone, is read as a part
// of http.
//
// The rules are those of the reference at nginx.org; the module is in
// brackets.
//
//   - listen: addresses and ports, with ssl where TLS ends there. What listens on
//     a socket file or on loopback is not where users come in. [http_core,
//     stream_core]
//   - A return for everything in a server or a location answers there; "if
//     ($scheme = http)" and its like answer what comes without TLS. [rewrite]
//   - proxy_pass leads to an upstream, or to one host. One with a variable in place
//     of the host is unclear. All locations of a server count, since they differ by
//     path, which is not the same for all requests of a client; servers are told
//     apart by name, which is. [http_proxy, stream_proxy]
//   - An upstream keeps a client on one member if all its servers are one machine;
//     with ip_hash; with a hash of the client's address or the host; with sticky
//     cookie that does not end and covers the host; with sticky learn of the
//     servers' own session cookie, JSESSIONID_ and the HTTP port, for half an hour
//     or more. It does not if two servers take sessions at the same time and it has
//     none of these, or a hash of the URI. Everything else is unclear. [http_upstream,
//     stream_upstream]
//   - Locations that lead to members through several upstreams have to agree: the
//     same method over the same servers in the same order.
//   - TLS ends at the balancer where listen has ssl; at the servers where stream
//     passes a connection on to a member's HTTPS port. Plain text to the HTTPS port
//     and TLS to the HTTP port are unclear.
//
// The text is cut into directives by github.com/tufanbarisyildirim/gonginx. What
// that parser reads otherwise than NGINX is refused.
package nginx
