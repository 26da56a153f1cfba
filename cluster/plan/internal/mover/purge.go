package mover

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"sync/atomic"
	"syscall"
)

// Purge says how an item is deleted.
type Purge struct {
	// Layout are the slash paths of the layout, by which losses are counted;
	// Inside are the folders of it inside this item.
	Layout, Inside []string
	// Gone deletes the originals, too, whose copies Lost did not find: those, and no
	// others, whatever the target loses meanwhile.
	Gone bool
	// Alike reports whether two versions of a file that the copy left out say
	// the same.
	Alike func(rel string, original, copy []byte) bool
}

// purger deletes one item.
type purger struct {
	m     *Mover
	it    Item
	o     *original
	how   Purge
	b     *shadow
	stays Gone
	// kept counts what stays for another reason than that its copy is gone,
	// first says which.
	kept  int
	first string
	// strange are folders that no manifest names.
	strange map[string]bool
	looks   atomic.Int64
	logs    bool // the target has a folder for logs
}

// Purge deletes what was retired, entry by entry: what still is what was copied,
// and of which the target holds a copy. What stays is reported, and the folder
// with it, under the name that begins with Purging.
func (m *Mover) Purge(ctx context.Context, it Item, how Purge) (did bool, err error) {
	o, err := m.locate(it)
	if err != nil {
		return false, removed(err)
	}
	defer o.drop()
	if o.state != aside && o.state != purging {
		return false, nil
	}
	if o.info.Mode()&fs.ModeSymlink != 0 {
		if it.ID == "" { // what it leads to stays where it is
			return true, join(m.Look(), removed(o.dir.Remove(o.name)))
		}
	}
	if ok, err := m.allApart(it, o, how.Inside); err != nil || !ok {
		return false, err
	}
	if err := m.ensureManifest(ctx, it, o); err != nil {
		return false, err
	}
	if o.marked != "" {
		if err := m.keepStanding(ctx, it, o); err != nil {
			return false, err
		}
	}
	if o.state == aside || o.marked != "" {
		if err := m.beginPurge(it, o); heldBack(err) != "" {
			m.keep(Kept{Path: it.Original, Reason: heldBack(err)})
			return false, nil
		} else if err != nil {
			return false, err
		}
	}
	lacks, err := m.Holds("logs")
	if err != nil {
		return false, err
	}
	p := &purger{m: m, it: it, o: o, how: how, logs: lacks == ""}
	if err := p.excluded(); err != nil {
		return false, err
	}
	if err := p.entries(ctx); err != nil {
		return false, err
	}
	p.report()
	m.syncDir(o.dir)
	return p.kept == 0 && p.stays.Files == 0, nil
}

// beginPurge renames a retired original once more: from then on nothing brings
// it back. Where names are renamed one by one, it completes what was interrupted.
func (m *Mover) beginPurge(it Item, o *original) error {
	if err := m.Look(); err != nil {
		return err
	}
	from, to := mark(it.From.Path, it.Aside), mark(it.From.Path, it.Purging)
	if o.marked == "" {
		name := strings.TrimSuffix(o.name, from) + to
		if err := o.dir.Place(o.name, o.dir.handle, name); err != nil {
			return err
		}
		if over := m.revertedMeanwhile(); over != nil {
			return join(over, removed(o.dir.Place(name, o.dir.handle, o.name)))
		}
		o.name, o.state = name, purging
		m.syncDir(o.dir)
		return nil
	}
	d, err := o.open()
	if err != nil {
		return err
	}
	defer d.drop()
	if _, err := remark(d, from, to); err != nil || o.state == purging {
		return err
	}
	if over := m.revertedMeanwhile(); over != nil {
		_, err := remark(d, to, from)
		return join(over, err)
	}
	o.marked, o.state = to, purging
	m.syncDir(d)
	return nil
}

// revertedMeanwhile is an error where this run was overtaken by one that takes
// everything back, or cannot tell: nothing was deleted yet, so that can go on.
func (m *Mover) revertedMeanwhile() error {
	over := m.Look()
	if over == nil || !is(over, Overtaken) {
		return over
	}
	if is, err := m.Has(m.c.Reverting); err != nil || !is {
		return nil // the next look ends this run
	}
	return over
}

// remark renames what has a name that ends in one mark to end in another.
func remark(d *dir, from, to string) (did bool, err error) {
	list, err := d.Names()
	if err != nil {
		return false, err
	}
	for _, name := range list {
		if plain := cutSuffix(name, from); plain != "" {
			if err := d.Place(name, d.handle, plain+to); err != nil {
				return did, err
			}
			did = true
		}
	}
	return did, nil
}

func (p *purger) keep(rel, why string) {
	if p.kept++; p.kept == 1 {
		p.first = server(p.it.Original, rel) + ": " + why
	}
}

