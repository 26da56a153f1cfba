package installer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/internal/joining"
	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/props"
)

func checkSpelling(p *pass, s *sheet) {
	var strange []props.Entry
	for _, e := range s.entries {
		if _, ok := p.table[e.Key]; ok || e.Key == "" {
			continue
		}
		f := check.Finding{Pos: e.Pos}
		meant, ok := product.NearKey(e.Key)
		if !ok {
			strange = append(strange, e)
			continue
		}
		// So like a key of the product, the text is no password and can be shown.
		f.Message = fmt.Sprintf("%s is not a key of the product; %s is", e.Key, meant)
		f.Fix = "rename it to " + meant
		if s.get(meant) != "" {
			f.Severity, f.Source = check.Info, "operating experience"
			f.Fix = "delete the line"
			f.Related = []check.Related{related(s, meant, "the key itself is set here")}
		}
		p.report(e.Key, f)
	}
	if len(strange) == 0 {
		return
	}
	f := check.Finding{
		Severity: check.Info, Source: "operating experience", Pos: strange[0].Pos,
		Message: "keys that are not known to be the product's: " + strconv.Itoa(len(strange)),
		Fix:     "delete the lines, unless the installer of this version asks for them",
	}
	for _, e := range strange[1:min(len(strange), 6)] {
		f.Related = append(f.Related, check.Related{Node: s.Node, Path: s.Name, Pos: e.Pos, Message: shownKey(e.Key)})
	}
	p.report(shownKey(strange[0].Key), f)
}

// shownKey is a key as it may be shown: a text that does not look like a key may
// be a password that was put on a line of its own.
func shownKey(key string) string {
	if len(key) > 100 || !strings.Contains(key, ".") || strings.ContainsFunc(key, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(".-_", r))
	}) {
		return props.Hidden
	}
	return key
}

func checkWindow(p *pass, s *sheet) {
	for k, value := range p.answers(s) {
		if value == "" {
			continue
		}
		if s.version == "" {
			if k.Until != "" {
				p.open(fmt.Sprintf("whether %s is still a key depends on the version, which is not known", k.Name), "version in the file, or Options.Version")
			}
			continue
		}
		if k.known(s.version) {
			if k.Now != "" && k.Until == "" {
				p.report(k.Name, check.Finding{Severity: check.Info, Source: k.Source, Message: k.Name + " is an old name: " + k.Note, Fix: "use " + k.Now})
			}
			continue
		}
		f := check.Finding{Source: k.Source}
		switch {
		case k.Until != "" && !product.In(s.version, "", k.Until) && k.Now != "":
			f.Message, f.Fix = fmt.Sprintf("%s ended with %s; now it is %s", k.Name, k.Until, k.Now), "use "+k.Now
		case k.Until != "" && !product.In(s.version, "", k.Until):
			f.Message, f.Fix = fmt.Sprintf("%s ended with %s", k.Name, k.Until), "delete the line"
		default:
			f.Message, f.Fix = fmt.Sprintf("%s is known from %s on only", k.Name, k.Since), "delete the line"
		}
		p.report(k.Name, f)
	}
}

func checkTwice(p *pass, s *sheet) {
	for _, entries := range s.File.Duplicates() {
		last := entries[len(entries)-1]
		if last.Key == "" || !slices.ContainsFunc(entries, func(e props.Entry) bool { return e.Value != last.Value }) {
			continue
		}
		f := check.Finding{
			Pos:     last.Pos,
			Message: shownKey(last.Key) + " is set more than once with different values; Java uses the last one",
			Fix:     "keep one line",
		}
		for _, e := range entries[:min(len(entries)-1, 5)] {
			f.Related = append(f.Related, check.Related{Node: s.Node, Path: s.Name, Pos: e.Pos, Message: "also here"})
		}
		p.report(shownKey(last.Key), f)
	}
}

// traps are keys that a first installation does not carry over as they are
// given, by the code of two installers.
func traps(key string) bool {
	return key == "encryption.keystore" || key == "encryption.keystore.alias"
}

func checkCarried(p *pass, s *sheet) {
	for k, value := range p.answers(s) {
		if value == "" || k.PerHost || !k.known(s.version) || k.Asked && !traps(k.Name) {
			continue
		}
		if s.version == "" || !product.In(s.version, "6.2.1.1", "7.0.1") {
			p.open("whether the installer of this version carries "+k.Name+" over to installed.properties is not known", "a look at installed.properties once the installer is done")
			continue
		}
		f := check.Finding{Message: k.Name + " does not reach installed.properties from here", Fix: "set it in installed.properties once the installer is done, before the first start"}
		switch {
		case traps(k.Name):
			f.Severity = check.Error
			f.Message, f.Fix = k.Name+" does not become what is answered here: "+k.Note, "delete the line; once the installer is done, before the first start, see that installed.properties is right"
		case k.Name == "install.accept.license":
			f.Severity, f.Message, f.Fix = check.Info, k.Name+" "+k.Note, "delete the line"
		case k.Note != "" && k.Name != "tomcat.key.alias":
			f.Message, f.Fix = k.Name+" is not asked for: "+k.Note, "delete the line"
		}
		p.report(k.Name, f)
	}
}

func checkIdentity(p *pass, s *sheet) {
	for k, value := range p.answers(s) {
		if !k.PerHost || k.Asked || value == "" {
			continue
		}
		f := check.Finding{
			Message: k.Name + " is set in an answer file. " + joining.Copied,
			Fix:     "delete the line; make the file of a further member with ForMember",
		}
		if p.Cluster != nil {
			for _, m := range p.Cluster.Members {
				if m.Value(k.Name) == value {
					f.Severity = check.Error
					f.Related = append(f.Related, relatedMember(m, k.Name, "this member's"))
				}
			}
		}
		p.report(k.Name, f)
	}
}
