package cluster

import (
	"bytes"
	"strings"

	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/props"
)

// JavaHome is one place that names a Java home.
type JavaHome struct {
	// Source is KeyJavaHome, or JAVA_HOME for bin/set_env.
	Source string
	// Pos is where it stands.
	Pos props.Position
	// Path is the home as the server writes it. It is empty where the text refers
	// to a variable, which is not followed.
	Path string
	// Place is where Path leads, links followed.
	Place Place
	// Release is the major release of the Java there, such as "17": from the
	// file release in the home or, where that is not seen, from the home's name;
	// empty where neither tells.
	Release string
	// Named: Release is from the name alone.
	Named bool
}

// java finds the Java homes. A file release that is not there is no gap: the
// topology need not show the Java home.
func (l loader) java() {
	if e, ok := l.Property(KeyJavaHome); ok && l.Value(KeyJavaHome) != "" {
		l.javaHome(KeyJavaHome, e.Value, e.Pos)
	}
	path := l.InInstall("bin/set_env")
	if l.Node.Windows() {
		path += ".cmd"
	}
	data, err := readBounded(l.view, path)
	if err != nil {
		l.gapUnlessMissing(path, err)
		return
	}
	if value, pos, ok := javaHomeIn(path, data); ok {
		l.javaHome(JavaSet, value, pos)
	}
}

func (l loader) javaHome(source, value string, pos props.Position) {
	h := JavaHome{Source: source, Pos: pos, Path: strings.TrimSpace(value)}
	if strings.ContainsAny(h.Path, "$%`") {
		h.Path = ""
	}
	if h.Path != "" {
		h.Release, h.Named = l.javaRelease(h.Path)
		if r, err := l.view.Resolve(h.Path); err == nil {
			h.Place = r.Place
		}
	}
	l.Java = append(l.Java, h)
}

// javaHomeIn finds the last assignment of JAVA_HOME in a start script of a
// shell or of Windows.
func javaHomeIn(path string, data []byte) (value string, pos props.Position, found bool) {
	offset, line := 0, 1
	for raw := range bytes.Lines(data) {
		text := strings.TrimSpace(string(raw))
		for _, word := range []string{"export ", "set ", "SET ", "@set ", "@SET "} {
			text = strings.TrimSpace(strings.TrimPrefix(text, word))
		}
		quoted := strings.Trim(text, `"'`)
		if v, ok := strings.CutPrefix(quoted, "JAVA_HOME="); ok {
			v, _, _ = strings.Cut(v, ";")
			value, found = strings.Trim(strings.TrimSpace(v), `"'`), true
			pos = props.Position{Name: path, Line: line, Column: 1 + bytes.Index(raw, []byte("JAVA_HOME=")), Offset: offset + bytes.Index(raw, []byte("JAVA_HOME="))}
		}
		offset += len(raw)
		line++
	}
	return value, pos, found
}

// javaRelease asks the file release in the home, or in the folder above a jre
// folder, and then the home's name.
func (l loader) javaRelease(home string) (release string, named bool) {
	for _, at := range []string{home, strings.TrimRight(strings.TrimSuffix(strings.TrimRight(home, `/\`), "jre"), `/\`)} {
		if !serverpath.Abs(at) {
			continue
		}
		if data, err := readBounded(l.view, serverpath.Join(at, "release")); err == nil {
			if r := releaseOf(data); r != "" {
				return r, false
			}
		}
	}
	return releaseInName(home), true
}

// releaseOf reads JAVA_VERSION="17.0.9" or, up to Java 8, "1.8.0_392".
func releaseOf(data []byte) string {
	for raw := range bytes.Lines(data) {
		key, value, ok := strings.Cut(strings.TrimSpace(string(raw)), "=")
		if ok && strings.TrimSpace(key) == "JAVA_VERSION" {
			return majorRelease(strings.Trim(strings.TrimSpace(value), `"`))
		}
	}
	return ""
}

func majorRelease(version string) string {
	version = strings.TrimPrefix(version, "1.")
	end := strings.IndexFunc(version, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(version)
	}
	if end == 0 || end > 2 {
		return ""
	}
	return version[:end]
}

// releaseInName reads the release from names such as jdk-17, jdk1.8.0_202,
// java-11-openjdk-amd64, temurin-21.0.3+9, zulu17 or ibm-java-x86_64-80.
func releaseInName(home string) string {
	_, parts := serverpath.Root(serverpath.Clean(home))
	for i := len(parts) - 1; i >= 0; i-- {
		name := strings.ToLower(parts[i])
		for _, machine := range []string{"x86_64", "x64", "amd64", "aarch64", "arm64", "i386", "i586", "s390x", "ppc64le", "ppc64"} {
			name = strings.ReplaceAll(name, machine, "")
		}
		for _, maker := range []string{"java", "jdk", "jre", "temurin", "zulu", "corretto", "semeru", "graalvm"} {
			_, rest, ok := strings.Cut(name, maker)
			if !ok {
				continue
			}
			at := strings.IndexAny(rest, "0123456789")
			if at < 0 {
				continue
			}
			release := majorRelease(rest[at:])
			if strings.Contains(name, "ibm-java") && len(release) == 2 && release[1] == '0' {
				release = release[:1] // ibm-java-80 is Java 8
			}
			if release != "" {
				return release
			}
		}
	}
	return ""
}
