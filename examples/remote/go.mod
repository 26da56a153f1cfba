module github.com/deploycluster/deploycluster/examples/remote

go 1.25.0

require (
	github.com/deploycluster/deploycluster v0.0.0-00010101000000-000000000000
	github.com/google/go-cmp v0.7.0
	github.com/pkg/sftp v1.13.12
	github.com/spf13/afero v1.15.0
	golang.org/x/crypto v0.54.0
	golang.org/x/sync v0.22.0
)

require (
	github.com/go-json-experiment/json v0.0.0-20251027170946-4849db3c2f7e // indirect
	github.com/kr/fs v0.1.0 // indirect
	github.com/magiconair/properties v1.8.10 // indirect
	github.com/rogpeppe/go-internal v1.14.1 // indirect
	golang.org/x/net v0.56.0 // indirect
	golang.org/x/sys v0.47.0 // indirect
	golang.org/x/text v0.40.0 // indirect
)

replace github.com/deploycluster/deploycluster => ../..
