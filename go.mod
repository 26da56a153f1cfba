module github.com/deploycluster/deploycluster

go 1.25.0

require (
	github.com/go-json-experiment/json v0.0.0-20251027170946-4849db3c2f7e
	github.com/google/go-cmp v0.7.0
	github.com/magiconair/properties v1.8.10
	github.com/rogpeppe/go-internal v1.14.1
	github.com/spf13/afero v1.15.0
	golang.org/x/net v0.46.0
	golang.org/x/sync v0.20.0
	golang.org/x/tools v0.38.0
	pgregory.net/rapid v1.3.0
)

require golang.org/x/text v0.30.0

require github.com/tufanbarisyildirim/gonginx v0.0.0-20260220081509-8e17ce617db3

require golang.org/x/sys v0.44.0
