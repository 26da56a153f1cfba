module github.com/deploycluster/deploycluster/internal/bench

go 1.26.0

require github.com/deploycluster/deploycluster v0.0.0

require (
	github.com/magiconair/properties v1.8.10
	github.com/pavlo-v-chernykh/keystore-go/v4 v4.5.0
	github.com/spf13/afero v1.15.0
)

require (
	github.com/go-json-experiment/json v0.0.0-20251027170946-4849db3c2f7e // indirect
	github.com/rogpeppe/go-internal v1.14.1 // indirect
	golang.org/x/net v0.46.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/sys v0.44.0 // indirect
	golang.org/x/text v0.30.0 // indirect
)

replace github.com/deploycluster/deploycluster => ../..
