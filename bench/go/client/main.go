// Command client puts a measured load of libp2p pings on one server and prints what it saw as one JSON object.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"time"
)

type options struct {
	mode, target     string
	raw, fresh       bool
	connections      int
	outstanding      int
	rate             float64
	warmup, duration time.Duration
	deadline         time.Duration
	pid              int
}

// result is what is printed. Times of the server are those of -pid between the begin and the end of the measurement.
type result struct {
	Mode                   string       `json:"mode"`
	Connections            int          `json:"connections"`
	Failed                 int          `json:"failed"`
	Seconds                float64      `json:"seconds"`
	ConnectionsPerSecond   float64      `json:"connectionsPerSecond,omitempty"`
	Pings                  int          `json:"pings"`
	PingsPerSecond         float64      `json:"pingsPerSecond"`
	Errors                 int          `json:"errors"`
	LastError              string       `json:"lastError,omitempty"`
	Reopened               int64        `json:"reopened"`
	Disconnects            int64        `json:"disconnects"`
	Stuck                  bool         `json:"stuck"`
	RTTMicros              *percentiles `json:"rttMicros,omitempty"`
	LateMicros             *percentiles `json:"lateMicros,omitempty"`
	ServerCPUSeconds       float64      `json:"serverCpuSeconds"`
	ServerCPUMicrosPerPing float64      `json:"serverCpuMicrosPerPing"`
	ClientCPUSeconds       float64      `json:"clientCpuSeconds"`
}

func main() {
	o := parse()
	r, err := measure(o)
	if err != nil {
		log.Fatal(err)
	}
	r.Reopened, r.Disconnects = reopened.Load(), disconnects.Load()
	if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
		log.Fatal(err)
	}
	if o.mode == "hold" {
		select {} // everybody stays connected, for whoever looks at the server meanwhile, until SIGTERM
	}
}

func parse() (o options) {
	limit := flag.Duration("timeout", 90*time.Second, "give up after this long, whatever happens")
	flag.StringVar(&o.mode, "mode", "rtt", "rtt, saturate (-outstanding), steady (-rate), connect, or hold (prints, then stays until SIGTERM)")
	flag.StringVar(&o.target, "target", "", "multiaddr with a peer id; host:port with -raw")
	flag.BoolVar(&o.raw, "raw", false, "plain TCP echo instead of libp2p")
	flag.BoolVar(&o.fresh, "new", false, "a stream a ping instead of one held stream")
	flag.IntVar(&o.connections, "connections", 1, "connections, each with an identity of its own")
	flag.IntVar(&o.outstanding, "outstanding", 0, "saturate: pings under way at once (default: one a connection)")
	flag.Float64Var(&o.rate, "rate", 1, "steady: pings a second on each connection")
	flag.DurationVar(&o.warmup, "warmup", time.Second, "load before the measurement begins")
	flag.DurationVar(&o.duration, "duration", 3*time.Second, "length of the measurement")
	flag.DurationVar(&o.deadline, "deadline", 0, "a ping on a held stream that is not answered by then has failed (default: it waits)")
	flag.IntVar(&o.pid, "pid", 0, "process of the server, for its processor time and that of its children")
	flag.Parse()
	time.AfterFunc(*limit, func() { log.Fatalf("not done after %s", *limit) })
	return o
}

func measure(o options) (*result, error) {
	prepared, err := prepare(o)
	if err != nil {
		return nil, err
	}
	r := &result{Mode: o.mode}
	if o.mode == "connect" {
		return r, stampede(o, prepared, r)
	}
	pingers, more, failures := connectAll(prepared, 16)
	if err := r.in(pingers, failures); err != nil {
		return nil, err
	}
	switch o.mode {
	case "hold":
	case "saturate":
		for i := len(pingers); i < o.outstanding; i++ {
			pingers = append(pingers, more[i%len(more)]())
		}
		run(o, pingers, r)
	case "rtt", "steady":
		run(o, pingers, r)
	default:
		return nil, fmt.Errorf("no mode %q", o.mode)
	}
	return r, nil
}

// stampede has everybody at the door at once, and takes the time until the last one is in.
func stampede(o options, prepared []preparation, r *result) error {
	before := openWindow(o.pid)
	pingers, _, failures := connectAll(prepared, len(prepared))
	before.closeInto(r)
	r.ConnectionsPerSecond = float64(len(pingers)) / r.Seconds
	return r.in(pingers, failures)
}

func (r *result) in(pingers []pinger, failures []error) error {
	r.Connections, r.Failed = len(pingers), len(failures)
	if len(failures) > 0 {
		r.LastError = failures[0].Error()
	}
	if len(pingers) == 0 {
		return fmt.Errorf("nobody got in: %s", r.LastError)
	}
	return nil
}
