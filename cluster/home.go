package cluster

import "github.com/deploycluster/deploycluster/appdata"

// Home is where a member's application data really is.
type Home struct {
	// Place is the folder; of servers before 6.1.1.5, which share by links, that of
	// encryption.keystore.
	Place Place
	// Shared: it is meant to be elsewhere than in the installation folder, so that
	// members can have it in common. Reason says why not.
	Shared bool
	Reason string
	// LinkedTo is the storage that all entries lead to where the folder is the
	// installation folder, empty where they do not.
	LinkedTo string
}

func (m *Member) home() Home {
	h := Home{Place: m.AppDataReal.Place, LinkedTo: m.linkedTo(), Shared: true}
	if m.Scheme != appdata.Folder {
		k, _ := m.StandardStore(KeyEncryptionStore)
		h.Place = k.Real.Place
	}
	switch {
	case m.Scheme == "":
		h.Shared, h.Reason = false, "where it is could not be told"
	case m.Scheme == appdata.InInstall && h.LinkedTo == "":
		h.Shared, h.Reason = false, "it is in the installation folder"
	}
	return h
}

// linkedTo returns the storage that all entries which would move lead to, out of
// the installation folder.
func (m *Member) linkedTo() (storage string) {
	for _, it := range m.Items {
		if it.Item.Transfer != appdata.Move {
			continue
		}
		if it.Err != nil || it.Real.Place.In(m.Real.Place) || storage != "" && storage != it.Real.Place.Storage {
			return ""
		}
		storage = it.Real.Place.Storage
	}
	return storage
}
