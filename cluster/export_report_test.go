package cluster

// FileURI shows how SARIF spells the path of a server.
func FileURI(path string) string { return fileURI(path) }
