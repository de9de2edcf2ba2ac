package main

import (
	"sync"
	"time"
)

// lane is what one worker saw.
type lane struct {
	samples []time.Duration
	late    []time.Duration // how long after a ping was due our own timer woke
	errors  int
	last    error
}

// clocks are the moments between which pings count.
type clocks struct{ begin, end time.Time }

func (o options) clocks() clocks {
	begin := time.Now().Add(o.warmup)
	return clocks{begin, begin.Add(o.duration)}
}

// closedLoop sends the next ping when the last one is answered, on every lane: latency, or saturation with many.
func closedLoop(p pinger, c clocks, l *lane) {
	for {
		sent := time.Now()
		if sent.After(c.end) {
			return
		}
		err := p.ping()
		now := time.Now()
		if now.Before(c.begin) || now.After(c.end) {
			continue
		}
		l.record(now.Sub(sent), err)
	}
}

// openLoop sends at the rate it was told. A ping that had to wait for the answer to the one before it counts from when
// it was due: what queues behind a slow answer is slow too (no coordinated omission). One that had not counts from
// when it was sent, for the lateness of a timer of ours is no fault of the server; it is reported beside.
func openLoop(p pinger, c clocks, l *lane, first time.Time, every time.Duration) {
	for due := first; due.Before(c.end); due = due.Add(every) {
		from := due
		if wait := time.Until(due); wait > 0 {
			time.Sleep(wait)
			from = time.Now()
		}
		err := p.ping()
		if due.Before(c.begin) {
			continue
		}
		l.late = append(l.late, from.Sub(due))
		l.record(time.Since(from), err)
	}
}

func (l *lane) record(rtt time.Duration, err error) {
	if err == nil {
		l.samples = append(l.samples, rtt)
		return
	}
	l.errors++
	l.last = err
	time.Sleep(time.Millisecond) // a broken connection is not to become a busy loop
}

// run puts a worker on each pinger and measures the server between the two moments.
func run(o options, pingers []pinger, r *result) {
	c := o.clocks()
	lanes := make([]lane, len(pingers))
	var group sync.WaitGroup
	for i, p := range pingers {
		group.Go(func() {
			if o.mode == "steady" {
				every := time.Duration(float64(time.Second) / o.rate)
				first := c.begin.Add(-o.warmup + every*time.Duration(i)/time.Duration(len(pingers)))
				openLoop(p, c, &lanes[i], first, every)
				return
			}
			closedLoop(p, c, &lanes[i])
		})
	}
	time.Sleep(time.Until(c.begin))
	before := openWindow(o.pid)
	time.Sleep(time.Until(c.end))
	before.closeInto(r)
	r.Stuck = !within(5*time.Second, group.Wait)
	if r.Stuck {
		return // lanes still write to what we would read
	}
	collect(lanes, r)
}

func collect(lanes []lane, r *result) {
	var all, late []time.Duration
	for _, l := range lanes {
		late = append(late, l.late...)
		all = append(all, l.samples...)
		r.Errors += l.errors
		if l.last != nil {
			r.LastError = l.last.Error()
		}
	}
	r.Pings = len(all)
	r.PingsPerSecond = float64(len(all)) / r.Seconds
	r.RTTMicros = summarise(all)
	r.LateMicros = summarise(late)
	if len(all) > 0 {
		r.ServerCPUMicrosPerPing = r.ServerCPUSeconds * 1e6 / float64(len(all))
	}
}

func within(limit time.Duration, work func()) bool {
	done := make(chan struct{})
	go func() { work(); close(done) }()
	select {
	case <-done:
		return true
	case <-time.After(limit):
		return false
	}
}
