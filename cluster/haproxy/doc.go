// Package haproxy reads from a haproxy.cfg what the rules of package cluster
// want to know of a load balancer: which ports of the members it forwards to,
// whether it keeps sessions on one member, where TLS ends, and whether it
// forwards to ports that are not for balancing.
//
// Whatever it does not understand, and whatever hangs on something that is not
// in the file, is an Unclear with line and reason, and the fact stays
// undeclared: nothing is guessed. The rules are those of the HAProxy
// Configuration Manual, version 2.6; the section stands in brackets.
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
//   - Environment variables are variables in double quotes only. Their values
//     are not in the file, so a word with one is unclear, even if it has a
//     default; so is what a ${NAME[*]} may add to its line. [2.3]
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
//   - bind: addresses parted by commas, each with a port or a range of ports;
//     "ssl" means that TLS ends there. What listens on a socket file, on an
//     inherited descriptor or on loopback is not where users come in. [bind, 5.1]
//   - use_backend without a condition decides; with one, its backend may be
//     used. default_backend is used otherwise, and a listen section's own servers
//     where there is none. A name that is made at run time (%[…]) is unclear.
//     [use_backend, default_backend]
//   - What is reached only under a condition counts only with
//     Options.Conditions: a condition on the host is usual where a balancer
//     serves several applications, but whether it holds is not in the file. The
//     same is true of plain HTTP where a redirect to https is configured, and of
//     everything where it has no condition, whatever the option says. Requests that a rule without a condition refuses or answers
//     do not get further: unclear.
//   - server: address and port; without a port it is the client's, with +N or -N
//     it is moved by N. A member is known by its hosts: names are compared as
//     text, addresses as addresses, and no name is looked up. "ssl" means that the
//     balancer encrypts. disabled, weight 0 and default-server are heeded.
//     server-template, dispatch and servers without an address of their own are
//     unclear. [server, default-server, 5.2]
//
// # What is concluded
//
//   - Ports: every port of a member's machine that a connection can reach. It is
//     left open where one member receives connections on its web port and another
//     with that port does not.
//   - Affinity, of every backend that leads to a web port. It is there with: a
//     single server that takes part; balance source; balance hash src; in mode
//     http a cookie that is inserted (every server with a value of its own, or
//     dynamic with a key), or prefixed to the servers' own session cookie,
//     JSESSIONID_ and the HTTP port; stick on src; stick match on that session
//     cookie with the store-response that belongs to it. It is not there where two
//     servers take sessions at the same time by any other algorithm among
//     roundrobin, static-rr, leastconn, first, random and uri and none of these.
//     All else is unclear: a backup server beside a single one; an address that
//     set-src changes; rules that change headers with cookies; a cookie that ends
//     (maxlife, maxidle), is for another domain, or is secure where users come by
//     plain HTTP; a stick table that is not there, holds less than 1000 clients or
//     forgets them in less than half an hour. [balance, cookie, stick, stick-table,
//     server]
//   - TLSEnds: at the balancer, if TLS ends at a bind line, also where the balancer
//     then encrypts anew; at the servers, if a frontend and a backend of mode tcp
//     pass a connection on to a member's HTTPS port. Both, or neither, is unclear.
//   - JMS, WebSocket: whether the ports are among those that are reached.
//   - URLs: scheme, Options.Host and port of each bind address from which a web
//     port is reached.
//
// Parse and Facts work in time and memory in proportion to the file; ranges of
// ports are never spelled out.
package haproxy
