// Package haproxy reads from a haproxy.cfg what the rules of package check
// ask about a load balancer: which ports of the members it forwards to,
// whether it keeps sessions on one member, where TLS ends, and whether it
// forwards to ports that are not for balancing.
//
// Whatever it does not understand, and whatever depends on something that is not
// in the file, is an Unclear with line and reason, and the fact stays
// undeclared: nothing is guessed. The rules are those of the HAProxy
// Configuration Manual, version 2.6; the section is in brackets.
//
// # Lines and words
//
//   - A line is a statement. Words are cut at unprotected spaces and tabs; an
//     unprotected # begins a comment; LF and CR LF end a line, and the last line
//     must have its end, as HAProxy demands. [2.1]
//   - Outside quotes and in double quotes a backslash protects the next
//     character; \n, \r, \t and \xNN are characters. Nothing has a meaning in
//     single quotes. Other combinations with a backslash make the word unclear.
//     [2.2]
//   - Environment variables are put in within double quotes, and in the addresses
//     of bind and server lines with and without quotes. Their values are not in
//     the file, so what depends on one is unclear, even if it has a default, and
//     the reason names it; so is what a ${NAME[*]} may add to its line. [2.3, bind,
//     server]
//   - Statements between .if and .endif may or may not be there: what they could
//     decide is unclear. Conditions are not evaluated. [2.4]
//   - A missing quote, a word that a statement cannot do without, an .if without
//     its .endif: a *SyntaxError. So is more than one file has to say: a
//     directory of files is to be read as one, in the order that HAProxy has.
//
// # Sections
//
//   - defaults, frontend, backend and listen are read; global and the sections
//     that balance nothing (peers, resolvers, userlist and so on) are passed
//     over. [3, 4]
//   - A proxy begins with the settings of the defaults section that it names
//     with "from", else of the last one before it, else with those of HAProxy:
//     mode tcp, balance roundrobin. A defaults section begins anew, or with
//     another one that it names. [4]
//   - A proxy that is disabled takes no part. [disabled]
//
// # The way of a connection
//
//   - bind: addresses separated by commas, each with a port or a range of ports;
//     "ssl" means that TLS ends there. What listens on a socket file, on an
//     inherited descriptor or on loopback is not where users come in. [bind, 5.1]
//   - A request that a rule redirects, answers or refuses reaches no member; a
//     bind address all of whose requests end so does not count. The rule's
//     condition is evaluated as far as TLS and the port of the bind address decide, such as "if !{ ssl_fc }"; where
//     it looks at something else, some requests get through. [http-request,
//     tcp-request, redirect]
//   - use_backend, in order, with conditions evaluated in the same way, then
//     default_backend, or a listen section's own servers. A name that is made at
//     run time (%[…]) is unclear. [use_backend, default_backend]
//   - A backend that is reached only under a condition that is not evaluated
//     counts only with Options.Conditions: a condition on the host is usual where a
//     balancer serves several applications, but whether it holds is not in the
//     file.
//   - server: address and port; without a port it is the client's, with +N or -N
//     it is moved by N. A member is known by its hosts: names are compared as
//     text, addresses as addresses, and no name is looked up. "ssl" means that the
//     balancer encrypts. disabled, weight 0 and default-server are heeded.
//     server-template, dispatch and servers without an address are
//     unclear. [server, default-server, 5.2]
//
// # What is concluded
//
// Ports are all ports of a member's machine that a connection can reach. They
// are left open where one member receives connections on its web port and
// another with that port does not. JMS and WebSocket are whether those ports are
// among them.
//
// Affinity is what one client meets at each bind address.
//
//   - A backend keeps a client on one member if all its servers are one machine;
//     else HAProxy asks in this order: in mode http a cookie that is inserted, every
//     server with a value, or dynamic with a key, or that is prefixed to
//     the servers' own session cookie, JSESSIONID_ and the HTTP port; a stick table,
//     by the client's address, or by that session cookie where it is stored from
//     responses and matched; balance source, hash of the address or the host, and
//     hdr(host). [cookie, stick, balance]
//   - It does not keep a client if two servers take sessions at the same time and
//     the algorithm is roundrobin, static-rr, leastconn, random or uri and none of
//     these is there: not with cookie values missing, since HAProxy never tells a
//     client of a server without one; nor by a hash alone with hash-type consistent
//     and a hash-balance-factor above 0, which moves clients when their server has
//     much to do. [cookie, hash-balance-factor]
//   - Backends among which one client may be sent must agree. They do if their
//     choice depends on the host, the client's address, TLS or the address of the bind
//     alone, since those stay the same; or if all use the same cookie with the same
//     values for the same members, the same table with the same names of servers,
//     or the same hash over the same servers in the same order. A table belongs to
//     the proxy that declares it. [7, stick-table]
//   - Everything else is unclear: a server beside a single one that is a backup, or
//     that is disabled or has weight 0 until somebody changes that at run time; an
//     address that set-src changes, a Host header or headers with cookies that are
//     changed; a cookie that ends (maxlife, maxidle), is for another domain, or is
//     secure where users come by plain HTTP; a stick table that is not there, holds
//     less than 1000 clients or forgets them in less than half an hour.
//
// TLSEnds is the balancer, if TLS ends at a bind line, also where the balancer
// then encrypts anew; the servers, if a frontend and a backend of mode tcp pass a
// connection on to a member's HTTPS port. Both, or neither, is unclear; so is
// plain text to the HTTPS port, and TLS to the HTTP port.
//
// URLs are scheme, Options.Host and port of each bind address from which a web
// port is reached.
//
// Parse and Facts work in time and memory in proportion to the file; ranges of
// ports are never spelled out.
package haproxy
