package appdata

// SystemItems, Extras and LocalItems are the tables of what is no item of a layout,
// the last two as far as a version has it.

func SystemItems() []Item { return systemItems() }

func Extras(ver string, s Scheme) []Item { return inWindow(ver, s, extrasTable(s)) }

func LocalItems(ver string, s Scheme) []Item { return inWindow(ver, s, localTable(s)) }
