package mover

import (
	"strings"

	"github.com/deploycluster/deploycluster/internal/fsx"
)

// excluded removes what the copy of a folder left out: files of which the target
// holds one that says the same, and empty folders that storages make in their
// root.
func (p *purger) excluded() error {
	if !p.o.info.IsDir() {
		return nil
	}
	self, err := p.o.open()
	if err != nil {
		return err
	}
	defer self.drop()
	for _, rel := range p.it.Exclude {
		if err := p.leftOut(self, rel); err != nil {
			return err
		}
	}
	return nil
}

func (p *purger) leftOut(self *dir, rel string) error {
	if p.o.marked != "" && !strings.Contains(rel, "/") {
		return nil // at the top of a mount point nothing of this was renamed
	}
	at := p.o.at(rel)
	i := strings.LastIndexByte(at, '/') + 1
	d, err := self.into(strings.TrimSuffix(at[:i], "/"))
	if lostFolder(err) {
		return nil // a link on the way is deleted as what it is
	}
	if err != nil {
		return err
	}
	defer d.drop()
	name := at[i:]
	info, err := d.Lstat(name)
	if err != nil {
		return removed(err)
	}
	if info.IsDir() {
		if err := d.Remove(name); err != nil && !missing(err) {
			p.keep(rel, "belongs to the storage and not to the server, and is not empty")
		}
		return nil
	}
	const most = 1 << 20
	original, err1 := fsx.ReadFrom(d, name, most)
	var copied []byte
	up, base, err2 := p.m.holder(strings.Trim(p.it.To+"/"+rel, "/"))
	if err2 == nil {
		copied, err2 = fsx.ReadFrom(up, base, most)
		there, err := up.Lstat(base)
		up.drop()
		if err == nil && p.m.one(info, there) {
			return &Error{Reason: SameStorage, Path: fsx.Join(d.Path(), name), Other: fsx.Join(up.Path(), base)}
		}
		if err != nil && !missing(err) {
			return err
		}
	}
	if err1 != nil || err2 != nil || p.how.Alike == nil || !p.how.Alike(rel, original, copied) {
		p.keep(rel, "was not copied with its folder and differs from what the target holds")
		return nil
	}
	return p.removed(item{rel: rel}, d.Remove(name))
}
