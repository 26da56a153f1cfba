package mover

import "context"

// against walks a source beside its manifest and calls back for every
// difference and every match.
type against struct {
	match   func(it item, r record) error
	differs func(it item, r record) error
	extra   func(it item) error
	gone    func(r record) error
	after   func(it item) error
}

func (g against) run(ctx context.Context, wk *walker, d *dir, name string, m *manifestReader[record]) error {
	wk.visit = func(it item) error {
		for !m.end && compareRel(m.next.path(), it.rel) < 0 {
			if err := call(g.gone, m.next); err != nil {
				return err
			}
			if err := m.advance(); err != nil {
				return err
			}
		}
		if m.end || m.next.path() != it.rel {
			return call(g.extra, it)
		}
		r := m.next
		if err := m.advance(); err != nil {
			return err
		}
		f := g.differs
		if it.info != nil && r.same(it) {
			f = g.match
		}
		if f == nil {
			return nil
		}
		return f(it, r)
	}
	wk.after = g.after
	if err := wk.walk(ctx, d, name); err != nil {
		return err
	}
	for !m.end {
		if err := call(g.gone, m.next); err != nil {
			return err
		}
		if err := m.advance(); err != nil {
			return err
		}
	}
	return nil
}

func call[T any](f func(T) error, v T) error {
	if f == nil {
		return nil
	}
	return f(v)
}
