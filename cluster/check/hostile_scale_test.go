package check_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/deploycluster/deploycluster/cluster/check"
)

// hostile are kinds of entries that a file can have any number of.
var hostile = map[string]func(s *site, n int){
	"duplicate keys": func(s *site, n int) {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "k%d=a\n", i)
		}
		for i := range n {
			fmt.Fprintf(&b, "k%d=b\n", i)
		}
		s.write("node1", propFile, s.read("node1", propFile)+b.String())
	},
	"slashes in a value": func(s *site, n int) {
		s.write("node1", propFile, s.read("node1", propFile)+"team.note="+strings.Repeat("//a:b", 100*n)+"\nteam.note=x\n")
	},
	"a long path": func(s *site, n int) {
		s.set("node1", "encryption.keystore", "/media"+strings.Repeat("/a", 100*n))
	},
	"classpath lines": func(s *site, n int) {
		const file = "/opt/ibm-ucd/server/bin/classpath.conf"
		s.write("node1", file, s.read("node1", file)+strings.Repeat("dir /srv/old/appdata/conf\n", 5*n))
	},
	"connectors": func(s *site, n int) {
		const file = "/opt/ibm-ucd/server/opt/tomcat/conf/server.xml"
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "<Connector port=\"%d\" SSLEnabled=\"true\" keyAlias=\"k%[1]d\"/>\n", 20000+i)
		}
		s.write("node1", file, strings.Replace(s.read("node1", file), "<Connector", b.String()+"<Connector", 1))
	},
	"jars": func(s *site, n int) {
		for i := range n {
			s.write("node1", fmt.Sprintf("/opt/ibm-ucd/server/lib/ext/%d.jar", i), "x")
		}
	},
	"jars that are folders": func(s *site, n int) {
		for i := range n {
			s.must(s.fs.MkdirAll(fmt.Sprintf("/node1/opt/ibm-ucd/server/lib/ext/%d.jar", i), 0o755))
		}
	},
	"trailing blanks": func(s *site, n int) {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "some.key.%d=value \n", i)
		}
		s.write("node1", propFile, s.read("node1", propFile)+b.String())
	},
	"keys of older versions": func(s *site, n int) {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "experimental.comm2017.k%d=x\n", i)
		}
		s.write("node1", propFile, s.read("node1", propFile)+b.String())
	},
	"settings for S3": func(s *site, n int) {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "codestation.s3.k%d=x\n", i)
		}
		s.write("node1", propFile, s.read("node1", propFile)+b.String())
	},
	"misspelled keys": func(s *site, n int) {
		s.write("node1", propFile, s.read("node1", propFile)+strings.Repeat("tomcat.key.alais=x\n", n))
	},
}

// TestReadingIsLinear: four times the entries of each kind cost less than six
// times as much, and what is told of them is bounded.
func TestReadingIsLinear(t *testing.T) {
	for name, add := range hostile {
		t.Run(name, func(t *testing.T) {
			const n = 8000
			small, large := three(t, corpusVersion), three(t, corpusVersion)
			add(small, n)
			add(large, 4*n)
			var ratio float64
			for try := range 5 { // a busy machine is not a slow program
				a, _ := cost(small, 3)
				b, r := cost(large, min(1+try, 3))
				var text strings.Builder
				if err := r.WriteText(&text, check.TextOptions{}); err != nil {
					t.Fatal(err)
				}
				if text.Len() > 1<<18 {
					t.Errorf("a report of %d bytes", text.Len())
				}
				if ratio = b.Seconds() / a.Seconds(); ratio < 6 || b < 50*time.Millisecond {
					return
				}
			}
			t.Errorf("four times the entries take %.1f times the time", ratio)
		})
	}
}

// cost is the best time of several for reading and judging.
func cost(s *site, times int) (best time.Duration, r *check.Report) {
	best = time.Hour
	for range times {
		runtime.GC()
		start := time.Now()
		r = s.check(check.Options{})
		best = min(best, time.Since(start))
	}
	return best, r
}