// report says what stays.
func (p *purger) report() {
	at := server(p.it.Original, "") + mark(p.it.From.Path, p.it.Purging)
	if p.kept > 0 {
		reason := p.first
		if p.kept > 1 {
			reason += fmt.Sprintf(", and %d more", p.kept-1)
		}
		p.m.keep(Kept{Path: at, Reason: reason + "; that stays"})
	}
	for _, part := range p.stays.Parts {
		if part.Lost > 0 {
			p.m.keep(Kept{Path: at, Files: part.Lost, Bytes: part.LostBytes,
				Reason: fmt.Sprintf("%d files with %d bytes of %s stay aside, because their copies are gone from the target", part.Lost, part.LostBytes, part.Path)})
		}
	}
}

// entries deletes what the manifest names.
func (p *purger) entries(ctx context.Context) error {
	up, base, err := p.m.holder(p.it.To)
	if err != nil && !lostFolder(err) {
		return err
	}
	p.b = &shadow{top: up, base: base}
	defer p.b.close()
	return p.m.originals(ctx, p.it, p.o, look{
		enter: func(x item) (judgement, error) {
			d, name := p.b.of(x)
			if x.folder() {
				if err := p.b.enter(x); err != nil {
					return nil, err
				}
				return p.known, p.writable(x)
			}
			d.hold()
			return func(x item, ok bool, why string) (func(), error) {
				defer d.drop()
				return p.one(x, ok, why, d, name)
			}, nil
		},
		leave: func() { p.b.leave() },
		after: p.folder,
		mount: func(x item) { p.keep(x.rel, whyMount) },
	})
}

// known is told of a folder, which goes after its content, but for one that was not
// copied.
func (p *purger) known(x item, ok bool, why string) (tell func(), err error) {
	if ok {
		return nil, nil
	}
	return func() {
		if p.strange == nil {
			p.strange = map[string]bool{}
		}
		p.strange[x.rel] = true
		p.keep(x.rel, why)
	}, nil
}

// writable makes a folder one from which things can be deleted.
func (p *purger) writable(x item) error {
	if x.info.Mode()&0o700 == 0o700 {
		return nil
	}
	return p.removed(x, x.self.Chmod(x.info.Mode()&modeBits|0o700))
}

// one deletes one entry, after a last look at it and at its copy. It runs beside
// others.
func (p *purger) one(x item, ok bool, why string, d *dir, name string) (tell func(), err error) {
	if x.info == nil {
		return nil, nil
	}
	if !ok {
		return func() { p.keep(x.rel, why) }, nil
	}
	if err := p.look(); err != nil {
		return nil, err
	}
	if !x.info.Mode().IsRegular() {
		now, err := x.dir.Lstat(x.name)
		if err != nil {
			return nil, removed(err)
		}
		if !steady(x.info, now) {
			return func() { p.keep(x.rel, "changed while it was to be deleted") }, nil
		}
	}
	have, err := p.m.holds(p.it, x, d, name)
	if err != nil {
		return nil, err
	}
	if !have && !(p.logs && partOf(p.how.Layout, p.it.To, x.rel) == "logs") && !(p.how.Gone && p.m.missed[p.m.lossKey(p.it, x.rel)]) {
		return func() { p.lost(x) }, nil
	}
	err = x.dir.Remove(x.name)
	if why := heldBack(err); why != "" {
		return func() { p.keep(x.rel, why) }, nil
	}
	return nil, removed(err)
}

// look makes sure that nothing has overtaken this run, once for many files.
func (p *purger) look() error {
	if p.looks.Add(1)%64 != 1 {
		return nil
	}
	return p.m.Look()
}

// lost counts an original that stays, because its copy is gone.
func (p *purger) lost(x item) {
	part := p.stays.part(p.how.Layout, p.it.To, x.rel)
	part.Lost++
	part.LostBytes += x.info.Size()
	p.stays.Files++
	p.stays.Bytes += x.info.Size()
}

// heldBack says why the system does not let something go: an immutable file, one
// in a folder of another user, one that something is mounted over.
func heldBack(err error) string {
	if !isAny(err, fs.ErrPermission, syscall.EBUSY) {
		return ""
	}
	return "cannot be deleted: " + reason(err) + " (immutable, append-only, another user's, or mounted over); see why, and run again"
}

// removed keeps what the system does not let go, and lets the deletion go on
// with the rest.
func (p *purger) removed(x item, err error) error {
	if why := heldBack(err); why != "" {
		p.keep(x.rel, why)
		return nil
	}
	return removed(err)
}

// folder deletes a folder that holds nothing any more.
func (p *purger) folder(x item) error {
	if x.rel == "" && (p.o.marked != "" || x.name == "") {
		return nil // a mount point stays
	}
	if p.strange[x.rel] {
		return nil
	}
	now, err := x.dir.Lstat(x.name)
	if err == nil && !now.IsDir() {
		p.keep(x.rel, "became something else while it was to be deleted")
		return nil
	}
	if err == nil {
		err = x.dir.Remove(x.name)
	}
	if notEmpty(err) {
		if p.kept == 0 && p.stays.Files == 0 {
			p.keep(x.rel, "something appeared in it while it was deleted")
		}
		return nil
	}
	return p.removed(x, err)
}
