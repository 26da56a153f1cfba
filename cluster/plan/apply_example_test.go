package plan_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

// Progress goes to a structured log, and the run is canceled as soon as the
// first copy is complete. Nothing is lost: a later program, which knows only the
// server and the target, finds the plan with Resume and goes on.
func ExamplePlan_Apply() {
	site := clustertest.NewSite()
	name := site.Add(clustertest.Spec{Scheme: appdata.InInstall, Alias: clustertest.ServerAlias})
	target := plan.Target{AppData: "/media/share/appdata"}
	c, err := site.Load()
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := plan.Populate(context.Background(), c, name, target)
	if err != nil || p.Refused() {
		fmt.Println(err, p)
		return
	}

	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_, err = p.Apply(ctx, site.World, plan.ApplyOptions{
		Workers: 1,
		Progress: func(e plan.Event) {
			if e.Step.Action != plan.ActionCopy || e.Kind == plan.EventProgress {
				return
			}
			log.Info("move", "event", e)
			if e.Kind == plan.EventDone {
				cancel()
			}
		},
	})
	fmt.Println("canceled:", errors.Is(err, context.Canceled))

	if c, err = site.Load(); err != nil {
		fmt.Println(err)
		return
	}
	again, err := plan.Resume(context.Background(), c, name, target)
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := again.Apply(context.Background(), site.World, plan.ApplyOptions{})
	fmt.Println("the same plan:", again.ID == p.ID, "phase:", res.Phase, "error:", err)
	if c, err = site.Load(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Member(name).Value(cluster.KeyAppData))
	// Output:
	// level=INFO msg=move event.kind=started event.step=s09 event.title="Copy /opt/ibm-ucd/server/var/plugins to /media/share/appdata/var/plugins and compare every byte" event.totalFiles=29 event.totalBytes=17937
	// level=INFO msg=move event.kind=done event.step=s09 event.title="Copy /opt/ibm-ucd/server/var/plugins to /media/share/appdata/var/plugins and compare every byte" event.files=4 event.totalFiles=29 event.bytes=2488 event.totalBytes=17937
	// canceled: true
	// the same plan: true phase: switch error: <nil>
	// /media/share/appdata
}

// The originals are retired, and later deleted, by calls of their own: days after
// the switch, each of them finds the plan on the target.
func ExampleResume() {
	ctx := context.Background()
	site := clustertest.NewSite()
	name := site.Add(clustertest.Spec{Scheme: appdata.InInstall, Alias: clustertest.ServerAlias})
	target := plan.Target{AppData: "/media/share/appdata"}
	for _, through := range []plan.Phase{plan.PhaseSwitch, plan.PhaseRetire, plan.PhasePurge} {
		c, err := site.Load()
		if err != nil {
			fmt.Println(err)
			return
		}
		find := plan.Resume
		if through == plan.PhaseSwitch {
			find = plan.Populate
		}
		p, err := find(ctx, c, name, target)
		if err != nil {
			fmt.Println(err)
			return
		}
		res, err := p.Apply(ctx, site.World, plan.ApplyOptions{Through: through})
		fmt.Println(res.Phase, "steps:", len(res.Done), "kept:", len(res.Kept), err)
	}
	// Output:
	// switch steps: 19 kept: 0 <nil>
	// retire steps: 10 kept: 0 <nil>
	// purge steps: 10 kept: 0 <nil>
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}
