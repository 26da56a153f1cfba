package mover

import (
	"context"
	"sync"
)

// scratch is the memory of one worker. It does not depend on what the worker
// works on, and is not allocated before it is needed.
type scratch struct {
	id int
	// tmp is this worker's folder for temporary files, nil until it is made.
	tmp *dir
	// blocks are where files are read to, each blockSize long.
	blocks [3][]byte
}

func (s *scratch) block(i int) []byte {
	if s.blocks[i] == nil {
		s.blocks[i] = make([]byte, blockSize)
	}
	return s.blocks[i]
}

// job is work that may be done beside other work.
type job struct {
	run   func(ctx context.Context, sc *scratch) error
	given bool
	done  chan struct{}
	err   error
}

func newJob(run func(ctx context.Context, sc *scratch) error) *job {
	return &job{run: run, done: make(chan struct{})}
}

// turn is what happens on the caller's goroutine once a job is done, in the
// order in which turns were queued. Without a job it only waits its turn.
type turn struct {
	job  *job
	take func() error
}

// pool does jobs side by side and takes their results in the order of the walk
// that found them. So manifests keep that order, a folder is finished after
// all that it holds, events come from one goroutine, and of the jobs that fail
// the one that the walk met first is reported. What is under way is bounded, and
// so is the memory, however large the tree.
type pool struct {
	ctx   context.Context
	stop  context.CancelFunc
	jobs  chan *job
	queue chan turn // used by the caller's goroutine alone, as a ring
	wg    sync.WaitGroup
	// alone does the jobs where there is one worker: on the caller's
	// goroutine, so that the order of effects is the same in every run.
	alone *scratch
	// moved tells of progress inside a job; onMove hears of it in the
	// caller's goroutine.
	moved  chan struct{}
	onMove func()
}

// queueLength is how many turns may wait. It is what lets small files pass a
// large one.
const queueLength = 4096

// crew is the memory of the pools of one run, of which there is one at a time.
type crew struct {
	queue chan turn
	sc    []*scratch
}

func newCrew(workers int) *crew {
	c := &crew{queue: make(chan turn, queueLength)}
	for i := range workers {
		c.sc = append(c.sc, &scratch{id: i})
	}
	return c
}

// pool starts the workers.
func (c *crew) pool(ctx context.Context) *pool {
	p := &pool{queue: c.queue, moved: make(chan struct{}, 1)}
	p.ctx, p.stop = context.WithCancel(ctx)
	if len(c.sc) == 1 {
		p.alone = c.sc[0]
		return p
	}
	jobs := make(chan *job, len(c.sc))
	p.jobs = jobs
	for _, sc := range c.sc {
		p.wg.Go(func() {
			for j := range jobs {
				p.do(j, sc)
			}
		})
	}
	return p
}

func (p *pool) do(j *job, sc *scratch) {
	if j.err = p.ctx.Err(); j.err == nil {
		j.err = j.run(p.ctx, sc)
	}
	close(j.done)
}

// give hands a job to a worker; it waits while all are busy.
func (p *pool) give(j *job) {
	if j.given {
		return
	}
	j.given = true
	if p.alone != nil {
		p.do(j, p.alone)
		return
	}
	p.jobs <- j
}

// add queues a turn, and takes the oldest ones where the queue is full. A job
// that was not given yet, because it is still being filled, is given when its
// turn comes.
func (p *pool) add(j *job, take func() error) error {
	for len(p.queue) == cap(p.queue) {
		if err := p.next(); err != nil {
			return err
		}
	}
	p.queue <- turn{job: j, take: take}
	return nil
}

// next waits for the oldest turn and takes it.
func (p *pool) next() error {
	t := <-p.queue
	if t.job != nil {
		p.give(t.job)
		if err := p.wait(t.job); err != nil {
			return err
		}
	}
	if t.take == nil {
		return nil
	}
	return t.take()
}

// drain takes the oldest turns for as long as there is too much of something
// that they give back.
func (p *pool) drain(much func() bool) error {
	for much() && len(p.queue) > 0 {
		if err := p.next(); err != nil {
			return err
		}
	}
	return nil
}

func (p *pool) wait(j *job) error {
	for {
		select {
		case <-j.done:
			return j.err
		case <-p.moved:
			if p.onMove != nil {
				p.onMove()
			}
		}
	}
}

// tick says that a long job has got further. It never waits.
func (p *pool) tick() {
	select {
	case p.moved <- struct{}{}:
	default:
	}
}

// end takes what is left, unless the walk failed, and sees all workers off.
// Nothing is under way any more when it returns.
func (p *pool) end(walk error) error {
	for walk == nil && len(p.queue) > 0 {
		walk = p.next()
	}
	p.quit()
	for len(p.queue) > 0 {
		<-p.queue // of a walk that failed
	}
	return walk
}

// quit sees all workers off, also where a caller's function has panicked.
func (p *pool) quit() {
	p.stop()
	if p.jobs != nil {
		close(p.jobs)
		p.jobs = nil
	}
	p.wg.Wait()
}

// gathering puts small things together that one worker does one after another:
// handing over each alone costs more than doing it. The first groups are small,
// so that all workers are busy where there is little to do.
type gathering[T any] struct {
	p       *pool
	workers int
	// most and bytes bound a group.
	most  int
	bytes int64
	do    func(ctx context.Context, sc *scratch, list []T) error

	open   *group[T]
	groups int
}

type group[T any] struct {
	*job
	list  []T
	bytes int64
}

// add puts one thing of so many bytes into the group that is being filled, and
// queues the turn that follows once the group is done.
func (g *gathering[T]) add(x T, size int64, take func() error) error {
	if o := g.open; o != nil && o.bytes+size > g.bytes {
		g.close()
	}
	if g.open == nil || g.open.given { // given because its turn came
		o := &group[T]{}
		o.job = newJob(func(ctx context.Context, sc *scratch) error { return g.do(ctx, sc, o.list) })
		g.open = o
		g.groups++
	}
	o := g.open
	o.list = append(o.list, x)
	o.bytes += size
	if err := g.p.add(o.job, take); err != nil {
		return err
	}
	if len(o.list) >= min(g.most, 1<<min(g.groups/max(1, g.workers), 16)) || o.bytes >= g.bytes {
		g.close()
	}
	return nil
}

// close gives the group that is being filled to a worker.
func (g *gathering[T]) close() {
	if g.open != nil {
		g.p.give(g.open.job)
		g.open = nil
	}
}
