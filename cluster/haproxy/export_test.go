package haproxy

// Cut shows the words of a line: their texts, and whether each is certain.
func Cut(line string) (texts []string, certain []bool, err error) {
	words, bad := cut(line)
	if bad != nil {
		return nil, nil, bad
	}
	for _, w := range words {
		texts, certain = append(texts, w.text), append(certain, w.why == "")
	}
	return texts, certain, nil
}
