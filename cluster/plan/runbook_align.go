package plan

// alignment is the runbook of a plan of KindAlign: one section a member, from
// out of the balancer to back in, and the way back.
func (b *runbook) alignment() {
	b.m.line("\n**Stop rule.** One member at a time, from top to bottom. A box that cannot be ticked means: leave this member out of the balancer, go to Back out, and do not begin with the next one.\n")
	b.m.line("A box marked \"program\" is carried out by the program that applies this plan, one marked \"person\" is yours. Numbers in brackets are the sources at the end.")
	member := ""
	for _, s := range b.p.Steps {
		if s.Node != member {
			member = s.Node
			b.m.heading("Member " + mdText(member))
		}
		b.step(s)
	}
	b.m.heading("Back out")
	for _, s := range b.p.Steps {
		if s.Action != ActionReplace {
			continue
		}
		b.m.box(box{
			who: "person", title: "On " + s.Node + " put the old keystore back: " + s.ServerAside + " becomes " + s.ServerTo + " again",
			why: "the old keystore was kept beside the new one", source: srcSafety,
		})
	}
	for _, s := range b.p.Steps {
		if s.Action == ActionEdit {
			b.m.box(box{who: "person", title: "On " + s.Node + " take back step " + s.ID + ", the edit of " + s.ServerFrom, why: "the alias has to be one of the old keystore", source: srcStep6})
		}
	}
	b.m.box(box{who: "person", title: "Set the old keystore password again where it was changed, restart the member, probe it, and put it back into the balancer", why: "Tomcat reads the keystore at its start", source: srcTomcat})
}
