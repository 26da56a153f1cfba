package deploycluster_test

import (
	"context"
	"io"
	"iter"
	"time"

	"github.com/magiconair/properties"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/props"
	"github.com/deploycluster/deploycluster/tlscert"
)

// The names and signatures below are what callers compile against. A line may
// be added; a line that no longer compiles is a break of the public face.
var (
	_ func(string, []byte) (*props.File, error)           = props.Parse
	_ func(afero.Fs, string) (*props.File, error)         = props.Load
	_ func(*props.File, afero.Fs, string) error           = (*props.File).Save
	_ func(*props.File) []byte                            = (*props.File).Bytes
	_ func(*props.File, string) (string, bool)            = (*props.File).Get
	_ func(*props.File, string) (props.Entry, bool)       = (*props.File).Lookup
	_ func(*props.File) iter.Seq[props.Entry]             = (*props.File).Entries
	_ func(*props.File, string, string)                   = (*props.File).Set
	_ func(*props.File, string) bool                      = (*props.File).Delete
	_ func(*props.File) *props.File                       = (*props.File).Clone
	_ func(*props.File) *properties.Properties            = (*props.File).Properties
	_ func(a, b *props.File) []props.Change               = props.Diff
	_ func(key, value string) bool                        = props.Sensitive
	_ func(key, value string) string                      = props.Redact
	_ error                                               = props.ErrChanged
	_                                                     = props.Entry{Key: "", Value: "", Pos: props.Position{Name: "", Line: 1, Column: 1, Offset: 0}}
	_ error                                               = (*props.SyntaxError)(nil)
	_ func([]byte) (*tlscert.Store, error)                = tlscert.List
	_ func([]byte, string) (*tlscert.Store, error)        = tlscert.Read
	_ func(*tlscert.Store, string) (tlscert.Entry, error) = (*tlscert.Store).Find
	_ func(*tlscert.Store, string) (tlscert.Entry, error) = (*tlscert.Store).ServerEntry
	_                                                     = tlscert.Covers
	_ func([]byte) string                                 = tlscert.Fingerprint
	_ func(string) string                                 = tlscert.FoldAlias
	_                                                     = tlscert.AliasError{Alias: "", Reason: tlscert.SeveralKeys, Have: []string(nil), Near: []string(nil)}
	_                                                     = []error{tlscert.ErrPassword, tlscert.ErrFormat, tlscert.ErrLimit, (*tlscert.FormatError)(nil), (*tlscert.AliasError)(nil)}
	_                                                     = tlscert.Store{Format: tlscert.FormatError{}.Format, Verified: false, Entries: []tlscert.Entry(nil)}
	_                                                     = tlscert.Entry{Alias: "", Kind: tlscert.PrivateKey, Created: time.Time{}, Chain: []tlscert.Certificate(nil)}
	_                                                     = []tlscert.Kind{tlscert.PrivateKey, tlscert.TrustedCert, tlscert.SecretKey}
	_                                                     = tlscert.Certificate{Raw: []byte(nil), X509: nil, Err: error(nil)}

	_ func(string, string, *props.File) (appdata.Scheme, error)                        = appdata.Detect
	_ func(install, value string) string                                               = appdata.Resolve
	_ func(install, value string) string                                               = appdata.ResolvePath
	_ func(string, appdata.Scheme) ([]appdata.Item, error)                             = appdata.Layout
	_ func(context.Context, afero.Fs, string, []appdata.Item) (*appdata.Tree, error)   = appdata.Scan
	_ func(*appdata.Tree, []appdata.Item) appdata.Checked                              = appdata.Check
	_                                                                                  = []appdata.Scheme{appdata.Folder, appdata.InInstall, appdata.Linked}
	_                                                                                  = appdata.Item{Path: "", Kind: appdata.Dir, Presence: appdata.Required, Transfer: appdata.Move, Since: "", Until: "", Source: ""}
	_                                                                                  = func(c appdata.Checked) []any { return []any{c.Present, c.Absent, c.WrongKind, c.Stays, c.Foreign} }
	_ func(v, w string) int                                                            = cluster.CompareVersions
	_ func(name string, data []byte) (cluster.Topology, error)                         = cluster.ReadTopology
	_                                                                                  = cluster.Topology{Nodes: []cluster.Node(nil), Facts: cluster.Facts{}}
	_                                                                                  = cluster.Node{Name: "", Role: cluster.RoleMember, Install: "", Mounts: []cluster.Mount(nil), Running: (*bool)(nil)}
	_                                                                                  = cluster.Mount{Path: "", Storage: "", Root: ""}
	_                                                                                  = cluster.World{FS: map[string]afero.Fs(nil), Password: func(context.Context, cluster.PasswordQuery) (string, error) { return "", nil }, Secret: func(context.Context, string) (string, error) { return "", nil }, Now: time.Time{}}
	_                                                                                  = cluster.Edit{Node: "", File: "", Op: "", Key: "", Value: "", Secret: ""}
	_ func(afero.Fs, string) (cluster.Topology, cluster.World)                         = cluster.Single
	_ func(context.Context, cluster.Topology, cluster.World) (*cluster.Cluster, error) = cluster.Load

	_ func(context.Context, *cluster.Cluster, check.Options) (*check.Report, error) = check.Run
	_ func() []check.Rule                                                           = check.Rules
	_                                                                               = check.Rule{ID: "", Title: "", Severity: check.Error, Source: "", Since: "", Until: "", What: "", Avoid: "", Prefer: "", Why: "", Member: func(*check.Pass, *cluster.Member) {}, Cluster: func(*check.Pass, *cluster.Cluster) {}}
	_                                                                               = check.Options{Only: []string(nil), Except: []string(nil), Extra: []check.Rule(nil), Horizon: time.Duration(0), Suppress: []check.Suppression(nil)}
	_                                                                               = check.Finding{Rule: "", Node: "", Path: "", Subject: "", Severity: check.Warning, Pos: props.Position{}, Message: "", Fix: "", Source: "", Fingerprint: "", Edits: []cluster.Edit(nil), Related: []check.Related(nil)}
	_                                                                               = check.Report{Findings: []check.Finding(nil), Unknown: []check.Unknown(nil), Unread: []check.Unread(nil)}
	_ func(*check.Report, check.Severity) int                                       = (*check.Report).Count
	_ func(*check.Report) bool                                                      = (*check.Report).Complete
	_ func(*check.Report, io.Writer, check.TextOptions) error                       = (*check.Report).WriteText
	_ func(*check.Report, io.Writer) error                                          = (*check.Report).WriteJSON
	_ func(*check.Report, io.Writer) error                                          = (*check.Report).WriteMarkdown
	_ func(io.Reader) (*check.Report, error)                                        = check.Read
	_ func(before, after *check.Report) check.Delta                                 = check.Compare
	_                                                                               = check.Delta{New: []check.Finding(nil), Fixed: []check.Finding(nil), Kept: []check.Finding(nil)}

	_ func(context.Context, *cluster.Cluster, string, plan.Target) (*plan.Plan, error)           = plan.Populate
	_ func(context.Context, *cluster.Cluster, string) (*plan.Plan, error)                        = plan.AlignCertificate
	_ func(context.Context, *cluster.Cluster, ...cluster.Edit) (*plan.Plan, error)               = plan.Edits
	_ func(context.Context, *cluster.Cluster, []check.Finding) (*plan.Plan, error)               = plan.Fix
	_ func(context.Context, *cluster.Cluster, string, plan.JoinOptions) (*plan.Plan, error)      = plan.Join
	_ func(context.Context, *cluster.Cluster, string, plan.Target) (*plan.Plan, error)           = plan.Stored //lint:ignore SA1019 the alias stays
	_ func(context.Context, *cluster.Cluster, string, plan.Target) (*plan.Plan, error)           = plan.Resume
	_ func(*plan.Plan, context.Context, cluster.World) (*plan.Status, error)                     = (*plan.Plan).Preflight
	_ func(*plan.Plan, context.Context, cluster.World) (*plan.Survey, error)                     = (*plan.Plan).Survey
	_ func(*plan.Plan, context.Context, cluster.World) (cluster.World, error)                    = (*plan.Plan).Simulate
	_ func(*plan.Plan, context.Context, cluster.World, check.Options) (*plan.Preview, error)     = (*plan.Plan).Preview
	_ func(*plan.Plan, context.Context, cluster.World, plan.ApplyOptions) (*plan.Result, error)  = (*plan.Plan).Apply
	_ func(*plan.Plan, context.Context, cluster.World) (*plan.Result, error)                     = (*plan.Plan).Verify
	_ func(*plan.Plan, context.Context, cluster.World, plan.RevertOptions) (*plan.Result, error) = (*plan.Plan).Revert
	_ func(*plan.Plan, io.Writer) error                                                          = (*plan.Plan).WriteText
	_ func(*plan.Plan, io.Writer) error                                                          = (*plan.Plan).WriteJSON
	_ func(io.Reader) (*plan.Plan, error)                                                        = plan.Read
	_                                                                                            = func(p plan.Preview) []any { return []any{p.Before, p.After, p.Delta} }
	_                                                                                            = []error{(*plan.StaleError)(nil), (*plan.RefusedError)(nil), (*plan.StepError)(nil)}
	_                                                                                            = plan.Target{AppData: ""}
	_                                                                                            = plan.ApplyOptions{Durability: plan.DurabilityFull}
	_                                                                                            = func(p *plan.Plan, w io.Writer) error { return p.WriteMarkdown(w) }
)
