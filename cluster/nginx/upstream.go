package nginx

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deploycluster/deploycluster/internal/balancer"
	"github.com/deploycluster/deploycluster/internal/hostname"
)

// upstream is a group of servers, or the one server that a proxy_pass names.
type upstream struct {
	line    int
	servers []server
	// method is the directive that picks a server, with its arguments; nil is
	// round robin. sticky comes before it.
	method, sticky *directive
	// why says what makes the servers unclear, unknown how one is picked; empty if
	// nothing does.
	why     string
	unknown balancer.Place
}

// server is a server of an upstream.
type server struct {
	line         int
	host         string
	port         int
	down, backup bool
	weight       string
}

const passedOver = " keepalive keepalive_requests keepalive_time keepalive_timeout ntlm queue resolver resolver_timeout zone "

func readUpstream(d directive) *upstream {
	u := &upstream{line: d.line}
	for _, each := range d.block {
		switch each.name {
		case "server":
			s, ok := readServer(each)
			if !ok {
				u.why = "the address of a server is not understood"
			}
			u.servers = append(u.servers, s)
		case "ip_hash", "hash", "least_conn", "least_time", "random":
			u.method = &each
		case "sticky":
			u.sticky = &each
		case "state", "include":
			u.why = "its servers are in a file that is not here"
		default:
			if !strings.Contains(passedOver, " "+each.name+" ") {
				u.unknown = balancer.At(each.line, "this reader does not know what the directive does")
			}
		}
	}
	return u
}

// readServer reads a server of an upstream. Without a port it is 80.
func readServer(d directive) (s server, ok bool) {
	s.line = d.line
	s.host, s.port, ok = hostPort(d.arg(0), 80)
	for _, p := range d.args[min(1, len(d.args)):] {
		key, value, _ := strings.Cut(p, "=")
		switch key {
		case "down":
			s.down = true
		case "backup":
			s.backup = true
		case "weight":
			s.weight = value
		}
	}
	return s, ok
}

// hostPort cuts an address. ok is false for what cannot be understood; a socket
// file has no host.
func hostPort(text string, port int) (host string, number int, ok bool) {
	if strings.HasPrefix(text, "unix:") {
		return "", 0, true
	}
	host, digits := hostname.Split(text)
	if digits != "" {
		n, err := strconv.Atoi(digits)
		if err != nil || n < 1 || n > 65535 {
			return "", 0, false
		}
		port = n
	}
	host = hostname.Fold(host)
	return host, port, host != "" && !strings.Contains(text, "$")
}

// leastTime is how long a session may pause before what keeps it forgets it.
const leastTime = 30 * time.Minute

// keeps judges an upstream.
func (u *upstream) keeps(t *balancer.Teller) balancer.Keeping {
	doubt := func(line int, why string) balancer.Keeping { return balancer.Keeping{Doubt: balancer.At(line, why)} }
	switch {
	case u.why != "":
		return doubt(u.line, u.why)
	case len(u.servers) == 0:
		return doubt(u.line, "this upstream has no servers")
	}
	first := t.Machine(u.servers[0].host)
	if !slices.ContainsFunc(u.servers, func(s server) bool { return t.Machine(s.host) != first }) {
		return balancer.Keeping{Kept: true, Way: "only " + first}
	}
	if u.unknown.Line > 0 {
		return balancer.Keeping{Doubt: u.unknown}
	}
	if u.sticky != nil {
		return u.stickyKeeps(t)
	}
	kept, moves, by := u.methodKeeps()
	switch {
	case kept:
		return balancer.Keeping{Kept: true, By: by, Way: texts(u.method) + u.list(t, true)}
	case !moves:
		return doubt(u.method.line, "whether this method keeps sessions on one member is not clear")
	}
	active := 0
	for _, s := range u.servers {
		if !s.down && !s.backup {
			active++
		}
	}
	if active < 2 {
		return doubt(u.line, "a server beside the one that takes sessions is a backup or down, and when that changes nothing keeps sessions on one member")
	}
	return balancer.Keeping{}
}

