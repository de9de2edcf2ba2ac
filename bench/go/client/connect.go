package main

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

const dialTimeout = 45 * time.Second

// preparation is all that a connection needs before the first packet; connect does the rest, and returns what makes
// any number of pingers over that connection.
type preparation interface {
	connect() (func() pinger, error)
}

func prepare(o options) ([]preparation, error) {
	prepared := make([]preparation, o.connections)
	for i := range prepared {
		if o.raw {
			prepared[i] = rawPreparation{o.target}
			continue
		}
		target, err := peer.AddrInfoFromString(o.target)
		if err != nil {
			return nil, err
		}
		light, err := newLightPeer()
		if err != nil {
			return nil, err
		}
		prepared[i] = libp2pPreparation{light, *target, o}
	}
	return prepared, nil
}

type rawPreparation struct{ address string }

func (r rawPreparation) connect() (func() pinger, error) {
	conn, err := net.DialTimeout("tcp4", r.address, dialTimeout)
	return func() pinger { return &rawPinger{conn: conn} }, err
}

type libp2pPreparation struct {
	peer *lightPeer
	info peer.AddrInfo
	options
}

func (l libp2pPreparation) connect() (func() pinger, error) {
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	err := l.peer.dial(ctx, l.info)
	return func() pinger {
		if l.fresh {
			return &freshPinger{peer: l.peer}
		}
		return &heldPinger{peer: l.peer, deadline: l.deadline}
	}, err
}

// connectAll connects, at most `atOnce` at a time, and pings each once. A peer is in when that ping is answered.
func connectAll(prepared []preparation, atOnce int) (in []pinger, more []func() pinger, failures []error) {
	var lock sync.Mutex
	var group sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for _, p := range prepared {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			first, another, err := enter(p)
			lock.Lock()
			defer lock.Unlock()
			if err != nil {
				failures = append(failures, err)
				return
			}
			in, more = append(in, first), append(more, another)
		})
	}
	group.Wait()
	return in, more, failures
}

func enter(p preparation) (pinger, func() pinger, error) {
	pingerOf, err := p.connect()
	if err != nil {
		return nil, nil, fmt.Errorf("dial: %w", err)
	}
	first := pingerOf()
	if err := first.ping(); err != nil {
		return nil, nil, fmt.Errorf("first ping: %w", err)
	}
	return first, pingerOf, nil
}