const (
	steadyVariables = " $binary_remote_addr $host $http_host $proxy_protocol_addr $remote_addr $server_addr $server_name $server_port $ssl_preread_server_name $ssl_server_name "
	movingVariables = " $args $connection $msec $query_string $remote_port $request $request_id $request_method $request_uri $uri "
)

// methodKeeps judges the method alone. moves: it certainly does not keep a
// client.
func (u *upstream) methodKeeps() (kept, moves bool, by balancer.Basis) {
	switch {
	case u.method == nil:
		return false, true, 0
	case u.method.name == "ip_hash":
		return true, false, balancer.BySource
	case u.method.name != "hash":
		return false, true, 0
	}
	kept = true
	for i, name := range strings.Split(strings.NewReplacer("{", "", "}", "").Replace(u.method.arg(0)), "$")[1:] {
		name = "$" + strings.TrimRight(name, "/-_:,.|")
		kept = kept && strings.Contains(steadyVariables, " "+name+" ")
		moves = moves || strings.Contains(movingVariables, " "+name+" ")
		if strings.Contains(name, "addr") && i >= 0 {
			by = balancer.BySource
		}
	}
	return kept && strings.Contains(u.method.arg(0), "$"), moves, by
}

// stickyKeeps judges sticky.
func (u *upstream) stickyKeeps(t *balancer.Teller) balancer.Keeping {
	d := u.sticky
	doubt := func(why string) balancer.Keeping { return balancer.Keeping{Doubt: balancer.At(d.line, why)} }
	options := map[string]string{}
	for _, a := range d.args[min(1, len(d.args)):] {
		key, value, _ := strings.Cut(a, "=")
		options[key] = value
	}
	k := balancer.Keeping{Kept: true, By: balancer.ByCookie}
	switch d.arg(0) {
	case "cookie":
		if _, ends := options["expires"]; ends && options["expires"] != "max" {
			return doubt("the cookie ends with a time, and whether sessions last longer is not in the file")
		}
		domain := strings.TrimPrefix(hostname.Fold(options["domain"]), ".")
		if host := hostname.Fold(t.Host); domain != "" && host != domain && !strings.HasSuffix(host, "."+domain) {
			return doubt("the cookie is for a domain which the host that users dial is not known to be in")
		}
		if p := options["path"]; p != "" && p != "/" {
			return doubt("the cookie is for a path alone")
		}
		k.Cookie = d.line
		_, k.Secure = options["secure"]
		k.Way = fmt.Sprintf("cookie %q %s", d.arg(1), u.list(t, false))
		return k
	case "learn":
		name := strings.TrimPrefix(options["create"], "$upstream_cookie_")
		timeout, err := time.ParseDuration(options["timeout"])
		switch {
		case "$cookie_"+name != options["lookup"] || !t.Cookies[strings.ToUpper(name)]:
			return doubt("the servers are not known to set the cookie that is learned")
		case err != nil || timeout < leastTime:
			return doubt("what is learned is forgotten before sessions end, after ten minutes where no timeout is set")
		}
		k.Way = fmt.Sprintf("learn %q %s", options["zone"], u.list(t, true))
		return k
	}
	return doubt("a sticky directive of a form that this reader does not know")
}

// list are the servers by what a method tells them apart by.
func (u *upstream) list(t *balancer.Teller, ordered bool) string {
	var list []string
	for _, s := range u.servers {
		text := t.Machine(s.host)
		if ordered {
			text += fmt.Sprintf(" weight %q backup %v", s.weight, s.backup)
		} else {
			text += fmt.Sprint(":", s.port) // sticky cookie hashes the address
		}
		list = append(list, text)
	}
	if !ordered {
		slices.Sort(list)
	}
	return strings.Join(list, ", ")
}

func texts(d *directive) string { return d.name + fmt.Sprintf("%q ", d.args) }
